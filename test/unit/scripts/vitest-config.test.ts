import { expect, test } from 'vitest';
import config from '../../../vitest.config.ts';

interface Project {
  readonly test: { readonly name: string; readonly maxWorkers?: number };
}

test('vitest.config gives all projects the same number of workers, whatever the machine has', () => {
  const projects = config.test?.projects as readonly Project[];
  expect(projects.length).toBeGreaterThan(3);
  expect(projects.filter(({ test: { maxWorkers } }) => maxWorkers !== 2)).toEqual([]);
});

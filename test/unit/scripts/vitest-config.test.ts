import { expect, test } from 'vitest';
import config from '../../../vitest.config.ts';

interface Project {
  readonly test: { readonly name: string; readonly maxWorkers?: number };
}

test('vitest.config gives all projects the same number of workers, whatever the machine has', () => {
  const projects = config.test?.projects as readonly Project[];
  expect(projects.map(({ test: { name, maxWorkers } }) => [name, maxWorkers])).toEqual([
    ['unit', 2],
    ['integration', 2],
    ['fault', 2],
  ]);
});

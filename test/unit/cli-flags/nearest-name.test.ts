import { describe, expect, it } from 'vitest';
import { nearestName } from '../../../src/cli-flags/nearest-name.ts';

const names = ['namespace', 'watch-namespaces', 'workers', 'log-level', 'log-format'];

describe('nearestName', () => {
  it.each([
    ['namespaec', 'namespace'],
    ['worker', 'workers'],
    ['loglevel', 'log-level'],
    ['log-formt', 'log-format'],
    ['workers', 'workers'],
  ])('takes %s for %s', (text, name) => {
    expect(nearestName(text, names)).toBe(name);
  });

  it.each(['', 'x', 'banana', 'completely-different', 'w'.repeat(10_000)])('finds nothing near %s', (text) => {
    expect(nearestName(text, names)).toBeUndefined();
  });
});

import { beforeEach, expect, test } from 'vitest';
import type { CachedRecord } from '../../../../src/controllers/caches/cached-record.ts';
import { StaleRecords } from '../../../../src/controllers/installation/stale-records.ts';
import type { InstallationState } from '../../../../src/installation/open-installation.ts';

const counts: number[] = [];
let drained = 0;
const installation = { state: undefined as InstallationState | undefined };
let stale: StaleRecords;
beforeEach(() => {
  counts.length = 0;
  drained = 0;
  installation.state = { kind: 'Ready', kek: { name: 'keyring', wrappingKekId: 'kek-2' } } as InstallationState;
  stale = new StaleRecords({ installation, setCount: (count) => counts.push(count), onDrained: () => (drained += 1) });
});

function record(name: string, kekId?: string): CachedRecord {
  const wrappedBy = kekId === undefined ? undefined : { provider: 'keyring', kekId };
  return { metadata: { name }, secret: undefined, hint: undefined, wrappedBy };
}

test('StaleRecords finds the records that a former KEK wrapped', () => {
  expect(stale.observeAll([record('a', 'kek-1'), record('b', 'kek-2'), record('c')])).toEqual(['a']);
  expect(counts).toEqual([1]);
});

test('StaleRecords tells once when the last one is wrapped anew or gone', () => {
  stale.observeAll([record('a', 'kek-1'), record('b', 'kek-1')]);
  stale.observe('a', record('a', 'kek-2'));
  expect(drained).toBe(0);
  stale.observe('b', undefined);
  stale.observe('b', undefined);
  expect([counts, drained]).toEqual([[1, 2, 1, 0], 1]);
});

test('StaleRecords tells nothing where no record was stale', () => {
  stale.observeAll([record('a', 'kek-2')]);
  expect([counts, drained]).toEqual([[], 0]);
});

test.each(['KEKMissing', undefined] as const)('StaleRecords counts nothing while the state is %s', (kind) => {
  installation.state = kind === undefined ? undefined : ({ kind } as InstallationState);
  expect(stale.observe('a', record('a', 'kek-1'))).toBe(false);
});

import { expect, test } from 'vitest';
import type { LifecycleFigures } from '../../../bench/lifecycle.ts';
import { lifecycleRows } from '../../../bench/lifecycle-rows.ts';
import type { RotationPair } from '../../../bench/rotation-round.ts';

const large: RotationPair = {
  keys: 100,
  bareMs: 1_000,
  operatorMs: 1_350,
  writes: {
    keys: new Map([
      ['PUT secrets', 500],
      ['PUT apikeys/status', 200],
    ]),
    projects: 0,
    events: 200,
    leases: 3,
    refused: 0,
  },
};
const figures: LifecycleFigures = {
  requestsPerKey: 10,
  pairs: [1_500, 1_100, 1_200].map((operatorMs) => ({ ...large, keys: 20, operatorMs })),
  large,
  single: { rotationsMs: [20, 30, 250], putsMs: [2, 5, 9] },
  failOvers: { killedMs: [15_000, 17_000, 16_000], stoppedMs: [1_000, 3_000] },
};

function rowOf(what: string, shown: LifecycleFigures = figures): ReturnType<typeof lifecycleRows>[number] | undefined {
  return lifecycleRows(shown).find((row) => row.what.startsWith(what));
}

test('lifecycleRows gives the writes of one key, by verb', () => {
  expect(rowOf('writes per rotation')).toMatchObject({ figure: '7', aim: '≤ N + 4 = 7', met: true });
  expect(rowOf('… by verb')?.figure).toBe('2 PUT apikeys/status, 5 PUT secrets');
});

test('lifecycleRows gives the median of the small pairs and judges the large one', () => {
  expect(rowOf('… ratio to the bare loop, 20 keys')?.figure).toBe('1.20 (1.50, 1.10, 1.20)');
  expect(rowOf('… ratio to the bare loop, 100 keys')).toMatchObject({ figure: '1.35', met: true });
});

test('lifecycleRows sets a single rotation against the PUT of a Secret', () => {
  expect(rowOf('one trigger')?.figure).toBe('30 ms, as long as 6.0 PUTs');
  expect(rowOf('… one PUT')?.figure).toBe('5.0 ms and 9.0 ms');
});

test('lifecycleRows judges the longest of the times without a leader', () => {
  expect(rowOf('SIGKILL')).toMatchObject({ figure: '16.0 s, at most 17.0 s', aim: 'each ≤ 17.0 s', met: true });
  expect(rowOf('SIGTERM')).toMatchObject({ figure: '2.0 s, at most 3.0 s', aim: 'each ≤ 3.0 s', met: true });
});

test.each<{ name: string; what: string; change: Partial<LifecycleFigures> }>([
  {
    name: 'one write more',
    what: 'writes per rotation',
    change: { large: { ...large, writes: { ...large.writes, keys: new Map([['PUT secrets', 701]]) } } },
  },
  {
    name: 'a slower operator',
    what: '… ratio to the bare loop, 100',
    change: { large: { ...large, operatorMs: 1_360 } },
  },
  { name: 'a late Secret', what: '… p99', change: { single: { rotationsMs: [251], putsMs: [1] } } },
  { name: 'a late heir', what: 'SIGKILL', change: { failOvers: { killedMs: [1, 17_001], stoppedMs: [1] } } },
  { name: 'a lease kept', what: 'SIGTERM', change: { failOvers: { killedMs: [1], stoppedMs: [1, 3_001] } } },
])('lifecycleRows misses its aim by $name', ({ what, change }) => {
  expect(rowOf(what, { ...figures, ...change })?.met).toBe(false);
});

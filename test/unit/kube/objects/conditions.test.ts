import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mergeConditions, type Condition, type ConditionPatch } from '../../../../src/kube/objects/conditions.ts';

const BEFORE = '2027-01-01T00:00:00Z';
const NOW = '2027-03-01T12:30:45Z';
const now = new Date('2027-03-01T12:30:45.678Z');
const onlyWhileTrue = ['Reconciling', 'Stalled'];

const ready: Condition = {
  type: 'Ready',
  status: 'True',
  reason: 'Delivered',
  message: 'All environments carry version 3',
  lastTransitionTime: BEFORE,
  observedGeneration: 4,
};
const reconciling: Condition = {
  ...ready,
  type: 'Reconciling',
  reason: 'Delivering',
  message: 'One environment is behind',
};

function wanted({ lastTransitionTime: _, ...patch }: Condition): ConditionPatch {
  return patch;
}

test('mergeConditions keeps the transition time while the status stays, though reason, message and generation change', () => {
  const patch = { ...wanted(ready), reason: 'Rotated', message: 'Version 4 is current', observedGeneration: 5 };
  expect(mergeConditions([ready], [patch], { now })).toEqual([{ ...patch, lastTransitionTime: BEFORE }]);
});

test.each(['False', 'Unknown'] as const)('mergeConditions moves the transition time when True becomes %s', (status) => {
  const merged = mergeConditions([ready], [{ ...wanted(ready), status }], { now });
  expect(merged).toEqual([{ ...ready, status, lastTransitionTime: NOW }]);
});

test('mergeConditions stamps a new condition with whole seconds', () => {
  expect(mergeConditions([], [wanted(ready)], { now })).toEqual([{ ...ready, lastTransitionTime: NOW }]);
});

test('mergeConditions keeps the place of what exists and puts what is new at the end', () => {
  const accepted = { ...ready, type: 'Accepted' };
  const issued = { ...ready, type: 'Issued' };
  const merged = mergeConditions([ready, accepted], [wanted(issued), wanted(accepted), wanted(ready)], { now });
  expect(merged.map(({ type }) => type)).toEqual(['Ready', 'Accepted', 'Issued']);
});

test('mergeConditions leaves a condition alone that nobody mentions', () => {
  const foreign = { ...ready, type: 'example.com/Audited' };
  expect(mergeConditions([foreign], [wanted(ready)], { now })[0]).toBe(foreign);
});

test('mergeConditions removes a condition that exists only while True, once it is not wanted', () => {
  expect(mergeConditions([ready, reconciling], [wanted(ready)], { now, onlyWhileTrue })).toEqual([ready]);
});

test('mergeConditions removes a condition that exists only while True, once it is wanted with another status', () => {
  const over = { ...wanted(reconciling), status: 'False' } as const;
  expect(mergeConditions([ready, reconciling], [wanted(ready), over], { now, onlyWhileTrue })).toEqual([ready]);
  expect(mergeConditions([ready], [over], { now, onlyWhileTrue })).toEqual([ready]);
});

test('mergeConditions keeps a condition that exists only while True as long as it is wanted', () => {
  const merged = mergeConditions([ready, reconciling], [wanted(reconciling)], { now, onlyWhileTrue });
  expect(merged).toEqual([ready, reconciling]);
});

test('mergeConditions drops observedGeneration when the patch has none', () => {
  const { observedGeneration: _, ...patch } = wanted(ready);
  expect(mergeConditions([ready], [patch], { now })[0]).not.toHaveProperty('observedGeneration');
});

const patches = fc.uniqueArray(
  fc.record({
    type: fc.constantFrom('Ready', 'Accepted', 'Issued', 'Reconciling', 'Stalled'),
    status: fc.constantFrom('True' as const, 'False' as const, 'Unknown' as const),
    reason: fc.constantFrom('A', 'B'),
    message: fc.constantFrom('', 'text'),
    observedGeneration: fc.nat(3),
  }),
  { selector: ({ type }) => type },
);

test('mergeConditions yields the same conditions when the same are wanted again later', () => {
  fc.assert(
    fc.property(patches, patches, (first, second) => {
      const before = mergeConditions([], first, { now: new Date(0), onlyWhileTrue });
      const merged = mergeConditions(before, second, { now, onlyWhileTrue });
      const again = mergeConditions(merged, second, { now: new Date(now.getTime() + 60_000), onlyWhileTrue });
      expect(again).toEqual(merged);
    }),
  );
});

test('mergeConditions holds each type once and moves a time exactly where a status flips', () => {
  fc.assert(
    fc.property(patches, patches, (first, second) => {
      const before = mergeConditions([], first, { now: new Date(0) });
      const after = mergeConditions(before, second, { now });
      expect(new Set(after.map(({ type }) => type)).size).toBe(after.length);
      for (const condition of after) {
        const earlier = before.find(({ type }) => type === condition.type);
        expect(condition.lastTransitionTime === NOW).toBe(earlier?.status !== condition.status);
      }
    }),
  );
});

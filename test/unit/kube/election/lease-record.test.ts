import { expect, test } from 'vitest';
import {
  claimedRecord,
  leaseRecordOf,
  releasedRecord,
  sameLeaseRecord,
  withLeaseRecord,
  type LeaseRecord,
} from '../../../../src/kube/election/lease-record.ts';

const now = new Date('2027-03-01T12:00:00.5Z');
const NOW = '2027-03-01T12:00:00.500000Z';
const claim = { identity: 'us', leaseDurationSeconds: 15, now };
const held: LeaseRecord = {
  holderIdentity: 'us',
  leaseDurationSeconds: 15,
  acquireTime: '2027-01-01T00:00:00.000000Z',
  renewTime: '2027-01-01T00:00:02.000000Z',
  leaseTransitions: 4,
};

test.each([
  {
    name: 'starts a new lease with no transition',
    before: undefined,
    want: { acquireTime: NOW, leaseTransitions: 0 },
  },
  {
    name: 'keeps acquire time and transitions of its own lease',
    before: held,
    want: { acquireTime: held.acquireTime, leaseTransitions: 4 },
  },
  {
    name: 'counts a change of holder',
    before: { ...held, holderIdentity: 'them' },
    want: { acquireTime: NOW, leaseTransitions: 5 },
  },
  {
    name: 'counts taking over a lease that was given up',
    before: { ...held, holderIdentity: '', leaseDurationSeconds: 1 },
    want: { acquireTime: NOW, leaseTransitions: 5 },
  },
])('claimedRecord $name', ({ before, want }) => {
  expect(claimedRecord(before, claim)).toEqual({
    holderIdentity: 'us',
    leaseDurationSeconds: 15,
    renewTime: NOW,
    ...want,
  });
});

test('releasedRecord names nobody for one second and keeps the transitions', () => {
  expect(releasedRecord(held, now)).toEqual({
    holderIdentity: '',
    leaseDurationSeconds: 1,
    acquireTime: NOW,
    renewTime: NOW,
    leaseTransitions: 4,
  });
});

test('leaseRecordOf reads a Lease without a spec as free', () => {
  expect(leaseRecordOf({ metadata: { name: 'l' } })).toMatchObject({ holderIdentity: '', leaseTransitions: 0 });
});

test('withLeaseRecord changes the record and nothing else', () => {
  const strategy: object = { strategy: 'OldestEmulationVersion' };
  const lease = { metadata: { name: 'l', labels: { a: 'b' }, resourceVersion: '7' }, spec: strategy };
  const written = withLeaseRecord(lease, held);
  expect(written).toEqual({ ...lease, spec: { ...strategy, ...held } });
  expect(leaseRecordOf(written)).toEqual(held);
});

test('sameLeaseRecord sees a change of every field', () => {
  expect(sameLeaseRecord(held, { ...held })).toBe(true);
  const changes: readonly Partial<LeaseRecord>[] = [
    { holderIdentity: 'them' },
    { leaseDurationSeconds: 1 },
    { acquireTime: NOW },
    { renewTime: NOW },
    { leaseTransitions: 5 },
  ];
  for (const change of changes) expect(sameLeaseRecord(held, { ...held, ...change })).toBe(false);
});

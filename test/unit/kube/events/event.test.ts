import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  cutToBytes,
  eventName,
  eventOf,
  seriesKey,
  subjectKey,
  type EventReport,
} from '../../../../src/kube/events/event.ts';

const now = new Date('2027-03-01T12:00:00.250Z');
const source = { component: 'example.com/controller', instance: 'pod-1' };
const report: EventReport = {
  regarding: { apiVersion: 'example.com/v1', kind: 'Widget', namespace: 'team', name: 'wheel', uid: 'u1' },
  type: 'Warning',
  reason: 'SecretConflict',
  action: 'Deliver',
  note: 'A Secret of this name exists',
};

test('eventOf makes an events.k8s.io/v1 event beside its subject', () => {
  expect(eventOf(report, source, now, () => 0.5)).toEqual({
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: `wheel.${now.getTime().toString(16)}80000000`, namespace: 'team' },
    eventTime: '2027-03-01T12:00:00.250000Z',
    reportingController: 'example.com/controller',
    reportingInstance: 'pod-1',
    action: 'Deliver',
    reason: 'SecretConflict',
    regarding: report.regarding,
    note: 'A Secret of this name exists',
    type: 'Warning',
  });
});

test('eventOf puts events of cluster-scoped objects into the namespace "default"', () => {
  const regarding = { apiVersion: 'example.com/v1', kind: 'Plant', name: 'north' };
  expect(eventOf({ ...report, regarding }, source, now, () => 0).metadata.namespace).toBe('default');
});

test('eventOf keeps within the limits of the API server', () => {
  const long = 'ü'.repeat(2_000);
  const event = eventOf(
    { ...report, reason: long, action: long, note: long },
    { ...source, instance: long },
    now,
    () => 0,
  );
  expect(Buffer.byteLength(event.note)).toBeLessThanOrEqual(1_024);
  for (const word of [event.reason, event.action, event.reportingInstance]) {
    expect(Buffer.byteLength(word)).toBeLessThanOrEqual(128);
  }
});

test('cutToBytes keeps what fits, and of what does not a whole number of characters', () => {
  expect(cutToBytes('abcdef', 6)).toBe('abcdef');
  expect(cutToBytes('abcdefg', 6)).toBe('abc…');
  expect(cutToBytes('aüüüü', 8)).toBe('aüü…');
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 3, max: 40 }), (text, maxBytes) => {
      const cut = cutToBytes(text, maxBytes);
      expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(Math.max(3, maxBytes));
      expect(cut.isWellFormed()).toBe(true);
      expect(text.startsWith(cut.replace(/…$/, '')) || cut === text).toBe(true);
    }),
  );
});

test.each([
  { name: 'wheel', stem: 'wheel' },
  { name: 'system:Node_1', stem: 'system-node-1' },
  { name: `${'a'.repeat(199)}.b${'c'.repeat(50)}`, stem: 'a'.repeat(199) },
  { name: '...', stem: 'event' },
])('eventName turns $name into a valid name', ({ name, stem }) => {
  const made = eventName(name, now, () => 0);
  expect(made).toBe(`${stem}.${now.getTime().toString(16)}00000000`);
  expect(made.length).toBeLessThanOrEqual(253);
  expect(made).toMatch(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/);
});

test('eventName differs between two events of one moment', () => {
  const draws = [0.1, 0.2];
  const random = (): number => draws.shift() ?? 0;
  expect(eventName('a', now, random)).not.toBe(eventName('a', now, random));
});

test('seriesKey is the same for another resourceVersion and differs in everything else', () => {
  const same = { ...report, regarding: { ...report.regarding, resourceVersion: '7' } };
  expect(seriesKey(same)).toBe(seriesKey(report));
  const others: readonly EventReport[] = [
    { ...report, type: 'Normal' },
    { ...report, reason: 'Other' },
    { ...report, action: 'Other' },
    { ...report, note: 'The Secret of another namespace exists' },
    ...(['apiVersion', 'kind', 'namespace', 'name', 'uid'] as const).map((field) => ({
      ...report,
      regarding: { ...report.regarding, [field]: 'other' },
    })),
  ];
  expect(new Set([report, ...others].map(seriesKey)).size).toBe(others.length + 1);
});

test('subjectKey tells a namespaced object from a cluster-scoped one', () => {
  expect(subjectKey({ apiVersion: 'v1', kind: 'K', name: 'n' })).not.toBe(
    subjectKey({ apiVersion: 'v1', kind: 'K', namespace: 'n', name: 'n' }),
  );
});

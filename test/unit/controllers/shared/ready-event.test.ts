import { describe, expect, test } from 'vitest';
import type { KeyEvent, KeyEvents } from '../../../../src/controllers/shared/key-events.ts';
import { announceReady } from '../../../../src/controllers/shared/ready-event.ts';
import type { KubeObject } from '../../../../src/kube/objects/objects.ts';

type Status = Parameters<typeof announceReady>[2]['after'];

const about: KubeObject = { apiVersion: 'keywright.dev/v1alpha1', kind: 'KeyProject', metadata: { name: 'payments' } };

function recorded(announce: (events: KeyEvents) => void): readonly KeyEvent[] {
  const all: KeyEvent[] = [];
  announce({
    record(regarding, event) {
      expect(regarding).toBe(about);
      all.push(event);
    },
  });
  return all;
}

function ready(status: 'True' | 'False' | 'Unknown', reason: string): Status {
  return { conditions: [{ type: 'Ready', status, reason, message: `because of ${reason}`, lastTransitionTime: '' }] };
}

describe('announceReady', () => {
  const announced = (before: Status | undefined, after: Status): readonly KeyEvent[] =>
    recorded((events) => announceReady(events, about, { before, after }));

  test.each<{ name: string; before: Status | undefined; after: Status; want: Partial<KeyEvent> }>([
    {
      name: 'a key that became ready',
      before: ready('Unknown', 'Delivering'),
      after: ready('True', 'Delivered'),
      want: { type: 'Normal', reason: 'Delivered', action: 'Reconcile', note: 'because of Delivered' },
    },
    {
      name: 'a key that is ready at the first look',
      before: undefined,
      after: ready('True', 'Delivered'),
      want: { type: 'Normal' },
    },
    {
      name: 'a key that broke',
      before: ready('True', 'Delivered'),
      after: ready('False', 'Forbidden'),
      want: { type: 'Warning', reason: 'Forbidden' },
    },
    {
      name: 'a key that is broken in another way',
      before: ready('False', 'Forbidden'),
      after: ready('False', 'SecretConflict'),
      want: { type: 'Warning' },
    },
  ])('tells of $name', ({ before, after, want }) => {
    expect(announced(before, after)).toMatchObject([want]);
  });

  test.each<{ name: string; before: Status; after: Status }>([
    { name: 'work in progress', before: ready('True', 'Delivered'), after: ready('Unknown', 'Delivering') },
    { name: 'what stays as it was', before: ready('False', 'Forbidden'), after: ready('False', 'Forbidden') },
    { name: 'a status without conditions', before: ready('True', 'Delivered'), after: {} },
  ])('keeps quiet about $name', ({ before, after }) => {
    expect(announced(before, after)).toEqual([]);
  });
});

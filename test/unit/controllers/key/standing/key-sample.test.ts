import { expect, test } from 'vitest';
import { sampleOf } from '../../../../../src/controllers/key/standing/key-sample.ts';
import { apiKeyOf, settled } from '../../../../support/facts.ts';

const condition = { type: 'Ready', message: '', lastTransitionTime: '' } as const;

test('sampleOf shows a delivered key as active and ready', () => {
  expect(sampleOf(settled().object)).toEqual({ state: 'Active', notReady: undefined });
});

test('sampleOf shows a key that was never looked at as pending', () => {
  expect(sampleOf(apiKeyOf())).toEqual({ state: 'Pending', notReady: 'Pending' });
});

test.each([
  { status: 'False', reason: 'SecretConflict', notReady: 'SecretConflict' },
  { status: 'Unknown', reason: 'Delivering', notReady: 'Delivering' },
  { status: 'True', reason: 'Suspended', notReady: undefined },
] as const)('sampleOf gives $notReady for Ready=$status, $reason', ({ status, reason, notReady }) => {
  const conditions = [{ ...condition, status, reason }];
  expect(sampleOf(apiKeyOf({}, { status: { state: 'Active', conditions } }))).toEqual({ state: 'Active', notReady });
});

import { describe, expect, test } from 'vitest';
import type { ApiKeyStatus } from '../../../../../src/api/generated/api-key.ts';
import { API_KEY_RULES } from '../../../../../src/controllers/api-key/rules.ts';
import { isNarrower, isPublished } from '../../../../../src/controllers/key/status/verifier-view.ts';
import { apiKeyStatus, hoursFromNow, settled } from '../../../../support/facts.ts';

const NOW_TEXT = hoursFromNow(0);

const shown = apiKeyStatus(settled());
const [staging, second] = shown.environments ?? [];
if (staging === undefined || second === undefined) throw new RangeError('The key has two environments');
const [first] = second.versions ?? [];
if (first === undefined) throw new RangeError('Production has a version');
const withVersion = (changes: Partial<typeof first>): ApiKeyStatus => ({
  ...shown,
  environments: [staging, { ...second, versions: [{ ...first, ...changes }] }],
});

describe('isPublished', () => {
  test.each<{ name: string; before: ApiKeyStatus }>([
    { name: 'rows', before: { ...shown, environments: [staging, { ...second, namespaces: [] }] } },
    { name: 'conditions', before: { ...shown, conditions: [] } },
    { name: 'counts', before: { ...shown, deployment: { success: false, message: '', ready: 0, total: 0 } } },
    { name: 'the sequence', before: { ...shown, ledger: { sequence: 1, mac: 'x' } } },
  ])('does not mind $name', ({ before }) => {
    expect(isPublished(before, shown, API_KEY_RULES)).toBe(true);
  });

  test.each<{ name: string; before: ApiKeyStatus | undefined }>([
    { name: 'no status', before: undefined },
    { name: 'another state', before: { ...shown, state: 'Suspended' } },
    { name: 'other scopes', before: { ...shown, scopes: [] } },
    { name: 'a missing environment', before: { ...shown, environments: [staging] } },
    {
      name: 'another state of an environment',
      before: { ...shown, environments: [staging, { ...second, state: 'Expired' }] },
    },
    { name: 'another hash', before: withVersion({ hash: 'x' }) },
    { name: 'another state of a version', before: withVersion({ state: 'Retiring' }) },
    { name: 'another signing secret', before: withVersion({ signingSecretId: 'whs_1' }) },
    { name: 'another expiry', before: withVersion({ expiresAt: NOW_TEXT }) },
    { name: 'another end of the overlap', before: withVersion({ retireAt: NOW_TEXT }) },
  ])('answers false for $name', ({ before }) => {
    expect(isPublished(before, shown, API_KEY_RULES)).toBe(false);
  });
});

describe('isNarrower', () => {
  const untilTomorrow = withVersion({ expiresAt: hoursFromNow(24) });

  test.each<{ name: string; wanted: ApiKeyStatus }>([
    { name: 'suspended', wanted: { ...shown, state: 'Suspended' } },
    { name: 'expired', wanted: { ...shown, state: 'Expired' } },
    { name: 'without a scope', wanted: { ...shown, scopes: [] } },
    { name: 'without an environment', wanted: { ...shown, environments: [staging] } },
    {
      name: 'with an environment withdrawn',
      wanted: { ...shown, environments: [staging, { ...second, state: 'Withdrawn' }] },
    },
    { name: 'without a version', wanted: { ...shown, environments: [staging, { ...second, versions: [] }] } },
    { name: 'with a version revoked', wanted: withVersion({ state: 'Revoked' }) },
    { name: 'with another hash', wanted: withVersion({ hash: 'x' }) },
    { name: 'valid for a shorter time', wanted: untilTomorrow },
    { name: 'retiring', wanted: withVersion({ state: 'Retiring', retireAt: hoursFromNow(1) }) },
  ])('answers true for a key that is $name', ({ wanted }) => {
    expect(isNarrower(shown, () => wanted, API_KEY_RULES)).toBe(true);
  });

  test.each<{ name: string; before: ApiKeyStatus | undefined; wanted: ApiKeyStatus }>([
    { name: 'the same', before: shown, wanted: shown },
    { name: 'more scopes', before: shown, wanted: { ...shown, scopes: ['charges.read', 'charges.write'] } },
    { name: 'a longer time', before: untilTomorrow, wanted: shown },
    { name: 'another environment', before: { ...shown, environments: [staging] }, wanted: shown },
    {
      name: 'another signing secret, which verifiers of tokens do not see',
      before: shown,
      wanted: withVersion({ signingSecretId: 'whs_1' }),
    },
    { name: 'a first status', before: undefined, wanted: { ...shown, state: 'Pending' } },
    {
      name: 'less of a key that was refused already',
      before: { ...shown, state: 'Suspended' },
      wanted: { ...shown, state: 'Suspended', scopes: [], environments: [] },
    },
  ])('answers false for $name', ({ before, wanted }) => {
    expect(isNarrower(before, () => wanted, API_KEY_RULES)).toBe(false);
  });
});

import { describe, expect, test } from 'vitest';
import type { ApiKeyStatus } from '../../../../../src/api/generated/api-key.ts';
import { projectStatus } from '../../../../../src/controllers/api-key/status/status.ts';
import { isPublished } from '../../../../../src/controllers/api-key/status/verifier-view.ts';
import { hoursFromNow, settled } from '../../../../support/facts.ts';

const NOW_TEXT = hoursFromNow(0);

describe('isPublished', () => {
  const shown = projectStatus(settled());
  const [staging, second] = shown.environments ?? [];
  if (staging === undefined || second === undefined) throw new RangeError('The key has two environments');
  const [first] = second.versions ?? [];
  if (first === undefined) throw new RangeError('Production has a version');
  const withVersion = (changes: Partial<typeof first>): ApiKeyStatus => ({
    ...shown,
    environments: [staging, { ...second, versions: [{ ...first, ...changes }] }],
  });

  test.each<{ name: string; before: ApiKeyStatus }>([
    { name: 'rows', before: { ...shown, environments: [staging, { ...second, namespaces: [] }] } },
    { name: 'conditions', before: { ...shown, conditions: [] } },
    { name: 'counts', before: { ...shown, deployment: { success: false, message: '', ready: 0, total: 0 } } },
    { name: 'the sequence', before: { ...shown, ledger: { sequence: 1, mac: 'x' } } },
  ])('does not mind $name', ({ before }) => {
    expect(isPublished(before, shown)).toBe(true);
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
    expect(isPublished(before, shown)).toBe(false);
  });
});

import { describe, expect, test } from 'vitest';
import { expiryWarning, warningStartsAt } from '../../../../../src/controllers/key/status/expiry-warning.ts';
import { apiKeyOf, hoursFromNow, MINTED_AT, NOW, recordOf, settled } from '../../../../support/facts.ts';

const DAY_H = 24;

/** A key that was issued an hour ago. */
function expiring(hours: number, createdAt: string = MINTED_AT): ReturnType<typeof settled> {
  return settled({ object: apiKeyOf({ expiresAt: hoursFromNow(hours) }), record: recordOf({ createdAt }) });
}

describe('expiryWarning', () => {
  test('names what expires and what to do, seven days ahead of a long life', () => {
    const facts = expiring(7 * DAY_H, hoursFromNow(-365 * DAY_H));
    expect(expiryWarning(facts)).toMatchObject({ type: 'ExpiresSoon', status: 'True', reason: 'ExpiresSoon' });
    expect(expiryWarning(facts)?.message).toContain(
      `"staging" expires at ${hoursFromNow(7 * DAY_H)} (and 1 more soon)`,
    );
    expect(expiryWarning(expiring(7 * DAY_H + 1, hoursFromNow(-365 * DAY_H)))).toBeUndefined();
  });

  test('comes in the last fifth of a short life', () => {
    expect(expiryWarning(expiring(5, hoursFromNow(-19)))).toBeUndefined();
    expect(expiryWarning(expiring(4, hoursFromNow(-20)))).toBeDefined();
  });

  test('is none without an expiry, after it, and of a key on its way out', () => {
    expect(expiryWarning(settled())).toBeUndefined();
    expect(expiryWarning(expiring(-1))).toBeUndefined();
    const { metadata, ...object } = apiKeyOf({ expiresAt: hoursFromNow(0.1) });
    const deleting = { ...object, metadata: { ...metadata, deletionTimestamp: NOW.toISOString() } };
    expect(expiryWarning(settled({ object: deleting }))).toBeUndefined();
  });

  test('starts with a moment that the next look waits for', () => {
    const end = NOW.getTime() + 5 * 3_600_000;
    expect(warningStartsAt(expiring(5, hoursFromNow(-5)), end)).toBe(NOW.getTime() + 3 * 3_600_000);
  });
});

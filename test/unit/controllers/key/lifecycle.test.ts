import { describe, expect, test } from 'vitest';
import { rotationOf } from '../../../../src/controllers/key/lifecycle.ts';
import { nextLookMs } from '../../../../src/controllers/key/next-look.ts';
import { spreadMs } from '../../../../src/controllers/planning/spread.ts';
import { apiKeyOf, apiKeyStatus, MINTED_AT, NOW, settled, type ApiKeyFacts } from '../../../support/facts.ts';
import { checkout } from '../../../support/sealing.ts';

const HOUR_MS = 3_600_000;
const SPREAD_MS = 600_000;
const issuedMs = Date.parse(MINTED_AT);

/** A key that was issued an hour ago. */
function every(interval: string, name: string = checkout.name): ApiKeyFacts {
  const facts = settled({ identity: { ...checkout, name } });
  return { ...facts, object: { ...facts.object, spec: apiKeyOf({ rotation: { interval, overlap: '0s' } }).spec } };
}

const names = Array.from({ length: 1_000 }, (_, index) => `key-${index}`);

describe('rotationOf', () => {
  test('spreads keys of one interval over ten minutes after it, and lets none rotate early', () => {
    const due = names.map((name) => rotationOf(every('2160h', name)).nextAt ?? 0);
    expect(Math.min(...due)).toBeGreaterThanOrEqual(issuedMs + 2160 * HOUR_MS);
    expect(Math.max(...due)).toBeLessThan(issuedMs + 2160 * HOUR_MS + SPREAD_MS);
    expect(new Set(due).size).toBeGreaterThan(990);
  });

  test('spreads a short interval over a twentieth of it', () => {
    const due = names.map((name) => rotationOf(every('2h', name)).nextAt ?? 0);
    expect(Math.min(...due)).toBeGreaterThanOrEqual(issuedMs + 2 * HOUR_MS);
    expect(Math.max(...due)).toBeLessThan(issuedMs + 2.1 * HOUR_MS);
  });

  test('does not rotate before the turn of the key, and does so then', () => {
    const turn = new Date(issuedMs + HOUR_MS + spreadMs(checkout, HOUR_MS, SPREAD_MS));
    expect(turn.getTime()).toBeGreaterThan(NOW.getTime());
    expect(rotationOf(every('1h'))).toEqual({ cause: undefined, nextAt: turn.getTime() });
    expect(rotationOf({ ...every('1h'), now: turn }).cause).toBe('IntervalPassed');
  });

  test('is told of by status, and looked at when the turn has come', () => {
    const facts = every('2h');
    const nextAt = rotationOf(facts).nextAt ?? 0;
    expect(apiKeyStatus(facts).nextRotationAt).toBe(`${new Date(nextAt).toISOString().slice(0, 19)}Z`);
    const waitMs = nextAt - NOW.getTime();
    expect(nextLookMs(facts)).toBe(waitMs + spreadMs(checkout, waitMs, 1_000));
  });
});

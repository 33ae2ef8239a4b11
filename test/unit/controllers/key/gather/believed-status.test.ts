import { describe, expect, test } from 'vitest';
import type { ApiKey, ApiKeyStatus } from '../../../../../src/api/generated/api-key.ts';
import { API_KEY_RULES } from '../../../../../src/controllers/api-key/rules.ts';
import { CRYPTO_KEY_RULES } from '../../../../../src/controllers/crypto-key/rules.ts';
import { readStatus } from '../../../../../src/controllers/key/gather/believed-status.ts';
import { StatusMemory } from '../../../../../src/controllers/shared/status-memory.ts';
import { apiKeyOf, settled } from '../../../../support/facts.ts';
import { checkout, recordContext } from '../../../../support/sealing.ts';

const KINDS = { ApiKey: API_KEY_RULES, CryptoKey: CRYPTO_KEY_RULES };
const object = apiKeyOf();
const ours = settled().object.status ?? {};
const planted: ApiKeyStatus = { ...ours, scopes: ['everything'] };

function withStatus(status: ApiKeyStatus | undefined): ApiKey {
  return status === undefined ? object : { ...object, status };
}

/** A process with these MAC keys, or one that missed them when the key showed `kept`. */
function process(
  macContext: ReturnType<typeof recordContext> | undefined,
  kept?: ApiKeyStatus,
): {
  readonly believes: (status: ApiKeyStatus | undefined) => ApiKeyStatus | undefined;
  readonly statusMemory: StatusMemory;
} {
  const statusMemory = new StatusMemory();
  if (macContext === undefined) statusMemory.keep([withStatus(kept)]);
  const ports = { installation: { macContext }, statusMemory, kinds: KINDS };
  return {
    believes: (status) => readStatus(ports, checkout, withStatus(status)).believed as ApiKeyStatus | undefined,
    statusMemory,
  };
}

describe('readStatus with MAC keys', () => {
  const { believes } = process(recordContext());

  test('is the status that the operator wrote', () => {
    expect(believes(ours)).toBe(ours);
  });

  test('tells the sequence that a status proves, and none of an edited one', () => {
    const ports = { installation: { macContext: recordContext() }, statusMemory: new StatusMemory(), kinds: KINDS };
    expect(readStatus(ports, checkout, withStatus(ours)).sequence).toBe(2);
    expect(readStatus(ports, checkout, withStatus(planted)).sequence).toBe(0);
    expect(readStatus(ports, checkout, undefined)).toEqual({ sequence: 0, believed: undefined });
  });

  test('is none of a status that was edited, not signed, or not there', () => {
    const { ledger: _unsigned, ...unsigned } = ours;
    for (const status of [planted, unsigned, undefined]) expect(believes(status)).toBeUndefined();
  });
});

describe('readStatus without MAC keys', () => {
  test('is what was shown when they were missed, and not what somebody wrote since', () => {
    const { believes, statusMemory } = process(undefined, ours);
    expect(believes(ours)).toBe(ours);
    expect(believes(planted)).toBe(ours);
    expect(believes(undefined)).toBe(ours);
    statusMemory.keep([withStatus(planted)]);
    expect(believes(planted)).toBe(ours);
  });

  test('is nothing for a key that showed nothing then', () => {
    const { believes } = process(undefined);
    expect(believes(undefined)).toBeUndefined();
    expect(believes(planted)).toBeUndefined();
  });

  test('is nothing for a key that was declared later, whatever its first status says', () => {
    const statusMemory = new StatusMemory();
    statusMemory.keep([]);
    const ports = { installation: { macContext: undefined }, statusMemory } as never;
    expect(readStatus(ports, checkout, withStatus(planted)).believed).toBeUndefined();
  });

  test('follows what the operator itself wrote, which only restricts', () => {
    const { believes, statusMemory } = process(undefined, ours);
    const suspended: ApiKeyStatus = { ...ours, state: 'Suspended' };
    statusMemory.written('uid-key', suspended);
    expect(believes(ours)).toBe(suspended);
  });

  test('is what was shown when they were missed again, and nothing of before', () => {
    const { believes, statusMemory } = process(undefined, planted);
    statusMemory.clear();
    statusMemory.keep([withStatus(ours)]);
    expect(believes(planted)).toBe(ours);
  });
});

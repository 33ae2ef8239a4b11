import { describe, expect, test } from 'vitest';
import type { ApiKeyStatus } from '../../../../../src/api/generated/api-key.ts';
import { believedStatus } from '../../../../../src/controllers/api-key/gather/believed-status.ts';
import { StatusMemory } from '../../../../../src/controllers/shared/status-memory.ts';
import { apiKeyOf, settled } from '../../../../support/facts.ts';
import { checkout, recordContext } from '../../../../support/sealing.ts';

const object = apiKeyOf();
const ours = settled().object.status ?? {};
const planted: ApiKeyStatus = { ...ours, scopes: ['everything'] };

/** A process with these MAC keys, or without any. */
function process(macContext: ReturnType<typeof recordContext> | undefined): {
  readonly believes: (status: ApiKeyStatus | undefined) => ApiKeyStatus | undefined;
  readonly statusMemory: StatusMemory;
} {
  const statusMemory = new StatusMemory();
  const ports = { installation: { macContext }, statusMemory } as never;
  return { believes: (status) => believedStatus(ports, checkout, object, status), statusMemory };
}

describe('believedStatus with MAC keys', () => {
  const { believes } = process(recordContext());

  test('is the status that the operator wrote', () => {
    expect(believes(ours)).toBe(ours);
  });

  test('is none of a status that was edited, not signed, or not there', () => {
    const { ledger: _unsigned, ...unsigned } = ours;
    for (const status of [planted, unsigned, undefined]) expect(believes(status)).toBeUndefined();
  });
});

describe('believedStatus without MAC keys', () => {
  test('is what was seen first, and not what somebody wrote since', () => {
    const { believes } = process(undefined);
    expect(believes(ours)).toBe(ours);
    expect(believes(planted)).toBe(ours);
    expect(believes(undefined)).toBe(ours);
  });

  test('is nothing for a key that showed nothing at first', () => {
    const { believes } = process(undefined);
    expect(believes(undefined)).toBeUndefined();
    expect(believes(planted)).toBeUndefined();
  });

  test('follows what the operator itself wrote, which only restricts', () => {
    const { believes, statusMemory } = process(undefined);
    believes(ours);
    const suspended: ApiKeyStatus = { ...ours, state: 'Suspended' };
    statusMemory.written('uid-key', suspended);
    expect(believes(ours)).toBe(suspended);
  });

  test('goes by the MAC again as soon as there are MAC keys', () => {
    const installation: { macContext: ReturnType<typeof recordContext> | undefined } = { macContext: undefined };
    const ports = { installation, statusMemory: new StatusMemory() } as never;
    believedStatus(ports, checkout, object, planted);
    installation.macContext = recordContext();
    expect(believedStatus(ports, checkout, object, planted)).toBeUndefined();
    installation.macContext = undefined;
    expect(believedStatus(ports, checkout, object, ours)).toBe(ours);
  });
});

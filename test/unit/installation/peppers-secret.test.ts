import assert from 'node:assert/strict';
import { describe, expect, test } from 'vitest';
import { decodePeppersSecret, newPeppersSecret } from '../../../src/installation/peppers-secret.ts';
import type { Secret } from '../../../src/kube/objects/objects.ts';
import { countingBytes } from '../../support/sealing.ts';

const secret = newPeppersSecret('keywright', countingBytes());
const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('newPeppersSecret', () => {
  test('names the namespace, the type and the component', () => {
    expect(secret).toMatchObject({
      metadata: {
        name: 'keywright-peppers',
        namespace: 'keywright',
        labels: { 'keywright.dev/component': 'peppers' },
      },
      type: 'keywright.dev/peppers',
    });
  });
});

describe('decodePeppersSecret', () => {
  test('yields peppers that match what others of the same Secret hashed', () => {
    const [one, other] = [decodePeppersSecret(secret), decodePeppersSecret(secret)];
    assert(one.state === 'valid' && other.state === 'valid');
    const hash = one.peppers.keyedHash(Uint8Array.of(1));
    expect(hash).toMatch(/^hmac-sha256:pepper-(01){8}:[0-9a-f]{64}$/);
    expect(other.peppers.matchesKeyedHash(Uint8Array.of(1), hash)).toBe(true);
  });

  const refused: readonly { name: string; value: Secret; problem: string }[] = [
    { name: 'another type', value: { ...secret, type: 'Opaque' }, problem: 'WrongType' },
    { name: 'no data', value: { metadata: secret.metadata, type: 'keywright.dev/peppers' }, problem: 'Malformed' },
    {
      name: 'peppers that are no JSON',
      value: { ...secret, data: { peppers: base64('canary') } },
      problem: 'Malformed',
    },
    {
      name: 'peppers of a newer format',
      value: { ...secret, data: { peppers: base64('{"format":2}') } },
      problem: 'UnknownFormat',
    },
  ];
  test.each(refused)('says $problem for $name', ({ value, problem }) => {
    expect(decodePeppersSecret(value)).toEqual({ state: 'invalid', problem });
  });
});

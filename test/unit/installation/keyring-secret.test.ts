import assert from 'node:assert/strict';
import { describe, expect, test } from 'vitest';
import { decodeKeyringSecret, newKeyringSecret } from '../../../src/installation/keyring-secret.ts';
import type { Secret } from '../../../src/kube/objects/objects.ts';
import { countingBytes, keyBytes } from '../../support/sealing.ts';

const secret = newKeyringSecret('keywright', countingBytes());
const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('newKeyringSecret', () => {
  test('names the namespace, the type and the component', () => {
    expect(secret).toMatchObject({
      metadata: {
        name: 'keywright-keyring',
        namespace: 'keywright',
        labels: { 'keywright.dev/component': 'keyring' },
      },
      type: 'keywright.dev/keyring',
    });
  });
});

describe('decodeKeyringSecret', () => {
  test('yields a provider that unwraps what another one of the same Secret wrapped', async () => {
    const [one, other] = [decodeKeyringSecret(secret, countingBytes()), decodeKeyringSecret(secret, countingBytes())];
    assert(one.state === 'valid' && other.state === 'valid');
    const wrapped = await one.kek.wrap(keyBytes(5), Uint8Array.of(1));
    expect(await other.kek.unwrap(wrapped, Uint8Array.of(1))).toEqual(keyBytes(5));
  });

  const refused: readonly { name: string; value: Secret; problem: string }[] = [
    { name: 'another type', value: { ...secret, type: 'Opaque' }, problem: 'WrongType' },
    { name: 'no data', value: { metadata: secret.metadata, type: 'keywright.dev/keyring' }, problem: 'Malformed' },
    { name: 'KEKs that are no JSON', value: { ...secret, data: { keks: base64('canary') } }, problem: 'Malformed' },
    {
      name: 'KEKs of a newer format',
      value: { ...secret, data: { keks: base64('{"format":2}') } },
      problem: 'UnknownFormat',
    },
  ];
  test.each(refused)('says $problem for $name', ({ value, problem }) => {
    expect(decodeKeyringSecret(value, countingBytes())).toEqual({ state: 'invalid', problem });
  });
});

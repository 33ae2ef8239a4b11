import assert from 'node:assert/strict';
import { describe, expect, test } from 'vitest';
import { keyOrders, withoutKey, withNewKey } from '../../../src/installation/key-orders.ts';
import { decodeKeyringSecret, KEKS, newKeyringSecret } from '../../../src/installation/keyring-secret.ts';
import { readStoredKeys } from '../../../src/installation/stored-keys.ts';
import type { Secret } from '../../../src/kube/objects/objects.ts';
import { countingBytes, keyBytes } from '../../support/sealing.ts';

const randomBytes = countingBytes();
const keyring = newKeyringSecret('keywright', randomBytes);

function annotated(secret: Secret, annotations: Readonly<Record<string, string>>): Secret {
  const all = { ...secret.metadata.annotations, ...annotations };
  return { ...secret, metadata: { ...secret.metadata, resourceVersion: '7', annotations: all } };
}

function rotate(secret: Secret, trigger: string): Secret {
  const rotated = withNewKey(KEKS, annotated(secret, { 'keywright.dev/rotate': trigger }), trigger, randomBytes);
  assert(rotated !== undefined);
  return rotated;
}

function listed(secret: Secret | undefined): readonly string[] {
  const keks = secret === undefined ? 'none' : readStoredKeys(KEKS, secret);
  assert(typeof keks !== 'string');
  return keks.map(({ id, state }) => `${state} ${id}`);
}

const idsOf = (secret: Secret): readonly string[] => listed(secret).map((line) => line.split(' ')[1] ?? '');

describe('keyOrders', () => {
  const used = rotate(keyring, '2027-q1');
  test.each([
    { name: 'nothing without annotations', secret: keyring, want: {} },
    { name: 'nothing for empty texts', secret: annotated(keyring, { 'keywright.dev/rotate': '' }), want: {} },
    {
      name: 'a rotation for a text that is new',
      secret: annotated(keyring, { 'keywright.dev/rotate': 'a' }),
      want: { rotate: 'a' },
    },
    { name: 'nothing for a text that was used', secret: used, want: {} },
    {
      name: 'nothing for a text that was used before the last one',
      secret: annotated(rotate(used, '2027-q2'), { 'keywright.dev/rotate': '2027-q1' }),
      want: {},
    },
    {
      name: 'the end of a KEK',
      secret: annotated(keyring, { 'keywright.dev/drop-kek': 'kek-1' }),
      want: { drop: 'kek-1' },
    },
  ])('finds $name', ({ secret, want }) => {
    expect(keyOrders(KEKS, secret)).toEqual({ rotate: undefined, drop: undefined, ...want });
  });
});

describe('withNewKey', () => {
  test('adds a KEK that wraps, and the former ones only unwrap', () => {
    const once = rotate(keyring, 'a');
    const twice = rotate(once, 'b');
    const [first = '', second = '', third = ''] = [...idsOf(twice)].toReversed();
    expect(listed(once)).toEqual([`Wrapping ${second}`, `Unwrapping ${first}`]);
    expect(listed(twice)).toEqual([`Wrapping ${third}`, `Unwrapping ${second}`, `Unwrapping ${first}`]);
    expect(new Set([first, second, third]).size).toBe(3);
  });

  test('opens what the former KEK wrapped', async () => {
    const [before, after] = [keyring, rotate(keyring, 'a')].map((secret) => decodeKeyringSecret(secret, randomBytes));
    assert(before?.state === 'valid' && after?.state === 'valid');
    const wrapped = await before.kek.wrap(keyBytes(5), Uint8Array.of(1));
    expect(await after.kek.unwrap(wrapped, Uint8Array.of(1))).toEqual(keyBytes(5));
    expect((await after.kek.wrap(keyBytes(5), Uint8Array.of(1))).kekId).toBe(after.kek.wrappingKekId);
    expect(after.kek.wrappingKekId).not.toBe(before.kek.wrappingKekId);
  });

  test('is bound to what was read, and keeps labels and annotations but for copies of the data', () => {
    const copy = { 'kubectl.kubernetes.io/last-applied-configuration': '{}', backup: 'daily' };
    const { metadata } = rotate(annotated(keyring, copy), 'a');
    expect(metadata).toMatchObject({ resourceVersion: '7', labels: { 'keywright.dev/component': 'keyring' } });
    expect(metadata.annotations).toEqual({ backup: 'daily', 'keywright.dev/rotate': 'a' });
  });

  test('keeps the text itself out of the data', () => {
    expect(Buffer.from(rotate(keyring, 'top secret drill').data?.['consumed'] ?? '', 'base64').toString()).toMatch(
      /^[0-9a-f]{32}$/,
    );
  });

  test('refuses the 101st KEK', () => {
    let full = keyring;
    for (let count = 1; count < 100; count += 1) full = rotate(full, String(count));
    expect(idsOf(full)).toHaveLength(100);
    expect(withNewKey(KEKS, full, 'one more', randomBytes)).toBeUndefined();
  });

  test('throws for what is no keyring', () => {
    expect(() => withNewKey(KEKS, { ...keyring, type: 'Opaque' }, 'a', randomBytes)).toThrow(TypeError);
  });
});

describe('withoutKey', () => {
  const rotated = annotated(rotate(keyring, 'a'), { 'keywright.dev/drop-kek': idsOf(keyring)[0] ?? '' });
  const [wrapping = '', former = ''] = idsOf(rotated);

  test('takes a former KEK out, and the order with it', () => {
    const dropped = withoutKey(KEKS, rotated, former);
    expect(listed(dropped)).toEqual([`Wrapping ${wrapping}`]);
    expect(dropped?.metadata.annotations).toEqual({ 'keywright.dev/rotate': 'a' });
    expect(dropped?.data?.['consumed']).toBe(rotated.data?.['consumed']);
  });

  test.each([
    { name: 'the KEK that wraps', id: wrapping },
    { name: 'one that is not there', id: 'kek-0' },
  ])('leaves $name', ({ id }) => {
    expect(withoutKey(KEKS, rotated, id)).toBeUndefined();
  });
});

import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { KeyringProvider } from '../../../src/sealing/keyring-provider.ts';
import type { Kek } from '../../../src/sealing/keyring-provider.ts';
import { SealingError } from '../../../src/sealing/sealing-error.ts';
import { countingBytes, keyBytes } from '../../support/sealing.ts';
import { testKekProviderContract } from './kek-provider-contract.ts';

const first: Kek = { id: 'kek-1', bytes: keyBytes(32), state: 'Wrapping' };
const second: Kek = { id: 'kek-2', bytes: keyBytes(64), state: 'Wrapping' };
const context = Uint8Array.of(1, 2, 3);
const provider = (...keks: readonly Kek[]): KeyringProvider => new KeyringProvider(keks, countingBytes());

describe('KeyringProvider', () => {
  testKekProviderContract(() => provider(first));

  test('unwraps with an older KEK after a new one has taken over', async () => {
    const wrapped = await provider(first).wrap(keyBytes(99), context);
    const rotated = provider({ ...first, state: 'Unwrapping' }, second);
    expect(await rotated.unwrap(wrapped, context)).toEqual(keyBytes(99));
    expect((await rotated.wrap(keyBytes(99), context)).kekId).toBe('kek-2');
  });

  test('refuses a DEK under another context', async () => {
    const wrapped = await provider(first).wrap(keyBytes(99), context);
    await expect(provider(first).unwrap(wrapped, Uint8Array.of(1, 2))).rejects.toThrow(new SealingError('OpenFailed'));
  });

  test('refuses a DEK under another KEK of the same id', async () => {
    const wrapped = await provider(first).wrap(keyBytes(99), context);
    const impostor = provider({ ...first, bytes: keyBytes(1) });
    await expect(impostor.unwrap(wrapped, context)).rejects.toThrow(new SealingError('OpenFailed'));
  });

  test('refuses a wrapped DEK with any byte flipped, cut or appended', async () => {
    const { kekId, ciphertext } = await provider(first).wrap(keyBytes(99), context);
    const flipped = Array.from(ciphertext, (_, at) =>
      ciphertext.map((byte, index) => (index === at ? byte ^ 1 : byte)),
    );
    for (const bytes of [...flipped, ciphertext.subarray(0, -1), Buffer.concat([ciphertext, Uint8Array.of(0)])]) {
      await expect(provider(first).unwrap({ kekId, ciphertext: bytes }, context)).rejects.toThrow(
        new SealingError('OpenFailed'),
      );
    }
  });

  const invalid: readonly { name: string; keks: readonly Kek[] }[] = [
    { name: 'an empty list', keks: [] },
    { name: 'two wrapping KEKs', keks: [first, second] },
    { name: 'a short KEK', keks: [{ ...first, bytes: new Uint8Array(16) }] },
    { name: 'one id twice', keks: [first, { ...second, id: 'kek-1', state: 'Unwrapping' }] },
    { name: 'an empty id', keks: [{ ...first, id: '' }] },
  ];
  test.each(invalid)('cannot be made of $name', ({ keks }) => {
    expect(() => provider(...keks)).toThrow(RangeError);
  });

  test('shows no KEK byte when inspected or serialised', () => {
    const shown = inspect(provider(first), { depth: 9, showHidden: true }) + JSON.stringify(provider(first));
    expect(shown).not.toMatch(/32,\s*33|20 21 22|ICEiIy/);
  });
});

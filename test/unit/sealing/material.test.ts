import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KeyringProvider } from '../../../src/sealing/keyring-provider.ts';
import type { KeyIdentity } from '../../../src/sealing/ledger.ts';
import { dropMaterial, hasMaterial, openMaterial, sealMaterial } from '../../../src/sealing/material.ts';
import type { MaterialRef, SealedEntry, SealedMaterial } from '../../../src/sealing/sealed-material.ts';
import { SealingError } from '../../../src/sealing/sealing-error.ts';
import { checkout, countingBytes, keyBytes, recordContext } from '../../support/sealing.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const token: MaterialRef = { environment: 'production', version: 3, field: 'token' };
const signingSecret: MaterialRef = { ...token, field: 'signingSecret' };
/** Places other than that of `token`. */
const places: readonly MaterialRef[] = [
  { ...token, environment: 'staging' },
  { ...token, version: 2 },
  { ...token, field: 'signingSecret' },
];
const canary = 'acme_sk_live_example';
const openFailed = new SealingError('OpenFailed');

const sealed = await sealMaterial(undefined, [{ ...token, plaintext: bytes(canary) }], checkout, recordContext());

describe('sealMaterial', () => {
  test('writes the frozen envelope', () => {
    expect(sealed).toEqual({
      format: 1,
      dek: {
        provider: 'keyring',
        kekId: 'kek-1',
        ciphertext: 'AgICAgICAgICAgICbA80ui0N6p_lTqMKe8ZMhepVeqyiGfboeZa40gLskq23buGOGG6e1UbnRzoRvypV',
      },
      entries: [
        { ...token, iv: 'AwMDAwMDAwMDAwMD', ciphertext: 'mQJ5_6D3XDbBlZACk3xcydVDzSg', tag: '6iAdE7PKbsCGeULv0TkuuQ' },
      ],
    });
  });

  test('keeps what is sealed and adds under the same DEK', async () => {
    const addition = { ...signingSecret, plaintext: bytes('whsec') };
    const both = await sealMaterial(sealed, [addition], checkout, recordContext());
    expect(both.dek).toEqual(sealed.dek);
    expect(both.entries).toContainEqual(sealed.entries[0]);
    expect(await openMaterial(both, signingSecret, checkout, recordContext())).toEqual(bytes('whsec'));
    expect(await openMaterial(both, token, checkout, recordContext())).toEqual(bytes(canary));
  });

  test('replaces the value of a place that has one', async () => {
    const again = await sealMaterial(sealed, [{ ...token, plaintext: bytes('new') }], checkout, recordContext());
    expect(again.entries).toHaveLength(1);
    expect(await openMaterial(again, token, checkout, recordContext())).toEqual(bytes('new'));
  });

  test('sorts entries by environment, version and field', async () => {
    const refs: readonly MaterialRef[] = [
      { environment: 'b', version: 1, field: 'token' },
      { environment: 'a', version: 10, field: 'token' },
      { environment: 'a', version: 9, field: 'token' },
      { environment: 'a', version: 9, field: 'signingSecret' },
    ];
    const additions = refs.map((ref) => ({ ...ref, plaintext: bytes('x') }));
    const { entries } = await sealMaterial(undefined, additions, checkout, recordContext());
    expect(entries.map(({ environment, version, field }) => `${environment} ${version} ${field}`)).toEqual([
      'a 9 signingSecret',
      'a 9 token',
      'a 10 token',
      'b 1 token',
    ]);
  });

  test('refuses an empty list and two values for one place', async () => {
    const addition = { ...token, plaintext: bytes('x') };
    await expect(sealMaterial(undefined, [], checkout, recordContext())).rejects.toThrow(RangeError);
    await expect(sealMaterial(undefined, [addition, addition], checkout, recordContext())).rejects.toThrow(RangeError);
  });

  test('wipes the DEK it made', async () => {
    const handedOut: Uint8Array[] = [];
    const counting = countingBytes();
    const randomBytes = (length: number): Uint8Array => {
      const fresh = counting(length);
      if (length === 32) handedOut.push(fresh);
      return fresh;
    };
    await sealMaterial(undefined, [{ ...token, plaintext: bytes('x') }], checkout, recordContext({ randomBytes }));
    expect(handedOut).toEqual([new Uint8Array(32)]);
  });

  test('takes a fresh IV for every value', async () => {
    const additions = [token, signingSecret].map((ref) => ({ ...ref, plaintext: bytes('x') }));
    const { entries } = await sealMaterial(undefined, additions, checkout, recordContext());
    expect(new Set(entries.map((entry) => entry.iv)).size).toBe(2);
  });
});

describe('openMaterial', () => {
  test('opens what was sealed for any place', async () => {
    const ref = fc.record<MaterialRef>({
      environment: fc.stringMatching(/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/),
      version: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
      field: fc.constantFrom('token', 'signingSecret'),
    });
    await fc.assert(
      fc.asyncProperty(ref, fc.uint8Array({ maxLength: 300 }), async (place, plaintext) => {
        const one = await sealMaterial(undefined, [{ ...place, plaintext }], checkout, recordContext());
        expect(await openMaterial(one, place, checkout, recordContext())).toEqual(plaintext);
      }),
    );
  });

  test.each(places)('refuses a value moved to $environment $version $field', async (place) => {
    const [entry] = sealed.entries;
    const moved = { ...sealed, entries: [{ ...(entry as SealedEntry), ...place }] };
    await expect(openMaterial(moved, place, checkout, recordContext())).rejects.toThrow(openFailed);
  });

  test.each(['project', 'kind', 'namespace', 'name'] as const)('refuses a record of another %s', async (field) => {
    const other = { ...checkout, [field]: 'other' } as KeyIdentity;
    await expect(openMaterial(sealed, token, other, recordContext())).rejects.toThrow(openFailed);
  });

  test('refuses a record of another installation', async () => {
    const elsewhere = recordContext({ installation: 'ff112233445566778899aabbccddeeff' });
    await expect(openMaterial(sealed, token, checkout, elsewhere)).rejects.toThrow(openFailed);
  });

  test('refuses an entry put beside the DEK of another record', async () => {
    const refunds = { ...checkout, name: 'refunds' };
    const other = await sealMaterial(undefined, [{ ...token, plaintext: bytes('y') }], refunds, recordContext());
    for (const identity of [checkout, refunds]) {
      await expect(openMaterial({ ...sealed, dek: other.dek }, token, identity, recordContext())).rejects.toThrow(
        openFailed,
      );
    }
  });

  test('refuses two swapped values of one record', async () => {
    const additions = [
      { ...token, plaintext: bytes('one') },
      { ...signingSecret, plaintext: bytes('two') },
    ];
    const both = await sealMaterial(undefined, additions, checkout, recordContext());
    const swapped: SealedMaterial = {
      ...both,
      entries: both.entries.map((entry) => ({
        ...entry,
        field: entry.field === 'token' ? 'signingSecret' : 'token',
      })),
    };
    await expect(openMaterial(swapped, token, checkout, recordContext())).rejects.toThrow(openFailed);
  });

  const [entry] = sealed.entries as [SealedEntry];
  const blobs = { iv: entry.iv, ciphertext: entry.ciphertext, tag: entry.tag, dek: sealed.dek.ciphertext };
  test.each(Object.keys(blobs) as (keyof typeof blobs)[])('refuses any changed byte of the %s', async (part) => {
    const original = Buffer.from(blobs[part], 'base64url');
    const change = fc.record({ at: fc.nat({ max: original.length - 1 }), by: fc.integer({ min: 1, max: 255 }) });
    await fc.assert(
      fc.asyncProperty(change, async ({ at, by }) => {
        const altered = Buffer.from(original);
        altered[at] = (altered[at] ?? 0) ^ by;
        const text = altered.toString('base64url');
        const tampered: SealedMaterial =
          part === 'dek'
            ? { ...sealed, dek: { ...sealed.dek, ciphertext: text } }
            : { ...sealed, entries: [{ ...entry, [part]: text }] };
        await expect(openMaterial(tampered, token, checkout, recordContext())).rejects.toThrow(openFailed);
      }),
      { numRuns: 60 },
    );
  });

  test.each([4, 8, 12, 15])('refuses a tag cut to %d bytes', async (length) => {
    const tag = Buffer.from(entry.tag, 'base64url').subarray(0, length).toString('base64url');
    const cut = { ...sealed, entries: [{ ...entry, tag }] };
    await expect(openMaterial(cut, token, checkout, recordContext())).rejects.toThrow(openFailed);
  });

  const absent = new SealingError('MaterialAbsent');
  test('says MaterialAbsent when nothing is sealed for the place', async () => {
    await expect(openMaterial(sealed, signingSecret, checkout, recordContext())).rejects.toThrow(absent);
    await expect(openMaterial(undefined, token, checkout, recordContext())).rejects.toThrow(absent);
  });

  test('says KekUnknown when the keyring is another one', async () => {
    const kek = new KeyringProvider([{ id: 'kek-9', bytes: keyBytes(9), state: 'Wrapping' }], countingBytes());
    const unknown = new SealingError('KekUnknown');
    await expect(openMaterial(sealed, token, checkout, recordContext({ kek }))).rejects.toThrow(unknown);
    const foreign = { ...sealed, dek: { ...sealed.dek, provider: 'kms-v2' } };
    await expect(openMaterial(foreign, token, checkout, recordContext())).rejects.toThrow(unknown);
  });

  test('opens after the KEK was rotated', async () => {
    const keks = [
      { id: 'kek-2', bytes: keyBytes(5), state: 'Wrapping' as const },
      { id: 'kek-1', bytes: keyBytes(32), state: 'Unwrapping' as const },
    ];
    const kek = new KeyringProvider(keks, countingBytes());
    expect(await openMaterial(sealed, token, checkout, recordContext({ kek }))).toEqual(bytes(canary));
  });
});

describe('dropMaterial', () => {
  test('leaves out what the predicate names', async () => {
    const addition = { ...signingSecret, plaintext: bytes('whsec') };
    const both = await sealMaterial(sealed, [addition], checkout, recordContext());
    const rest = dropMaterial(both, ({ field }) => field === 'token');
    expect(hasMaterial(rest, token)).toBe(false);
    expect(hasMaterial(rest, signingSecret)).toBe(true);
  });

  test('leaves nothing at all when the last value goes', () => {
    expect(dropMaterial(sealed, () => true)).toBeUndefined();
    expect(dropMaterial(undefined, () => false)).toBeUndefined();
  });
});

describe('hasMaterial', () => {
  test('answers for exactly one environment, version and field', () => {
    expect(hasMaterial(sealed, token)).toBe(true);
    for (const place of places) expect(hasMaterial(sealed, place)).toBe(false);
    expect(hasMaterial(undefined, token)).toBe(false);
  });
});

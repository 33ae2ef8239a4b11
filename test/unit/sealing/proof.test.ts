import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renewProof, signClaim, signProof, verifyProof } from '../../../src/sealing/proof.ts';
import type { ProofClaim, ProofContents } from '../../../src/sealing/proof.ts';
import { digest } from '../../support/facts.ts';
import { MacKeys } from '../../../src/sealing/mac.ts';
import { checkout, keyBytes, recordContext } from '../../support/sealing.ts';

const context = recordContext();
const claim: ProofClaim = {
  ...checkout,
  environment: 'production',
  version: 3,
  keyId: 'k7f2m9q4x1z8',
  targetNamespace: 'payments-prod-eu',
  secretName: 'checkout',
};
const contents: ProofContents = { token: digest('token'), 'signing-secret': digest('whsec') };
/** Letters of the annotation that tell of the contents; the first of them tells of the claim too. */
const CONTENTS_LETTERS = 43;
const frozen = 'mac-1.AAAAAAAAACpPQ4-HwqcrARwmIqBbvPH36E3Q6B6iO3DdplnkGqm7KLLZo37Fht5ml15nBjaQYQEtJ0AsMSuU0xX1A0-E1rGI';

describe('signProof', () => {
  test('writes the frozen text', () => {
    expect(signProof(context, claim, 42, contents)).toBe(frozen);
  });

  test('refuses a sequence that is no counter', () => {
    expect(() => signProof(context, claim, 2 ** 53, contents)).toThrow(RangeError);
  });
});

describe('verifyProof', () => {
  test('yields the sequence of any proof of ours', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (sequence) => {
        const text = signProof(context, claim, sequence, contents);
        expect(verifyProof(context, claim, text, contents)).toEqual({ sequence, isIntact: true });
      }),
    );
  });

  const fields = Object.keys(claim) as (keyof ProofClaim)[];
  test.each(fields)('refuses a proof whose %s is another', (field) => {
    const other = { ...claim, [field]: field === 'version' ? 4 : `${claim[field]}2` };
    expect(verifyProof(context, other, frozen, contents)).toBeUndefined();
  });

  test('refuses a proof of another installation', () => {
    const elsewhere = recordContext({ installation: 'ff112233445566778899aabbccddeeff' });
    expect(verifyProof(elsewhere, claim, frozen, contents)).toBeUndefined();
  });

  test('refuses two claims that swap namespace and name', () => {
    const swapped = { ...claim, targetNamespace: claim.secretName, secretName: claim.targetNamespace };
    expect(verifyProof(context, swapped, frozen, contents)).toBeUndefined();
  });

  test('believes nothing of a proof with any character changed, the sequence included', () => {
    const start = frozen.length - CONTENTS_LETTERS;
    fc.assert(
      fc.property(fc.nat({ max: frozen.length - 1 }), fc.constantFrom('A', 'B', '-', '_', '.', '=', '8'), (at, by) => {
        const text = frozen.slice(0, at) + by + frozen.slice(at + 1);
        const proven = verifyProof(context, claim, text, contents);
        if (text === frozen) expect(proven).toEqual({ sequence: 42, isIntact: true });
        else if (at < start) expect(proven).toBeUndefined();
        else expect(proven?.isIntact ?? false).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  test.each<{ name: string; other: ProofContents }>([
    { name: 'another token', other: { ...contents, token: digest('planted') } },
    { name: 'another signing secret', other: { ...contents, 'signing-secret': digest('planted') } },
    { name: 'no signing secret', other: { token: digest('token') } },
    { name: 'both swapped', other: { token: digest('whsec'), 'signing-secret': digest('token') } },
    { name: 'nothing', other: {} },
    {
      name: 'a value under another data key',
      other: { 'other-token': digest('token'), 'signing-secret': digest('whsec') },
    },
    { name: 'one value more', other: { ...contents, extra: digest('token') } },
  ])('knows a Secret that holds $name for ours, and for edited', ({ other }) => {
    expect(verifyProof(context, claim, frozen, other)).toEqual({ sequence: 42, isIntact: false });
  });

  test('takes the contents of no other place for those of this one', () => {
    const there = Buffer.from(
      signProof(context, { ...claim, targetNamespace: 'other' }, 42, contents).slice(6),
      'base64url',
    );
    const here = Buffer.from(frozen.slice(6), 'base64url');
    const text = `mac-1.${Buffer.concat([here.subarray(0, 40), there.subarray(40)]).toString('base64url')}`;
    expect(verifyProof(context, claim, text, contents)).toEqual({ sequence: 42, isIntact: false });
  });

  test('refuses a sequence beyond 2^53', () => {
    const bytes = Buffer.from(frozen.slice('mac-1.'.length), 'base64url');
    bytes.writeBigUInt64BE(2n ** 53n + 42n);
    expect(verifyProof(context, claim, `mac-1.${bytes.toString('base64url')}`, contents)).toBeUndefined();
  });

  test.each([Number.NaN, -1, 1.5])('refuses the claimed version %d without throwing', (version) => {
    expect(verifyProof(context, { ...claim, version }, frozen, contents)).toBeUndefined();
  });
});

describe('renewProof', () => {
  const [former, next] = [keyBytes(0), keyBytes(96)];
  const rotated = recordContext({
    macKeys: new MacKeys([
      { id: 'mac-2', bytes: next, state: 'Signing' },
      { id: 'mac-1', bytes: former, state: 'Verifying' },
    ]),
  });
  const dropped = recordContext({ macKeys: new MacKeys([{ id: 'mac-2', bytes: next, state: 'Signing' }]) });

  test('says the same under the key that signs now, so that the former one can go', () => {
    const text = renewProof(rotated, claim, frozen, contents) ?? '';
    expect(text).toBe(signProof(dropped, claim, 42, contents));
    expect(verifyProof(dropped, claim, text, contents)).toEqual({ sequence: 42, isIntact: true });
  });

  test('takes edited contents for edited ones, whatever they are then', () => {
    const edited = { token: digest('planted') };
    const text = renewProof(rotated, claim, frozen, edited) ?? '';
    for (const found of [edited, contents]) {
      expect(verifyProof(dropped, claim, text, found)).toEqual({ sequence: 42, isIntact: false });
    }
  });

  test.each([
    { name: 'another claim', context: rotated, other: { ...claim, secretName: 'copied' } },
    { name: 'a key that is gone', context: dropped, other: claim },
  ])('renews nothing of $name', ({ context: given, other }) => {
    expect(renewProof(given, other, frozen, contents)).toBeUndefined();
  });
});

test('signClaim proves whose a Secret is, and no contents', () => {
  const text = signClaim(context, claim, 42);
  expect(verifyProof(context, claim, text, contents)).toEqual({ sequence: 42, isIntact: false });
  expect(verifyProof(context, claim, text, {})).toEqual({ sequence: 42, isIntact: false });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { signProof, verifyProof } from '../../../src/sealing/proof.ts';
import type { ProofClaim } from '../../../src/sealing/proof.ts';
import { checkout, recordContext } from '../../support/sealing.ts';

const context = recordContext();
const claim: ProofClaim = {
  ...checkout,
  environment: 'production',
  version: 3,
  keyId: 'k7f2m9q4x1z8',
  targetNamespace: 'payments-prod-eu',
  secretName: 'checkout',
};
const frozen = 'mac-1.AAAAAAAAACplf7QHMWd6G7ZrzTFIGKUWLBqy_4AjAzCaykY8zqRfkQ';

describe('signProof', () => {
  test('writes the frozen text', () => {
    expect(signProof(context, claim, 42)).toBe(frozen);
  });

  test('refuses a sequence that is no counter', () => {
    expect(() => signProof(context, claim, 2 ** 53)).toThrow(RangeError);
  });
});

describe('verifyProof', () => {
  test('yields the sequence of any proof of ours', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (sequence) => {
        expect(verifyProof(context, claim, signProof(context, claim, sequence))).toEqual({ sequence });
      }),
    );
  });

  const fields = Object.keys(claim) as (keyof ProofClaim)[];
  test.each(fields)('refuses a proof whose %s is another', (field) => {
    const other = { ...claim, [field]: field === 'version' ? 4 : `${claim[field]}2` };
    expect(verifyProof(context, other, frozen)).toBeUndefined();
  });

  test('refuses a proof of another installation', () => {
    const elsewhere = recordContext({ installation: 'ff112233445566778899aabbccddeeff' });
    expect(verifyProof(elsewhere, claim, frozen)).toBeUndefined();
  });

  test('refuses two claims that swap namespace and name', () => {
    const swapped = { ...claim, targetNamespace: claim.secretName, secretName: claim.targetNamespace };
    expect(verifyProof(context, swapped, frozen)).toBeUndefined();
  });

  test('refuses a proof with any character changed, the sequence included', () => {
    fc.assert(
      fc.property(fc.nat({ max: frozen.length - 1 }), fc.constantFrom('A', 'B', '-', '_', '.', '=', '8'), (at, by) => {
        const text = frozen.slice(0, at) + by + frozen.slice(at + 1);
        expect(verifyProof(context, claim, text)).toEqual(text === frozen ? { sequence: 42 } : undefined);
      }),
      { numRuns: 1000 },
    );
  });

  test('refuses a sequence beyond 2^53', () => {
    const bytes = Buffer.from(frozen.slice('mac-1.'.length), 'base64url');
    bytes.writeBigUInt64BE(2n ** 53n + 42n);
    expect(verifyProof(context, claim, `mac-1.${bytes.toString('base64url')}`)).toBeUndefined();
  });

  test.each([Number.NaN, -1, 1.5])('refuses the claimed version %d without throwing', (version) => {
    expect(verifyProof(context, { ...claim, version }, frozen)).toBeUndefined();
  });
});

import { describe, expect, test } from 'vitest';
import type { CryptoKeySpec } from '../../../../src/api/generated/crypto-key.ts';
import type { KeyProjectSpec } from '../../../../src/api/generated/key-project.ts';
import { Reason } from '../../../../src/api/conditions.ts';
import { policyChecks } from '../../../../src/controllers/crypto-key/policy-checks.ts';
import { firstViolation, type Violation } from '../../../../src/controllers/planning/policy.ts';
import { ALGORITHMS, type Algorithm } from '../../../../src/keys/crypto/algorithm.ts';
import { cryptoFacts } from '../../../support/partner-key.ts';
import { keyProjectOf } from '../../../support/facts.ts';

type Policy = NonNullable<KeyProjectSpec['policy']>;

function violation(spec: Partial<CryptoKeySpec>, policy: Policy = {}): Violation | undefined {
  return firstViolation(policyChecks, cryptoFacts(spec, { projectSpec: keyProjectOf({ policy }).spec }));
}

describe('policy on the algorithm of a CryptoKey', () => {
  test.each(Object.keys(ALGORITHMS) as Algorithm[])(
    'that is absent allows %s unless it may only be imported',
    (name) => {
      expect(violation({ algorithm: name }) === undefined).toBe(ALGORITHMS[name].isMintable);
    },
  );

  test.each<{ algorithm: Algorithm; algorithms: NonNullable<Policy['algorithms']>; isAllowed: boolean }>([
    { algorithm: 'EC-P256', algorithms: ['EC-P256'], isAllowed: true },
    { algorithm: 'EC-P256', algorithms: ['EC-P384'], isAllowed: false },
    { algorithm: 'DES', algorithms: ['DES'], isAllowed: true },
    { algorithm: 'EC-P256', algorithms: [], isAllowed: false },
  ])('that lists $algorithms answers $isAllowed for $algorithm', ({ algorithm, algorithms, isAllowed }) => {
    expect(violation({ algorithm }, { algorithms })?.reason).toBe(isAllowed ? undefined : Reason.PolicyViolation);
  });

  test('names what is refused and what is allowed', () => {
    expect(violation({ algorithm: 'DES' }, { algorithms: ['AES-256'] })?.message).toBe(
      "The project's policy does not allow DES; it allows: AES-256. Legacy algorithms are allowed by name: add DES to policy.algorithms of the KeyProject, beside those",
    );
  });

  test('tells of no list for an algorithm that is allowed while there is none', () => {
    expect(violation({ algorithm: 'EC-P256' }, { algorithms: ['AES-256'] })?.message).toBe(
      "The project's policy does not allow EC-P256; it allows: AES-256",
    );
  });
});

describe('policy on content in the clear', () => {
  const plain = { import: { content: 'Y2FuYXJ5' } };
  const inProduction = { environments: [{ name: 'staging' }, { name: 'production', ...plain }] };

  test.each<{ name: string; spec: Partial<CryptoKeySpec>; policy?: Policy; isAllowed: boolean }>([
    { name: 'refuses a private key', spec: plain, isAllowed: false },
    { name: 'refuses one in a single environment', spec: inProduction, isAllowed: false },
    { name: 'refuses a secret key', spec: { ...plain, type: 'SecretKey', algorithm: 'AES-256' }, isAllowed: false },
    {
      name: 'refuses it where it is forbidden',
      spec: plain,
      policy: { allowPlaintextImport: false },
      isAllowed: false,
    },
    { name: 'takes it where it is allowed', spec: plain, policy: { allowPlaintextImport: true }, isAllowed: true },
    { name: 'takes a public key anywhere', spec: { ...plain, type: 'PublicKey' }, isAllowed: true },
    {
      name: 'takes a reference anywhere',
      spec: { import: { secretKeyRef: { name: 'partner-keys', key: 'prod.pem' } } },
      isAllowed: true,
    },
  ])('$name', ({ spec, policy, isAllowed }) => {
    expect(violation(spec, policy)?.reason).toBe(isAllowed ? undefined : Reason.PolicyViolation);
  });

  test('names the environment and quotes nothing of the content', () => {
    const { message } = violation(inProduction) ?? {};
    expect(message).toContain('"production"');
    expect(message).not.toContain('Y2FuYXJ5');
  });
});

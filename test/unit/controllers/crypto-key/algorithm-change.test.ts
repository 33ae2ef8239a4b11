import { describe, expect, test } from 'vitest';
import type { CryptoKeySpec } from '../../../../src/api/generated/crypto-key.ts';
import { planKey } from '../../../../src/controllers/key/plan.ts';
import type { DeclaredFacts } from '../../../../src/controllers/planning/key-rules.ts';
import type { RecordChange } from '../../../../src/controllers/planning/record-change.ts';
import type { EnvironmentEntry } from '../../../../src/sealing/ledger.ts';
import { cryptoEntries, cryptoKeyOf, cryptoVersion, settledCryptoKey } from '../../../support/crypto-facts.ts';
import { hoursFromNow, keyProjectOf, productionEntry, projectFacts, stagingEntry } from '../../../support/facts.ts';

/** What is planned for a settled key whose spec is edited. */
function planned(
  spec: Partial<CryptoKeySpec>,
  environments: readonly EnvironmentEntry[] = cryptoEntries(),
  changes: Partial<DeclaredFacts> = {},
): ReturnType<typeof planKey> {
  const facts = settledCryptoKey({}, environments);
  const object = { ...cryptoKeyOf(spec), status: facts.object.status ?? {} };
  return planKey(settledCryptoKey({ object, ...changes }, environments));
}

function changeAfter(...edit: Parameters<typeof planned>): RecordChange {
  const step = planned(...edit);
  if (step?.kind !== 'WriteRecord') throw new Error(`Planned ${step?.kind ?? 'nothing'}`);
  return step.change;
}

const crypto = { kind: 'Crypto', algorithm: 'Ed25519' } as const;
const ed25519 = { algorithm: 'Ed25519', bits: 256 } as const;

describe('A minted CryptoKey whose spec asks for another algorithm', () => {
  test('gets a new version everywhere, and the one before stays accepted', () => {
    const { mints, ledger } = changeAfter({ algorithm: 'Ed25519' });
    const order = { version: 2, cause: 'AlgorithmChanged', material: { ...crypto, isShared: false } };
    expect(mints).toEqual([
      { environment: 'staging', ...order },
      { environment: 'production', ...order },
    ]);
    for (const { versions } of ledger.environments) {
      expect(versions).toMatchObject([{ version: 1, state: 'Retiring' }]);
    }
  });

  test('gets it only where the algorithm is another one', () => {
    const [staging = stagingEntry(), production = productionEntry()] = cryptoEntries();
    const done = { ...production, versions: [cryptoVersion('production', 2, ed25519)] };
    const { mints } = changeAfter({ algorithm: 'Ed25519' }, [staging, done]);
    expect(mints.map(({ environment }) => environment)).toEqual(['staging']);
  });

  test('gets one for all environments that share it', () => {
    const { mints } = changeAfter({ algorithm: 'Ed25519', material: 'Shared' });
    expect(mints.map(({ material }) => material)).toEqual([
      { ...crypto, isShared: true },
      { ...crypto, isShared: true },
    ]);
  });

  test('gets a copy where another environment that shares it has the new one already', () => {
    const [staging = stagingEntry(), production = productionEntry()] = cryptoEntries();
    const done = { ...production, versions: [cryptoVersion('production', 2, ed25519)] };
    const { mints } = changeAfter({ algorithm: 'Ed25519', material: 'Shared' }, [staging, done]);
    expect(mints.map(({ material }) => material)).toEqual([{ kind: 'Copy', environment: 'production', version: 2 }]);
  });

  test('stays as it is while it is suspended', () => {
    expect(planned({ algorithm: 'Ed25519', suspended: true })?.kind).toBe('WriteStatus');
  });

  test.each([
    { material: 'PerEnvironment', rotationOwed: undefined },
    { material: 'Shared', rotationOwed: true },
  ] as const)('stays as it is where the project suspends the environment: $material', ({ material, rotationOwed }) => {
    const { spec } = keyProjectOf();
    const environments = spec.environments.map((environment) => ({
      ...environment,
      suspended: environment.name === 'production',
    }));
    const project = projectFacts(keyProjectOf({ environments }));
    const { mints, ledger } = changeAfter({ algorithm: 'Ed25519', material }, cryptoEntries(), { project });
    expect(mints.map(({ environment }) => environment)).toEqual(['staging']);
    const [, production] = ledger.environments;
    expect(production).toMatchObject({ name: 'production', versions: [{ version: 1, state: 'Current' }] });
    expect(production?.rotationOwed).toBe(rotationOwed);
  });

  test('stays as it is when the project does not allow the algorithm', () => {
    const project = projectFacts(keyProjectOf({ policy: { algorithms: ['RSA-3072'] } }));
    expect(planned({ algorithm: 'Ed25519' }, cryptoEntries(), { project })?.kind).toBe('WriteStatus');
  });

  test('is not called ready by a restriction that is published before the new version is minted', () => {
    const step = planned({ algorithm: 'Ed25519', expiresAt: hoursFromNow(30) });
    if (step?.kind !== 'WriteStatus') throw new Error(`Planned ${step?.kind ?? 'nothing'}`);
    expect(step.status.conditions).toContainEqual(
      expect.objectContaining({ type: 'Ready', status: 'Unknown', reason: 'Delivering' }),
    );
  });
});

describe('A CryptoKey keeps its version', () => {
  test.each<{ name: string; spec: Partial<CryptoKeySpec>; environments?: readonly EnvironmentEntry[] }>([
    { name: 'when spec names no algorithm any more', spec: { type: 'KeyPair' } },
    {
      name: 'that was imported before the import was removed, whatever spec asks for',
      spec: { algorithm: 'Ed25519' },
      environments: cryptoEntries({ origin: 'Imported' }),
    },
    {
      name: 'when only what an OpenPGP key says of itself changes',
      spec: { type: 'OpenPGP', algorithm: 'OpenPGP-ECC', openpgp: { userIds: ['Other <other@example.com>'] } },
      environments: cryptoEntries({ algorithm: 'OpenPGP-ECC', form: 'OpenPgpPrivate', bits: 256 }),
    },
  ])('$name', ({ spec, environments }) => {
    const { algorithm: _given, ...bare } = cryptoKeyOf().spec;
    const object = { ...cryptoKeyOf(), spec: { ...bare, ...spec } };
    const facts = settledCryptoKey({ object }, environments);
    expect(planKey(facts)?.kind).not.toBe('WriteRecord');
  });
});

describe('A shared key', () => {
  test('is one key where it comes back, though only one environment still has a version, which owes a rotation', () => {
    const [staging = stagingEntry(), production = productionEntry()] = cryptoEntries();
    const withdrawn = { state: 'Withdrawn', places: [] } as const;
    const left = { ...staging, ...withdrawn, destroyAt: hoursFromNow(1), rotationOwed: true } as const;
    const gone = { ...production, ...withdrawn, versions: [cryptoVersion('production', 2, {}, { state: 'Retired' })] };
    const { mints } = changeAfter({ material: 'Shared' }, [left, gone]);
    expect(mints.map(({ environment, material }) => [environment, material.kind])).toEqual([
      ['staging', 'Crypto'],
      ['production', 'Crypto'],
    ]);
  });

  test('is made anew where no other environment has its bytes', () => {
    const [staging = stagingEntry()] = cryptoEntries();
    const facts = settledCryptoKey({ object: cryptoKeyOf({ algorithm: 'Ed25519', material: 'Shared' }) }, [
      { ...staging, versions: [cryptoVersion('staging', 1, ed25519)] },
    ]);
    const orderOf = (given: DeclaredFacts): unknown => {
      const step = planKey(given);
      return step?.kind === 'WriteRecord' ? step.change.mints.map(({ material }) => material) : step?.kind;
    };
    expect(orderOf(facts)).toEqual([{ kind: 'Copy', environment: 'staging', version: 1 }]);
    if (facts.record.kind !== 'Valid') throw new Error('No record');
    expect(orderOf({ ...facts, record: { ...facts.record, sealed: [] } })).toEqual([{ ...crypto, isShared: true }]);
  });
});

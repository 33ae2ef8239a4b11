import { createPrivateKey, createPublicKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { marksOfRevokedKey } from '../../../../src/controllers/imports/revoked-key.ts';
import { withinBounds } from '../../../../src/controllers/planning/ledger-bounds.ts';
import type { KeyMaterial } from '../../../../src/keys/crypto/material.ts';
import { publicFacts } from '../../../../src/keys/crypto/public-facts.ts';
import type { Ledger } from '../../../../src/sealing/ledger.ts';
import { materialHash } from '../../../../src/sealing/material-hash.ts';
import { Peppers } from '../../../../src/sealing/peppers.ts';
import { pepperOne, rotatedPeppers } from '../../../support/crypto-record.ts';
import { keySamples, privateSample } from '../../../support/key-samples.ts';
import { cryptoEnvironment, cryptoLedger, cryptoVersion, partner } from '../../../support/partner-key.ts';

const peppers = new Peppers(rotatedPeppers);
const samples = await keySamples();
const others = await keySamples();
const revocation = { reason: 'Compromised', since: '2027-03-01T12:00:00Z', throughVersion: 1 } as const;

/** Version 1, in staging, is this key, and another one replaced it; its hash was made under the former pepper. */
async function ledgerWith(material: KeyMaterial, changes: Partial<Ledger> = { revocation }): Promise<Ledger> {
  const { quantumVulnerable: _derived, publicKey: _text, ...facts } = await publicFacts(material);
  const hash = materialHash(new Peppers([pepperOne]), partner, material.bytes);
  const version = cryptoVersion('staging', 1, { ...facts, form: material.form }, { hash, state: 'Retired' });
  const successor = cryptoVersion('staging', 2);
  return cryptoLedger({ environments: [cryptoEnvironment('staging', [successor, version])], ...changes });
}

describe('marksOfRevokedKey', () => {
  test.each(samples.map((material) => ({ name: material.algorithm, material })))(
    'knows a revoked $name key again, also when its entry is gone',
    async ({ material }) => {
      const ledger = await ledgerWith(material);
      expect(await marksOfRevokedKey(peppers, ledger, material)).toHaveLength(1);
      const short = withinBounds(ledger, 0);
      expect(short.environments[0]?.versions.map(({ version }) => version)).toEqual([2]);
      expect(await marksOfRevokedKey(peppers, short, material)).toHaveLength(1);
    },
  );

  test.each(samples.map((material, at) => ({ name: material.algorithm, material, other: others[at] ?? material })))(
    'takes another $name key for another',
    async ({ material, other }) => {
      expect(await marksOfRevokedKey(peppers, await ledgerWith(material), other)).toEqual([]);
    },
  );

  test('knows the public half of a key pair', async () => {
    const pair = privateSample('EC-P256');
    const key = createPrivateKey({ key: Buffer.from(pair.bytes), format: 'der', type: 'pkcs8' });
    const bytes = createPublicKey(key).export({ format: 'der', type: 'spki' });
    expect(await marksOfRevokedKey(peppers, await ledgerWith(pair), { ...pair, form: 'Spki', bytes })).toHaveLength(1);
  });

  test('lets come back what nobody took back', async () => {
    const [material] = samples;
    if (material === undefined) throw new RangeError('There are no samples');
    expect(await marksOfRevokedKey(peppers, await ledgerWith(material, {}), material)).toEqual([]);
    expect(await marksOfRevokedKey(peppers, undefined, material)).toEqual([]);
  });
});

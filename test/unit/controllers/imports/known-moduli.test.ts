import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { knownModuli } from '../../../../src/controllers/imports/known-moduli.ts';
import type { Secret } from '../../../../src/kube/objects/objects.ts';
import type { KeyPorts } from '../../../../src/controllers/shared/ports.ts';
import type { CryptoEntry, Ledger } from '../../../../src/sealing/ledger.ts';
import { encodeRecord, recordName } from '../../../../src/sealing/record.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { cryptoEnvironment, cryptoLedger, cryptoVersion } from '../../../support/partner-key.ts';
import { readyInstallation, recordSecret } from '../../../support/crypto-record.ts';
import { ledgerOf } from '../../../support/facts.ts';
import { keyBytes, recordContext } from '../../../support/sealing.ts';
import { MacKeys } from '../../../../src/sealing/mac.ts';

const rsa = [generateKeyPairSync('rsa', { modulusLength: 2048 }), generateKeyPairSync('rsa', { modulusLength: 2048 })];
const [first, second] = rsa.map(({ publicKey }) => publicKey) as [KeyObject, KeyObject];

function pemOf(key: KeyObject): string {
  return key.export({ format: 'pem', type: 'spki' }).toString();
}

function modulusOf(key: KeyObject): bigint {
  return BigInt(`0x${Buffer.from(key.export({ format: 'jwk' }).n ?? '', 'base64url').toString('hex')}`);
}

function rsaLedger(name: string, ...keys: readonly KeyObject[]): Ledger {
  const versions = keys.map((key, index) => {
    const crypto: Partial<CryptoEntry> = { algorithm: 'RSA-2048', bits: 2048, publicKey: pemOf(key) };
    return cryptoVersion('staging', keys.length - index, crypto, index === 0 ? {} : { state: 'Retired' });
  });
  return cryptoLedger({ name, environments: [cryptoEnvironment('staging', versions)] });
}

async function moduliOf(...secrets: readonly (Secret | undefined)[]): Promise<readonly bigint[]> {
  const list = (): readonly { readonly secret: Secret | undefined }[] => secrets.map((secret) => ({ secret }));
  const caches = { records: { lister: { list } } } as unknown as KeyPorts['caches'];
  return await knownModuli({ caches, clock: new FakeClock(), installation: readyInstallation() });
}

const record = (ledger: Ledger): Secret => recordSecret({ ledger, sealed: undefined });

describe('knownModuli', () => {
  test('are those of all versions of all keys whose public key a ledger holds', async () => {
    const found = await moduliOf(record(rsaLedger('one', first)), record(rsaLedger('two', second)));
    expect(found).toEqual([modulusOf(first), modulusOf(second)]);
    expect(await moduliOf(record(rsaLedger('both', first, second)))).toEqual([modulusOf(first), modulusOf(second)]);
  });

  test('leave out what is no RSA key, or is shown no more', async () => {
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
    const { publicKey: _gone, ...shown } = cryptoVersion('staging', 1, { algorithm: 'RSA-2048' }).crypto ?? {};
    const environments = [
      cryptoEnvironment('staging', [cryptoVersion('staging', 1, { publicKey: pemOf(ec) })]),
      cryptoEnvironment('production', [cryptoVersion('production', 1, shown)]),
    ];
    expect(await moduliOf(record(cryptoLedger({ environments })))).toEqual([]);
  });

  test('leave out Secrets that are no records, and records of ApiKeys', async () => {
    expect(await moduliOf(undefined, record(ledgerOf()))).toEqual([]);
  });

  test('leave out what nobody vouches for: altered, or copied from another installation', async () => {
    const believed = record(rsaLedger('one', first));
    const altered = record(rsaLedger('two', second));
    const foreign = {
      ...recordContext(),
      macKeys: new MacKeys([{ id: 'mac-1', bytes: keyBytes(9), state: 'Signing' }]),
    };
    const copied = { ...altered, ...encodeRecord({ ledger: rsaLedger('two', second) }, foreign) };
    const renamed = { ...altered, metadata: { ...altered.metadata, name: recordName(rsaLedger('one', first)) } };
    const swapped = { ...altered, data: { ...altered.data, mac: believed.data?.['mac'] ?? '' } };
    expect(await moduliOf(believed, copied, renamed, swapped)).toEqual([modulusOf(first)]);
  });
});

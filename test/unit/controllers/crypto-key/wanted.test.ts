import { describe, expect, test } from 'vitest';
import { wantedCryptoSecret } from '../../../../src/controllers/crypto-key/wanted.ts';
import type { Format } from '../../../../src/keys/crypto/formats/table.ts';
import { cryptoKeyOf, cryptoVersion, signing } from '../../../support/crypto-facts.ts';
import { EU, held } from '../../../support/facts.ts';
import type { CryptoEntry } from '../../../../src/sealing/ledger.ts';

/** In which formats a version is delivered whose output asks for `formats`. */
function rendered(crypto: Partial<CryptoEntry>, formats: readonly Format[]): readonly Format[] | undefined {
  const owner = { identity: signing, company: undefined };
  const object = cryptoKeyOf({ algorithm: 'RSA-3072', outputs: [{ name: 'checkout', formats: [...formats] }] });
  const version = cryptoVersion('production', 1, crypto);
  return wantedCryptoSecret(owner, { place: held(EU), environment: 'production', version, object }).rendering?.formats;
}

describe('wantedCryptoSecret', () => {
  test('asks for the formats of the output, also for one that an imported key does not have, which is an error', () => {
    expect(rendered({}, ['SSH', 'PEM'])).toEqual(['PEM', 'SSH']);
    expect(rendered({ algorithm: 'Ed448', origin: 'Imported' }, ['SSH', 'PEM'])).toEqual(['PEM', 'SSH']);
  });

  test('asks only for formats that the key has while one of the algorithm that spec asks for is still to come', () => {
    expect(rendered({ algorithm: 'Ed448' }, ['SSH', 'PEM'])).toEqual(['PEM']);
    expect(rendered({ algorithm: 'Ed448' }, ['SSH', 'PKCS1'])).toEqual(['PEM']);
  });
});

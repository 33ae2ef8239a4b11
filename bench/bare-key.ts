import { generateKeyPair, generateKeyPairSync, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { generateKey } from 'openpgp';
import type { KeyOptions } from 'openpgp';
import { ALGORITHMS, type Algorithm } from '../src/keys/crypto/algorithm.ts';
import { isAsymmetric, isOpenPgp, KEY_TYPES } from '../src/keys/crypto/key-type.ts';
import type { OpenPgpAlgorithm } from '../src/keys/crypto/key-type.ts';

const PKCS8 = { format: 'der', type: 'pkcs8' } as const;
export const USER_ID = 'Payments <files@example.com>';

const generatePair = promisify(generateKeyPair);

/**
 * What one key of this kind costs in its library, for nothing else: no order, no queue, no thread of ours. RSA is
 * made on a thread of libuv, OpenPGP RSA on two at once, one for each of its keys; the rest in this thread.
 *
 * @returns Makes the private key in the form in which we seal it: raw, PKCS#8 or a binary OpenPGP key.
 */
export function bareKey(algorithm: Algorithm): () => Uint8Array | Promise<Uint8Array> {
  if (isOpenPgp(algorithm)) return bareOpenPgp(algorithm);
  const { bits } = ALGORITHMS[algorithm];
  if (!isAsymmetric(algorithm)) return () => randomBytes(bits / 8);
  const keyType = KEY_TYPES[algorithm];
  if (keyType.type === 'rsa')
    return async () => (await generatePair('rsa', { modulusLength: bits })).privateKey.export(PKCS8);
  if (keyType.type === 'ec') {
    const { namedCurve } = keyType;
    return () => generateKeyPairSync('ec', { namedCurve }).privateKey.export(PKCS8);
  }
  // The types of Node have an overload for every one of these names, none for all.
  const type = keyType.type as 'ed25519';
  return () => generateKeyPairSync(type).privateKey.export(PKCS8);
}

function bareOpenPgp(algorithm: OpenPgpAlgorithm): () => Promise<Uint8Array> {
  const kind: Partial<KeyOptions> =
    algorithm === 'OpenPGP-ECC'
      ? { type: 'ecc', curve: 'curve25519Legacy' }
      : { type: 'rsa', rsaBits: ALGORITHMS[algorithm].bits };
  const config = { v6Keys: false, aeadProtect: false };
  return async () => {
    const made = await generateKey({ ...kind, userIDs: [{ name: USER_ID }], format: 'binary', config });
    return made.privateKey;
  };
}

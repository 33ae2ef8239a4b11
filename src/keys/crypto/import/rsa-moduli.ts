import { createPrivateKey, createPublicKey } from 'node:crypto';
import type { KeyMaterial } from '../material.ts';
import { rsaPublicNumbers } from './asymmetric-import.ts';
import { openPgpRsaNumbers } from './openpgp-algorithm.ts';
import { CAREFUL_OPENPGP } from './openpgp-config.ts';

/**
 * The RSA moduli in a key, for the search for shared primes across an inventory: one of an RSA key, one or more of an
 * OpenPGP key, none of any other.
 *
 * @throws {RangeError} if the material was not made by `importMaterial` or `mintMaterial`.
 */
export async function rsaModuli({ form, bytes }: KeyMaterial): Promise<readonly bigint[]> {
  if (form === 'Raw') return [];
  const key = Buffer.from(bytes);
  try {
    if (form === 'OpenPgpPrivate' || form === 'OpenPgpPublic') {
      const { readKey } = await import('openpgp');
      return openPgpRsaNumbers(await readKey({ binaryKey: key, config: CAREFUL_OPENPGP })).map(({ n }) => n);
    }
    const publicKey =
      form === 'Spki'
        ? createPublicKey({ key, format: 'der', type: 'spki' })
        : createPublicKey(createPrivateKey({ key, format: 'der', type: 'pkcs8' }));
    return publicKey.asymmetricKeyType === 'rsa' ? [rsaPublicNumbers(publicKey).n] : [];
  } catch {
    throw new RangeError('Cannot read the moduli: the material is not a key');
  } finally {
    key.fill(0);
  }
}

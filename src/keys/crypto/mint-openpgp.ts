import type { KeyOptions, PrivateKey } from 'openpgp';
import { ALGORITHMS } from './algorithm.ts';
import { KeyMaterialError } from './key-material-error.ts';
import type { OpenPgpAlgorithm } from './key-type.ts';
import type { Minted, OpenPgpOrder } from './mint-order.ts';
import { wipePrivateParams } from './openpgp-key.ts';
import { preferCommonHashes } from './openpgp-preferences.ts';

/**
 * Makes a version 4 key: a primary key that signs and a subkey that encrypts, not locked. `OpenPGP-ECC` is
 * Ed25519 and Curve25519 under their older code points: GnuPG 2.2 refuses the ones of RFC 9580 and any version
 * 6 key. RSA keeps its thread busy for seconds.
 *
 * @param openpgp As `assertMintOrder` wants it.
 * @throws {KeyMaterialError} MintFailed.
 */
export async function mintOpenPgp(
  algorithm: OpenPgpAlgorithm,
  openpgp: OpenPgpOrder,
  createdAt: Date,
): Promise<Minted> {
  const { privateKey, revocationCertificate } = await generate(algorithm, openpgp, createdAt);
  const bytes = Uint8Array.from(privateKey.write());
  wipePrivateParams(privateKey);
  return { material: { algorithm, form: 'OpenPgpPrivate', bytes }, revocation: revocationCertificate };
}

async function generate(
  algorithm: OpenPgpAlgorithm,
  { userIds, expiresInSeconds = 0 }: OpenPgpOrder,
  createdAt: Date,
): Promise<{ readonly privateKey: PrivateKey; readonly revocationCertificate: string }> {
  const kind: Partial<KeyOptions> =
    algorithm === 'OpenPGP-ECC'
      ? { type: 'ecc', curve: 'curve25519Legacy' }
      : { type: 'rsa', rsaBits: ALGORITHMS[algorithm].bits };
  try {
    // Loaded when first needed: 45 ms and 20 MB that an operator without OpenPGP keys does not spend.
    const { generateKey } = await import('openpgp');
    const generated = await generateKey({
      ...kind,
      // The whole text as the name: taken apart and put together again it might not be the same text.
      userIDs: userIds.map((name) => ({ name })),
      date: createdAt,
      keyExpirationTime: expiresInSeconds,
      format: 'object',
      config: { v6Keys: false, aeadProtect: false },
    });
    await preferCommonHashes(generated.privateKey, createdAt);
    return generated;
  } catch {
    throw new KeyMaterialError('MintFailed');
  }
}

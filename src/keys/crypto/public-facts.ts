import { createHash } from 'node:crypto';
import { ALGORITHMS } from './algorithm.ts';
import type { Algorithm } from './algorithm.ts';
import { jwkThumbprint } from './jwk-thumbprint.ts';
import { keyCheckValue } from './key-check-value.ts';
import { KeyMaterialError } from './key-material-error.ts';
import { isAsymmetric, isOpenPgp } from './key-type.ts';
import type { SymmetricAlgorithm } from './key-type.ts';
import type { KeyMaterial } from './material.ts';
import { openPgpFacts } from './openpgp-facts.ts';
import { publicKeyOf } from './public-key.ts';

/** What may be shown of a key to everyone. No member tells anything of a private or secret byte but `kcv`. */
export interface PublicFacts {
  readonly algorithm: Algorithm;
  /** Measured: an imported RSA key may have a modulus of 2056 bits. */
  readonly bits: number;
  /** Key pairs: `SHA256:<base64url of the SHA-256 of the SPKI DER>`, equal for both halves. */
  readonly fingerprint?: string;
  /** Key pairs: RFC 7638, equal for both halves. */
  readonly thumbprint?: string;
  /** Symmetric keys: see `keyCheckValue`. */
  readonly kcv?: string;
  /** OpenPGP: upper-case hex. */
  readonly openpgpFingerprint?: string;
  /** Key pairs: SPKI as PEM. OpenPGP: the public key, armoured. */
  readonly publicKey?: string;
  readonly quantumVulnerable: boolean;
}

/**
 * @throws {KeyMaterialError} Unreadable if the bytes are not what algorithm and form say.
 */
export async function publicFacts(material: KeyMaterial): Promise<PublicFacts> {
  const { algorithm } = material;
  const { quantumVulnerable } = ALGORITHMS[algorithm];
  if (isAsymmetric(algorithm)) return { algorithm, ...keyPairFacts(material), quantumVulnerable };
  if (!isOpenPgp(algorithm)) return { algorithm, ...symmetricFacts(algorithm, material), quantumVulnerable };
  const { bits, fingerprint: openpgpFingerprint, publicKey } = await openPgpFacts(material);
  return { algorithm, bits, openpgpFingerprint, publicKey, quantumVulnerable };
}

function keyPairFacts(
  material: KeyMaterial,
): Required<Pick<PublicFacts, 'bits' | 'fingerprint' | 'thumbprint' | 'publicKey'>> {
  const key = publicKeyOf(material);
  const spki = key.export({ format: 'der', type: 'spki' });
  return {
    bits: key.asymmetricKeyDetails?.modulusLength ?? ALGORITHMS[material.algorithm].bits,
    fingerprint: `SHA256:${createHash('sha256').update(spki).digest('base64url')}`,
    thumbprint: jwkThumbprint(key.export({ format: 'jwk' })),
    publicKey: key.export({ format: 'pem', type: 'spki' }).toString(),
  };
}

function symmetricFacts(
  algorithm: SymmetricAlgorithm,
  { form, bytes }: KeyMaterial,
): Required<Pick<PublicFacts, 'bits' | 'kcv'>> {
  if (form !== 'Raw') throw new KeyMaterialError('Unreadable');
  return { bits: bytes.length * 8, kcv: keyCheckValue(algorithm, bytes) };
}

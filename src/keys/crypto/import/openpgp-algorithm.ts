import type { AlgorithmInfo, Key } from 'openpgp';
import type { Algorithm } from '../algorithm.ts';
import { ImportRefusal } from './import-outcome.ts';
import { toBigInt } from './rsa/bigint.ts';
import type { RsaPublicNumbers } from './rsa/modulus-weakness.ts';

const CURVES: ReadonlySet<string> = new Set(['ed25519Legacy', 'curve25519Legacy', 'nistP256', 'nistP384', 'nistP521']);
/** Algorithms of RFC 9580 that have one curve each. GnuPG 2.2 knows none of them. */
const CURVES_BY_ALGORITHM: ReadonlySet<string> = new Set(['ed25519', 'x25519', 'ed448', 'x448']);
const LEAST_RSA_BITS = 3072;

/**
 * The primary key names the algorithm; its subkeys have to be of one that is offered, too.
 * @throws {ImportRefusal} TypeMismatch, or WeakKey for a small RSA primary key.
 */
export function openPgpAlgorithm(key: Key): Algorithm {
  const algorithms = key.getKeys().map((part) => part.getAlgorithmInfo());
  if (!algorithms.every((info) => isRsa(info) || isKnownCurve(info))) {
    throw new ImportRefusal(
      'TypeMismatch',
      'The OpenPGP key is of a kind that is not supported; use RSA, Curve25519, Curve448 or a NIST curve, also in subkeys',
    );
  }
  const primary = key.getAlgorithmInfo();
  if (!isRsa(primary)) return 'OpenPGP-ECC';
  const bits = primary.bits ?? 0;
  if (bits >= 4096) return 'OpenPGP-RSA-4096';
  if (bits >= LEAST_RSA_BITS) return 'OpenPGP-RSA-3072';
  throw new ImportRefusal(
    'WeakKey',
    `The OpenPGP RSA key has ${bits} bits, of which 3072 are the least; make a larger one`,
  );
}

export function openPgpWarnings(key: Key): readonly string[] {
  const isNew =
    key.keyPacket.version > 4 ||
    key.getKeys().some((part) => CURVES_BY_ALGORITHM.has(part.getAlgorithmInfo().algorithm));
  return isNew ? ['The OpenPGP key is of a kind that GnuPG 2.2 cannot read (RFC 9580)'] : [];
}

/** Of the primary key and every subkey that is RSA. */
export function openPgpRsaNumbers(key: Key): RsaPublicNumbers[] {
  return key
    .getKeys()
    .flatMap(({ keyPacket: { publicParams } }) =>
      'n' in publicParams &&
      'e' in publicParams &&
      publicParams.n instanceof Uint8Array &&
      publicParams.e instanceof Uint8Array
        ? [{ n: toBigInt(publicParams.n), e: toBigInt(publicParams.e) }]
        : [],
    );
}

function isRsa({ algorithm }: AlgorithmInfo): boolean {
  return algorithm.startsWith('rsa');
}

function isKnownCurve({ algorithm, curve }: AlgorithmInfo): boolean {
  return CURVES_BY_ALGORITHM.has(algorithm) || (curve !== undefined && CURVES.has(curve));
}

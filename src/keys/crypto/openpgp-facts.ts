import type { Key } from 'openpgp';
import { KeyMaterialError } from './key-material-error.ts';
import type { KeyMaterial } from './material.ts';
import { wipePrivateParams } from './openpgp-key.ts';

export interface OpenPgpFacts {
  /** Of the primary key. */
  readonly bits: number;
  /** Upper-case hex: 40 digits of a version 4 key, 64 of a version 6 one. */
  readonly fingerprint: string;
  /** Armoured, ends with a line end. */
  readonly publicKey: string;
}

/** Sizes of curves under the names OpenPGP.js gives them: of algorithms that imply a curve, and of curves. */
const CURVE_BITS: Readonly<Record<string, number>> = {
  ed25519: 256,
  ed448: 456,
  ed25519Legacy: 256,
  nistP256: 256,
  nistP384: 384,
  nistP521: 521,
  brainpoolP256r1: 256,
  brainpoolP384r1: 384,
  brainpoolP512r1: 512,
  secp256k1: 256,
};

/**
 * Reads what of a transferable key is public.
 *
 * @throws {KeyMaterialError} Unreadable, also for a private key in the form of a public one and the other way round.
 */
export async function openPgpFacts({ form, bytes }: KeyMaterial): Promise<OpenPgpFacts> {
  const copy = Uint8Array.from(bytes);
  try {
    const key = await read(copy);
    const facts = factsOf(key);
    const isOfForm = key.isPrivate() === (form === 'OpenPgpPrivate');
    wipePrivateParams(key);
    if (isOfForm) return facts;
  } catch {
    // The text of a parser may quote what it read.
  } finally {
    copy.fill(0);
  }
  throw new KeyMaterialError('Unreadable');
}

async function read(binaryKey: Uint8Array): Promise<Key> {
  // Loaded when first needed, as when minting.
  const { readKey } = await import('openpgp');
  return readKey({ binaryKey });
}

function factsOf(key: Key): OpenPgpFacts {
  const { algorithm, bits, curve } = key.getAlgorithmInfo();
  const measured = bits ?? CURVE_BITS[curve ?? algorithm];
  if (measured === undefined) throw new RangeError('The key has an algorithm of unknown size');
  return {
    bits: measured,
    fingerprint: key.getFingerprint().toUpperCase(),
    publicKey: key.toPublic().armor(),
  };
}

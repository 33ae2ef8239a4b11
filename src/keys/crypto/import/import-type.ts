import { ALGORITHMS } from '../algorithm.ts';
import type { Algorithm, AlgorithmFamily } from '../algorithm.ts';
import { CRYPTO_KEY_TYPES, type CryptoKeyType } from '../formats/table.ts';
import { ImportRefusal } from './import-outcome.ts';
import type { RecognisedKey } from './recognise-key.ts';

interface ImportTypeFacts {
  /** Which half an import must hold. A pair is imported as its private key: the public one follows from it. */
  readonly holds: 'Secret' | 'Private' | 'Public';
  /** What to give it instead of something else. */
  readonly wanted: string;
}

const PRIVATE_PEM = 'a private key (PEM, DER or JWK)';

/** Which algorithms a type has, `CRYPTO_KEY_TYPES` says. */
export const IMPORT_TYPES: Readonly<Record<CryptoKeyType, ImportTypeFacts>> = {
  SecretKey: { holds: 'Secret', wanted: 'the bytes of a symmetric key' },
  KeyPair: { holds: 'Private', wanted: PRIVATE_PEM },
  PrivateKey: { holds: 'Private', wanted: PRIVATE_PEM },
  PublicKey: { holds: 'Public', wanted: 'a public key (PEM, DER, JWK or OpenPGP)' },
  TransactionRSAKey: { holds: 'Private', wanted: 'an RSA private key (PEM, DER or JWK)' },
  OpenPGP: { holds: 'Private', wanted: 'an OpenPGP private key' },
  FileContentPGPKey: { holds: 'Private', wanted: 'an OpenPGP private key' },
};

/**
 * Compares what the labels say with the declared type, before anything is parsed: a public object never carries
 * private bytes, although parsers would gladly take the public half out of them.
 */
export function assertTypeTakes(type: CryptoKeyType, key: RecognisedKey): void {
  const { holds, wanted } = IMPORT_TYPES[type];
  if (key.holds === 'NoKey' || (key.holds === 'KeyStore' && holds === 'Private'))
    throw new ImportRefusal('MalformedKey', key.advice);
  if (key.holds !== holds) {
    const message = `This is ${DESCRIBED[key.holds]}; type ${type} takes ${wanted}${typeHint(key)}`;
    throw new ImportRefusal('TypeMismatch', message);
  }
  if (key.kind === 'Foreign') throw new ImportRefusal('MalformedKey', key.advice);
  if (hasFamily(type, 'OpenPGP') ? key.kind !== 'OpenPgp' && type !== 'PublicKey' : key.kind === 'OpenPgp') {
    const found = key.kind === 'OpenPgp' ? 'an OpenPGP key' : 'not an OpenPGP key';
    throw new ImportRefusal('TypeMismatch', `This is ${found}; type ${type} takes ${wanted}${typeHint(key)}`);
  }
}

/** A type cannot be changed, so it is worth saying which one it should have been. */
function typeHint({ kind, holds }: RecognisedKey): string {
  const fitting = kind === 'OpenPgp' && holds === 'Private' ? 'OpenPGP' : FITTING[holds];
  return fitting === undefined ? '' : `. Type ${fitting} takes this one`;
}

const FITTING: Readonly<Partial<Record<RecognisedKey['holds'], string>>> = {
  Secret: 'SecretKey',
  Private: 'KeyPair or PrivateKey',
  Public: 'PublicKey',
};

const DESCRIBED = {
  Secret: 'a symmetric key',
  Private: 'a private key',
  Public: 'a public key or certificate',
  KeyStore: 'a key store',
} as const;

/** @throws {ImportRefusal} TypeMismatch if no key of this type could have the declared algorithm. */
export function assertTypeHasAlgorithm(type: CryptoKeyType, declared: Algorithm | undefined): void {
  if (declared === undefined || CRYPTO_KEY_TYPES[type].algorithms.includes(declared)) return;
  throw new ImportRefusal('TypeMismatch', `Type ${type} has no algorithm ${declared}; correct spec.algorithm`);
}

/** @throws {ImportRefusal} if the key that was read is of another algorithm than declared, or too small for its type. */
export function assertAlgorithmFits(type: CryptoKeyType, declared: Algorithm | undefined, found: Algorithm): void {
  const { family } = ALGORITHMS[found];
  if (!hasFamily(type, family)) {
    throw new ImportRefusal('TypeMismatch', `This is an ${found} key; type ${type} takes ${IMPORT_TYPES[type].wanted}`);
  }
  if (declared !== undefined && declared !== found) {
    throw new ImportRefusal(
      'TypeMismatch',
      `This is an ${found} key and spec.algorithm says ${declared}; correct or remove spec.algorithm`,
    );
  }
  const { algorithms } = CRYPTO_KEY_TYPES[type];
  if (!algorithms.includes(found)) {
    const bits = Math.min(...algorithms.map((name) => ALGORITHMS[name].bits));
    throw new ImportRefusal('WeakKey', `Type ${type} takes ${family} keys of ${bits} bits or more; make a larger one`);
  }
}

function hasFamily(type: CryptoKeyType, family: AlgorithmFamily): boolean {
  return CRYPTO_KEY_TYPES[type].algorithms.some((name) => ALGORITHMS[name].family === family);
}

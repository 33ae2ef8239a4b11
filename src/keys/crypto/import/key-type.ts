import { ALGORITHMS } from '../algorithm.ts';
import type { Algorithm, AlgorithmFamily } from '../algorithm.ts';
import type { CryptoKeyType } from '../formats/table.ts';
import { ImportRefusal } from './import-outcome.ts';
import type { RecognisedKey } from './recognise-key.ts';

interface TypeFacts {
  /** Which half an import must hold. A pair is imported as its private key: the public one follows from it. */
  readonly holds: 'Secret' | 'Private' | 'Public';
  readonly families: readonly AlgorithmFamily[];
  /** What to give it instead of something else. */
  readonly wanted: string;
}

const PAIRS = ['RSA', 'EC', 'EdDSA', 'XDH'] as const;
const PRIVATE_PEM = 'a private key (PEM, DER or JWK)';

export const KEY_TYPES: Readonly<Record<CryptoKeyType, TypeFacts>> = {
  SecretKey: { holds: 'Secret', families: ['AES', 'HMAC', 'DES'], wanted: 'the bytes of a symmetric key' },
  KeyPair: { holds: 'Private', families: PAIRS, wanted: PRIVATE_PEM },
  PrivateKey: { holds: 'Private', families: PAIRS, wanted: PRIVATE_PEM },
  PublicKey: { holds: 'Public', families: [...PAIRS, 'OpenPGP'], wanted: 'a public key (PEM, DER, JWK or OpenPGP)' },
  TransactionRSAKey: { holds: 'Private', families: ['RSA'], wanted: 'an RSA private key (PEM, DER or JWK)' },
  OpenPGP: { holds: 'Private', families: ['OpenPGP'], wanted: 'an OpenPGP private key' },
  FileContentPGPKey: { holds: 'Private', families: ['OpenPGP'], wanted: 'an OpenPGP private key' },
};

const MIN_TRANSACTION_RSA_BITS = 3072;

/**
 * Compares what the labels say with the declared type, before anything is parsed: a public object never carries
 * private bytes, although parsers would gladly take the public half out of them.
 */
export function assertTypeTakes(type: CryptoKeyType, key: RecognisedKey): void {
  const { holds, families, wanted } = KEY_TYPES[type];
  if (key.holds === 'NoKey') throw new ImportRefusal('MalformedKey', key.advice);
  if (key.holds !== holds) {
    throw new ImportRefusal('TypeMismatch', `This is ${DESCRIBED[key.holds]}; type ${type} takes ${wanted}`);
  }
  if (key.kind === 'Foreign') throw new ImportRefusal('MalformedKey', key.advice);
  if (families.includes('OpenPGP') ? key.kind !== 'OpenPgp' && type !== 'PublicKey' : key.kind === 'OpenPgp') {
    const found = key.kind === 'OpenPgp' ? 'an OpenPGP key' : 'not an OpenPGP key';
    throw new ImportRefusal('TypeMismatch', `This is ${found}; type ${type} takes ${wanted}`);
  }
}

const DESCRIBED = {
  Secret: 'a symmetric key',
  Private: 'a private key',
  Public: 'a public key or certificate',
} as const;

/** @throws {ImportRefusal} TypeMismatch if no key of this type could have the declared algorithm. */
export function assertTypeHasAlgorithm(type: CryptoKeyType, declared: Algorithm | undefined): void {
  if (declared === undefined || KEY_TYPES[type].families.includes(ALGORITHMS[declared].family)) return;
  throw new ImportRefusal('TypeMismatch', `Type ${type} has no algorithm ${declared}; correct spec.algorithm`);
}

/** @throws {ImportRefusal} if the key that was read is of another algorithm than declared, or too small for its type. */
export function assertAlgorithmFits(type: CryptoKeyType, declared: Algorithm | undefined, found: Algorithm): void {
  const { family, bits } = ALGORITHMS[found];
  if (!KEY_TYPES[type].families.includes(family)) {
    throw new ImportRefusal('TypeMismatch', `This is an ${found} key; type ${type} takes ${KEY_TYPES[type].wanted}`);
  }
  if (declared !== undefined && declared !== found) {
    throw new ImportRefusal(
      'TypeMismatch',
      `This is an ${found} key and spec.algorithm says ${declared}; correct or remove spec.algorithm`,
    );
  }
  if (type === 'TransactionRSAKey' && bits < MIN_TRANSACTION_RSA_BITS) {
    throw new ImportRefusal('WeakKey', 'Type TransactionRSAKey takes RSA keys of 3072 bits or more; make a larger one');
  }
}

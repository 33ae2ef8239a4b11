import { MAX_KEY_BYTES } from '../../import-limits.ts';
import { withoutLineEnd } from '../../line-end.ts';
import type { Algorithm } from '../algorithm.ts';
import { importPrivateKey, importPublicKey } from './asymmetric-import.ts';
import { ImportRefusal } from './import-outcome.ts';
import type { ImportOutcome, ReadKey } from './import-outcome.ts';
import { IMPORT_TYPES, assertAlgorithmFits, assertTypeHasAlgorithm, assertTypeTakes } from './import-type.ts';
import type { CryptoKeyType } from '../formats/table.ts';
import { importOpenPgp } from './openpgp-import.ts';
import { recogniseInBase64, recogniseKey, unwrapArmour } from './recognise-key.ts';
import type { RecognisedKey } from './recognise-key.ts';
import { importSymmetricJwk, importSymmetricKey } from './symmetric-import.ts';

export interface ImportRequest {
  readonly type: CryptoKeyType;
  /** Absent: detected. */
  readonly algorithm?: Algorithm;
  /** What the author handed in, as it is. Not changed; the caller wipes it. */
  readonly bytes: Uint8Array;
  /** UTF-8. One line end at its end does not belong to it. */
  readonly passphrase?: Uint8Array;
  /** Moduli of other RSA keys, among which shared primes are looked for. */
  readonly knownModuli?: readonly bigint[];
  /** When an OpenPGP key must be in force. */
  readonly now: Date;
}

/**
 * Reads a key in any of the usual forms, judges it, and brings it into the form in which it is sealed: without
 * passphrase, in one encoding.
 *
 * Never throws for what the input holds. Messages and warnings are texts of ours without a byte of it.
 */
export async function importMaterial(request: ImportRequest): Promise<ImportOutcome> {
  try {
    return { kind: 'Accepted', ...(await readMaterial(request)) };
  } catch (error) {
    if (error instanceof ImportRefusal) return { kind: 'Refused', reason: error.reason, message: error.message };
    // The text of a library may quote what it parsed, so that none of it goes further.
    return {
      kind: 'Refused',
      reason: 'MalformedKey',
      message: 'The key cannot be read; export it again from where it was made',
    };
  }
}

async function readMaterial({ type, algorithm, bytes, passphrase, ...context }: ImportRequest): Promise<ReadKey> {
  if (bytes.length === 0) throw new ImportRefusal('MalformedKey', 'The key is empty; name the data key that holds it');
  if (bytes.length > MAX_KEY_BYTES) {
    throw new ImportRefusal('TooLarge', `The key is larger than ${MAX_KEY_BYTES / 1024} KiB; give the key alone`);
  }
  assertTypeHasAlgorithm(type, algorithm);
  const inner = unwrapArmour(bytes);
  const line = passphrase && withoutLineEnd(passphrase);
  const file = inner ?? bytes;
  const key = recognise(file, type);
  try {
    if (key === undefined) {
      if (IMPORT_TYPES[type].holds !== 'Secret') throw new ImportRefusal('MalformedKey', NOT_A_KEY);
      return importSymmetricKey(file, algorithm);
    }
    assertTypeTakes(type, key);
    const read = await readRecognised(key, { ...context, passphrase: line }, algorithm);
    return withAlgorithmFitting(read, type, algorithm);
  } finally {
    inner?.fill(0);
    if (key !== undefined && 'bytes' in key) key.bytes.fill(0);
  }
}

const NOT_A_KEY =
  'This is no key in PEM, DER, JWK or OpenPGP form; check that the right file was given, or copy it whole';

function recognise(file: Uint8Array, type: CryptoKeyType): RecognisedKey | undefined {
  if (IMPORT_TYPES[type].holds === 'Secret') return recogniseKey(file, { mayBeRaw: true });
  return recogniseKey(file, { mayBeRaw: false }) ?? recogniseInBase64(file);
}

async function readRecognised(
  key: RecognisedKey,
  context: Parameters<typeof importOpenPgp>[1],
  algorithm: Algorithm | undefined,
): Promise<ReadKey> {
  if (key.kind === 'Foreign') throw new ImportRefusal('MalformedKey', key.advice);
  if (key.kind === 'OpenPgp') return await importOpenPgp(key, context);
  if (key.kind === 'Jwk' && key.holds === 'Secret') return importSymmetricJwk(key.jwk, algorithm);
  return key.holds === 'Private' ? await importPrivateKey(key, context) : importPublicKey(key, context);
}

function withAlgorithmFitting(read: ReadKey, type: CryptoKeyType, declared: Algorithm | undefined): ReadKey {
  try {
    assertAlgorithmFits(type, declared, read.material.algorithm);
    return read;
  } catch (error) {
    read.material.bytes.fill(0);
    throw error;
  }
}

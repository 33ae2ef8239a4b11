import { DER_INTEGER, DER_OBJECT_IDENTIFIER, DER_OCTET_STRING, DER_SEQUENCE, derElements } from './der-shape.ts';
import { ImportRefusal } from './import-outcome.ts';
import { toBigInt } from './rsa/bigint.ts';

// The key derivation is done before anything else can be known of the file, and nothing can interrupt it.
const MAX_ITERATIONS = 2_000_000n;
/** OpenSSL bounds scrypt's memory, not its repetitions. N·r·p of its own files is 2^17. */
const MAX_SCRYPT_WORK = 1n << 20n;

// Contents of object identifiers, in hex.
const PBES2 = '2a864886f70d01050d';
const PBKDF2 = '2a864886f70d01050c';
const SCRYPT = '2b06010401da47040b';
/** RFC 8018 appendix A.3 (PKCS #5) and RFC 7292 appendix C (PKCS #12): a cipher and its derivation in one. */
const PBES1 = /^2a864886f70d01(?:05(?:01|03|04|06|0a|0b)|0c010[1-6])$/;

/** What stands in a sequence, one letter an element: I integer, O octet string, S sequence, . object identifier. */
const LETTERS: Readonly<Record<number, string>> = {
  [DER_INTEGER]: 'I',
  [DER_OCTET_STRING]: 'O',
  [DER_SEQUENCE]: 'S',
  [DER_OBJECT_IDENTIFIER]: '.',
};

/**
 * Bounds the work that an encrypted PKCS#8 file asks for before its passphrase can be tried: whoever wrote the file
 * chose the number. OpenSSL reads more than this does, so that what is not read here to the last byte is refused.
 *
 * @throws {ImportRefusal} MalformedKey.
 */
export function assertAffordableKdf(der: Uint8Array): void {
  const [file] = elements(der, /^S$/);
  const [algorithm] = elements(file, /^SO$/);
  const [scheme, parameters] = elements(algorithm, /^\.S$/);
  const isAffordable =
    hex(scheme) === PBES2 ? isAffordableKdf(elements(parameters, /^SS$/)[0]) : isAffordablePbes1(scheme, parameters);
  if (isAffordable) return;
  throw new ImportRefusal(
    'MalformedKey',
    'Opening the encrypted private key would take too long; protect it with fewer iterations ("openssl pkcs8 -topk8 -iter 600000")',
  );
}

function isAffordableKdf(kdf: Uint8Array | undefined): boolean {
  const [name, parameters] = elements(kdf, /^\.S$/);
  if (hex(name) === PBKDF2) {
    const [, iterations] = elements(parameters, /^OII?S?$/);
    return numberOf(iterations) <= MAX_ITERATIONS;
  }
  if (hex(name) !== SCRYPT) throw unreadable();
  const [, n, r, p] = elements(parameters, /^OIIII?$/);
  return numberOf(n) * numberOf(r) * numberOf(p) <= MAX_SCRYPT_WORK;
}

function isAffordablePbes1(scheme: Uint8Array | undefined, parameters: Uint8Array | undefined): boolean {
  if (!PBES1.test(hex(scheme))) throw unreadable();
  const [, iterations] = elements(parameters, /^OI$/);
  return numberOf(iterations) <= MAX_ITERATIONS;
}

/** The contents of elements that are just these. */
function elements(bytes: Uint8Array | undefined, shape: RegExp): readonly Uint8Array[] {
  const found = bytes && derElements(bytes);
  if (!found || !shape.test(found.map(({ tag }) => LETTERS[tag] ?? '?').join(''))) throw unreadable();
  return found.map(({ content }) => content);
}

function numberOf(content: Uint8Array | undefined): bigint {
  return toBigInt(content ?? new Uint8Array());
}

function hex(content: Uint8Array | undefined): string {
  return Buffer.from(content ?? []).toString('hex');
}

function unreadable(): ImportRefusal {
  return new ImportRefusal(
    'MalformedKey',
    'How the private key is encrypted cannot be read; protect it anew with "openssl pkcs8 -topk8 -v2 aes-256-cbc"',
  );
}

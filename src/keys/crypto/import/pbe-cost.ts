import { AsnConvert } from '@peculiar/asn1-schema';
import { EncryptedPrivateKeyInfo } from '@peculiar/asn1-pkcs8';
import { DER_INTEGER, DER_SEQUENCE, derElements } from './der-shape.ts';
import { ImportRefusal, parseOrRefuse } from './import-outcome.ts';
import { toBigInt } from './rsa/bigint.ts';

// The key derivation is done before anything else can be known of the file, and nothing can interrupt it.
const MAX_ITERATIONS = 2_000_000n;
const SCRYPT = '06092b06010401da47040b';
/** OpenSSL bounds scrypt's memory, not its repetitions. N·r·p of its own files is 2^17. */
const MAX_SCRYPT_WORK = 1n << 20n;

/**
 * Bounds the work that an encrypted PKCS#8 file asks for before its passphrase can be tried: whoever wrote the file
 * chose the number.
 *
 * @throws {ImportRefusal} MalformedKey.
 */
export function assertAffordableKdf(der: Uint8Array): void {
  const { encryptionAlgorithm } = parseOrRefuse(
    () => AsnConvert.parse(der, EncryptedPrivateKeyInfo),
    'MalformedKey',
    'The encrypted private key cannot be read; export it again',
  );
  const parameters = new Uint8Array(encryptionAlgorithm.parameters ?? new ArrayBuffer(0));
  const numbers = integersIn(parameters);
  const isScrypt = Buffer.from(parameters).toString('hex').includes(SCRYPT);
  const isAffordable = isScrypt
    ? numbers.slice(0, 3).reduce((work, number) => work * number, 1n) <= MAX_SCRYPT_WORK
    : numbers.every((number) => number <= MAX_ITERATIONS);
  if (isAffordable) return;
  throw new ImportRefusal(
    'MalformedKey',
    'Opening the encrypted private key would take too long; protect it with fewer iterations ("openssl pkcs8 -topk8 -iter 600000")',
  );
}

/** In the order of the file: an iteration count, or scrypt's N, r and p, then perhaps a key length. */
function integersIn(bytes: Uint8Array): readonly bigint[] {
  return (derElements(bytes) ?? []).flatMap(({ tag, content }) => {
    if (tag === DER_SEQUENCE) return integersIn(content);
    return tag === DER_INTEGER ? [toBigInt(content)] : [];
  });
}

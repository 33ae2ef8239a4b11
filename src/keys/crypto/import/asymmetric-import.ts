import { createPrivateKey, createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { ImportRefusal } from './import-outcome.ts';
import type { ReadKey } from './import-outcome.ts';
import { algorithmOf } from './key-algorithm.ts';
import { isEncrypted, openPrivateKey, openPublicKey } from './node-key.ts';
import type { NodeReadable } from './node-key.ts';
import { toBigInt } from './rsa/bigint.ts';
import { assertStrongModulus } from './rsa/modulus-weakness.ts';
import type { RsaPublicNumbers } from './rsa/modulus-weakness.ts';
import { assertRsaPair } from './rsa/pair-mismatch.ts';
import { isSmallOrder, worksTogether } from './self-test.ts';
import { symmetricWeakness } from './symmetric-weakness.ts';

export interface AsymmetricContext {
  readonly passphrase?: Uint8Array | undefined;
  readonly knownModuli?: readonly bigint[] | undefined;
}

const NO_PAIR =
  'The private and the public part of the key do not belong together; export the key again from where it was made';

/** @throws {ImportRefusal} any reason. */
export async function importPrivateKey(key: NodeReadable, context: AsymmetricContext): Promise<ReadKey> {
  const opened = openPrivateKey(key, context.passphrase);
  const algorithm = algorithmOf(opened);
  const publicKey = createPublicKey(opened);
  const warnings = [...publicKeyWarnings(publicKey, context)];
  if (opened.asymmetricKeyType === 'rsa') await assertRsaPair(opened);
  else assertRandomPrivateKey(opened);
  if (!matchesJwk(key, publicKey) || !worksTogether(opened, publicKey))
    throw new ImportRefusal('PairMismatch', NO_PAIR);
  if (context.passphrase !== undefined && !isEncrypted(key)) warnings.push(PASSPHRASE_UNUSED);
  return { material: { algorithm, form: 'Pkcs8', bytes: pkcs8(opened) }, warnings };
}

export const PASSPHRASE_UNUSED = 'A passphrase was given, but the key is not protected by one';

/** @throws {ImportRefusal} MalformedKey, TypeMismatch or WeakKey. */
export function importPublicKey(key: NodeReadable, context: AsymmetricContext): ReadKey {
  const publicKey = openPublicKey(key);
  const algorithm = algorithmOf(publicKey);
  const warnings = publicKeyWarnings(publicKey, context);
  const bytes = Uint8Array.from(named(publicKey).export({ type: 'spki', format: 'der' }));
  return { material: { algorithm, form: 'Spki', bytes }, warnings };
}

/** The numbers of an RSA public key. Through JWK: Node 24 cannot write PKCS#1 from what it has read as PKCS#1. */
export function rsaPublicNumbers(publicKey: KeyObject): RsaPublicNumbers {
  const { n = '', e = '' } = publicKey.export({ format: 'jwk' });
  return { n: toBigInt(Buffer.from(n, 'base64url')), e: toBigInt(Buffer.from(e, 'base64url')) };
}

function publicKeyWarnings(publicKey: KeyObject, { knownModuli }: AsymmetricContext): readonly string[] {
  if (publicKey.asymmetricKeyType === 'rsa') return assertStrongModulus(rsaPublicNumbers(publicKey), knownModuli);
  if (!isSmallOrder(publicKey)) return [];
  throw new ImportRefusal(
    'WeakKey',
    'The public key is a point of small order, with which nothing is secret; make a new key',
  );
}

/** A scalar of zeros, ones or text is guessed first. RSA has tests of its own. */
function assertRandomPrivateKey(key: KeyObject): void {
  const scalar = Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url');
  const weakness = symmetricWeakness(scalar);
  scalar.fill(0);
  if (weakness !== undefined)
    throw new ImportRefusal('WeakKey', `The private key is not random: ${weakness}; make a new key`);
}

/** Node takes the public half of some JWKs from the private one and drops what the JWK says. */
function matchesJwk(key: NodeReadable, publicKey: KeyObject): boolean {
  if (key.kind !== 'Jwk') return true;
  const derived = publicKey.export({ format: 'jwk' });
  return (['n', 'e', 'x', 'y'] as const).every((member) => derived[member] === key.jwk[member]);
}

function pkcs8(key: KeyObject): Uint8Array {
  const der = named(key).export({ type: 'pkcs8', format: 'der' });
  const bytes = Uint8Array.from(der);
  der.fill(0);
  return bytes;
}

/** An EC key that writes out the numbers of its curve would keep doing so, and Java and Go refuse it: name the curve. */
function named(key: KeyObject): KeyObject {
  if (key.asymmetricKeyType !== 'ec') return key;
  const jwk = key.export({ format: 'jwk' });
  return key.type === 'private'
    ? createPrivateKey({ key: jwk, format: 'jwk' })
    : createPublicKey({ key: jwk, format: 'jwk' });
}

import { X509Certificate } from 'node:crypto';
import { derShape } from './der-shape.ts';
import type { DerShape } from './der-shape.ts';
import { ImportRefusal, parseOrRefuse } from './import-outcome.ts';
import { hasPrivateMember, readJwk } from './jwk.ts';
import type { Jwk } from './jwk.ts';
import { pemBlocks, pemBytes } from './pem-blocks.ts';
import type { PemBlock } from './pem-blocks.ts';
import { compactText, decodeBase64, latin1 } from './text-encodings.ts';

/** How an ASN.1 key is written; EncryptedPem is the traditional form, protected by its PEM headers. */
export type Asn1Encoding = Exclude<DerShape, 'Certificate' | 'Pkcs12'> | 'EncryptedPem';

/** What labels and outermost structure say a file is. Nothing in it has been parsed or believed yet. */
export type RecognisedKey =
  | {
      readonly kind: 'Asn1';
      readonly holds: 'Private' | 'Public';
      readonly encoding: Asn1Encoding;
      /** DER, but PEM text for EncryptedPem. */
      readonly bytes: Uint8Array;
    }
  | { readonly kind: 'Jwk'; readonly holds: 'Private' | 'Public' | 'Secret'; readonly jwk: Jwk }
  | {
      readonly kind: 'OpenPgp';
      readonly holds: 'Private' | 'Public';
      readonly isArmoured: boolean;
      readonly bytes: Uint8Array;
    }
  /** Something in a form that is not read here, with what to do about it. */
  | { readonly kind: 'Foreign'; readonly holds: 'Private' | 'Public' | 'KeyStore' | 'NoKey'; readonly advice: string };

const PRIVATE_LABEL = /PRIVATE KEY/;
const PGP_LABEL = /-----BEGIN PGP ([A-Z ]+)-----/g;
const LABELS: Readonly<Record<string, DerShape>> = {
  'PRIVATE KEY': 'Pkcs8',
  'ENCRYPTED PRIVATE KEY': 'EncryptedPkcs8',
  'RSA PRIVATE KEY': 'Pkcs1',
  'EC PRIVATE KEY': 'Sec1',
  'PUBLIC KEY': 'Spki',
  'RSA PUBLIC KEY': 'Pkcs1Public',
};
const PUBLIC_SHAPES: ReadonlySet<DerShape> = new Set(['Spki', 'Pkcs1Public', 'Certificate']);

const ADVICE = {
  openSsh:
    'This is a private key in OpenSSH form; rewrite a copy of it with "ssh-keygen -p -m PKCS8 -f COPY" (RSA and EC; ' +
    'an Ed25519 key has to come as PKCS#8 from the tool that made it)',
  sshPublic: 'This is a public key in SSH form; convert it with "ssh-keygen -e -m PKCS8 -f FILE.pub" (RSA and EC)',
  putty: 'This is a PuTTY key; export it from PuTTYgen in OpenSSH form, then "ssh-keygen -p -m PKCS8 -f COPY"',
  certificate: 'This is a certificate; take the public key out of it with "openssl x509 -pubkey -noout -in FILE"',
  keyStore: 'This is a key store; take the one key out of it with "openssl pkcs12 -nocerts -in FILE"',
  utf16: 'This is text in UTF-16, as PowerShell writes it; save it as ASCII or UTF-8',
  pgpOther:
    'This is an OpenPGP message or signature, not a key; export the key with "gpg --export-secret-keys --armor"',
} as const;

/**
 * Tells what a file holds, from labels and structure. Text around a PEM block is ignored; certutil's armour
 * (CERTIFICATE lines around any bytes) is taken off by `unwrapArmour` before.
 *
 * @param mayBeRaw Raw bytes are a key, too: what a random key looks like by chance is left alone.
 * @returns Undefined if it is none of these: raw bytes, or text around them.
 * @throws {ImportRefusal} MalformedKey for several blocks, one cut short, or a label that is not what follows it.
 */
export function recogniseKey(
  bytes: Uint8Array,
  { mayBeRaw }: { readonly mayBeRaw: boolean },
): RecognisedKey | undefined {
  if (isUtf16(bytes)) throw new ImportRefusal('MalformedKey', ADVICE.utf16);
  const shape = derShape(bytes);
  if (shape !== undefined) return asn1Key(shape, Uint8Array.from(bytes));
  const text = latin1(bytes).replace(/^\u00ef\u00bb\u00bf/, '');
  if (text.includes('-----BEGIN PGP ')) return armouredPgp(text, bytes);
  if (text.includes('-----BEGIN ')) return pemKey(pemBlocks(text));
  if (/^\s*\{/.test(text) && !(mayBeRaw && compactText(bytes) === undefined)) return jwkKey(text);
  return foreignKey(bytes, text) ?? (mayBeRaw ? undefined : binaryPgp(bytes));
}

/**
 * Takes certutil's armour off ("certutil -encode" puts CERTIFICATE lines around any file), or base64 off a DER or
 * PEM file.
 * @returns The bytes inside, undefined if there is no such armour or a real certificate is inside.
 */
export function unwrapArmour(bytes: Uint8Array): Uint8Array | undefined {
  const text = latin1(bytes);
  const blocks = text.includes('-----BEGIN CERTIFICATE-----') ? pemBlocks(text) : [];
  const [block] = blocks;
  if (block === undefined || blocks.length > 1 || block.label !== 'CERTIFICATE') return undefined;
  const inside = pemBytes(block);
  return isCertificate(inside) ? undefined : inside;
}

/** A key file that was put into base64 once more; undefined if there is no recognisable key inside. */
export function recogniseInBase64(bytes: Uint8Array): RecognisedKey | undefined {
  const text = compactText(bytes);
  const inside = text === undefined ? undefined : decodeBase64(text);
  if (inside === undefined) return undefined;
  try {
    return recogniseKey(inside, { mayBeRaw: false });
  } finally {
    inside.fill(0);
  }
}

/** Little-endian with its mark, ASCII inside. */
function isUtf16(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xfe && bytes.every((byte, at) => at < 2 || at % 2 === 0 || byte === 0);
}

function isCertificate(bytes: Uint8Array): boolean {
  try {
    return new X509Certificate(bytes).raw.length > 0;
  } catch {
    return false;
  }
}

function asn1Key(shape: DerShape, bytes: Uint8Array): RecognisedKey {
  if (shape === 'Certificate') return { kind: 'Foreign', holds: 'Public', advice: ADVICE.certificate };
  if (shape === 'Pkcs12') return { kind: 'Foreign', holds: 'KeyStore', advice: ADVICE.keyStore };
  return { kind: 'Asn1', holds: PUBLIC_SHAPES.has(shape) ? 'Public' : 'Private', encoding: shape, bytes };
}

function pemKey(blocks: readonly PemBlock[]): RecognisedKey {
  const [block] = blocks;
  if (block === undefined)
    throw new ImportRefusal('MalformedKey', 'The PEM text holds no key; give the file of the key');
  // Several blocks are private if one of them is: a public object must be told that first.
  const holds = blocks.some(({ label }) => PRIVATE_LABEL.test(label)) ? 'Private' : 'Public';
  if (blocks.length > 1) return { kind: 'Foreign', holds, advice: SEVERAL };
  if (block.label === 'OPENSSH PRIVATE KEY') return { kind: 'Foreign', holds, advice: ADVICE.openSsh };
  if (block.label.includes('CERTIFICATE')) return { kind: 'Foreign', holds, advice: ADVICE.certificate };
  if (block.isEncrypted) {
    // OpenSSL passes the headers over in any other block, and what it holds would be opened whatever that costs.
    if (!TRADITIONAL_LABELS.has(block.label)) return { kind: 'Foreign', holds, advice: HEADERS_IN_OTHER };
    return { kind: 'Asn1', holds, encoding: 'EncryptedPem', bytes: Buffer.from(block.text, 'latin1') };
  }
  const wanted = LABELS[block.label];
  if (wanted === undefined) return { kind: 'Foreign', holds, advice: UNKNOWN_LABEL };
  const bytes = pemBytes(block);
  if (derShape(bytes) === wanted) return asn1Key(wanted, bytes);
  bytes.fill(0);
  return {
    kind: 'Foreign',
    holds,
    advice: 'What stands in the PEM block is not what its BEGIN line says; export the key again',
  };
}

const SEVERAL = 'The file holds several PEM blocks; leave only the one of the key';
const TRADITIONAL_LABELS: ReadonlySet<string> = new Set(['RSA PRIVATE KEY', 'EC PRIVATE KEY']);
const HEADERS_IN_OTHER =
  'The PEM block has headers of an encryption ("Proc-Type") that its BEGIN line does not go with; export the key again, or take the headers out';
const UNKNOWN_LABEL =
  'PEM blocks of this label are not read; convert the key to PKCS#8 ("openssl pkcs8 -topk8") or SPKI ("openssl pkey -pubout")';

function jwkKey(text: string): RecognisedKey {
  const jwk = parseOrRefuse(
    () => readJwk(text),
    'MalformedKey',
    'This is not one JWK: a JSON object with "kty" (RFC 7517)',
  );
  return { kind: 'Jwk', holds: jwk.kty === 'oct' ? 'Secret' : hasPrivateMember(jwk) ? 'Private' : 'Public', jwk };
}

function armouredPgp(text: string, bytes: Uint8Array): RecognisedKey {
  const labels = [...text.matchAll(PGP_LABEL)].map((match) => match[1] ?? '');
  const holds = PRIVATE_LABEL.test(text) ? 'Private' : 'Public';
  if (labels.length > 1 || text.match(/-----BEGIN /g)?.length !== 1) {
    return { kind: 'Foreign', holds, advice: 'The file holds several armoured blocks; leave only the one of the key' };
  }
  if (!/^(PRIVATE|PUBLIC) KEY BLOCK$/.test(labels[0] ?? ''))
    return { kind: 'Foreign', holds: 'NoKey', advice: ADVICE.pgpOther };
  return { kind: 'OpenPgp', holds, isArmoured: true, bytes: Uint8Array.from(bytes) };
}

const SSH_PUBLIC = /^\s*(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-|sk-|---- BEGIN SSH2)/;

function foreignKey(bytes: Uint8Array, text: string): RecognisedKey | undefined {
  if (SSH_PUBLIC.test(text)) return { kind: 'Foreign', holds: 'Public', advice: ADVICE.sshPublic };
  if (text.startsWith('PuTTY-User-Key-File-')) return { kind: 'Foreign', holds: 'Private', advice: ADVICE.putty };
  const isJavaKeyStore = Buffer.from(bytes.subarray(0, 4)).equals(Buffer.from('feedfeed', 'hex'));
  return isJavaKeyStore ? { kind: 'Foreign', holds: 'KeyStore', advice: ADVICE.keyStore } : undefined;
}

/** RFC 9580 section 4.2: packet 5 is a secret key, 6 a public one, in the old or the new header format. */
function binaryPgp(bytes: Uint8Array): RecognisedKey | undefined {
  const header = bytes[0] ?? 0;
  if (header < 0x80) return undefined;
  const packet = header >= 0xc0 ? header & 0x3f : (header >> 2) & 0x0f;
  if (packet !== 5 && packet !== 6) return undefined;
  return {
    kind: 'OpenPgp',
    holds: packet === 5 ? 'Private' : 'Public',
    isArmoured: false,
    bytes: Uint8Array.from(bytes),
  };
}

import { createPrivateKey, createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { ImportRefusal, parseOrRefuse } from './import-outcome.ts';
import { assertAffordableKdf } from './pbe-cost.ts';
import type { RecognisedKey } from './recognise-key.ts';

export type NodeReadable = Extract<RecognisedKey, { kind: 'Asn1' | 'Jwk' }>;

const UNREADABLE = 'The key cannot be read; it may be cut short or damaged. Export it again from where it was made';

export function isEncrypted(key: NodeReadable): boolean {
  return key.kind === 'Asn1' && (key.encoding === 'EncryptedPem' || key.encoding === 'EncryptedPkcs8');
}

/** @throws {ImportRefusal} MalformedKey, PassphraseRequired or PassphraseWrong. */
export function openPrivateKey(key: NodeReadable, passphrase: Uint8Array | undefined): KeyObject {
  if (key.kind === 'Jwk') {
    const { jwk } = key;
    return parseOrRefuse(() => createPrivateKey({ key: jwk, format: 'jwk' }), 'MalformedKey', UNREADABLE);
  }
  if (isEncrypted(key)) return openEncrypted(key, passphrase);
  const type = key.encoding === 'Pkcs1' ? 'pkcs1' : key.encoding === 'Sec1' ? 'sec1' : 'pkcs8';
  const input = { key: Buffer.from(key.bytes), format: 'der', type } as const;
  try {
    return parseOrRefuse(() => createPrivateKey(input), 'MalformedKey', UNREADABLE);
  } finally {
    input.key.fill(0);
  }
}

/** @throws {ImportRefusal} MalformedKey. */
export function openPublicKey(key: NodeReadable): KeyObject {
  return parseOrRefuse(
    () => {
      if (key.kind === 'Jwk') return createPublicKey({ key: key.jwk, format: 'jwk' });
      const type = key.encoding === 'Pkcs1Public' ? 'pkcs1' : 'spki';
      return createPublicKey({ key: Buffer.from(key.bytes), format: 'der', type });
    },
    'MalformedKey',
    UNREADABLE,
  );
}

function openEncrypted(key: Extract<NodeReadable, { kind: 'Asn1' }>, given: Uint8Array | undefined): KeyObject {
  const isPkcs8 = key.encoding === 'EncryptedPkcs8';
  if (isPkcs8) assertAffordableKdf(key.bytes);
  if (given === undefined || given.length === 0) {
    throw new ImportRefusal(
      'PassphraseRequired',
      'The private key is protected; give its passphrase by passphraseSecretKeyRef or passphraseOpenpgpMessage',
    );
  }
  const [bytes, passphrase] = [Buffer.from(key.bytes), Buffer.from(given)];
  try {
    return isPkcs8
      ? createPrivateKey({ key: bytes, format: 'der', type: 'pkcs8', passphrase })
      : createPrivateKey({ key: bytes, format: 'pem', passphrase });
  } catch (error) {
    throw encryptedKeyRefusal(error);
  } finally {
    bytes.fill(0);
    passphrase.fill(0);
  }
}

/** A wrong passphrase shows as bad padding, or, once in 256 times, as garbage where the key should be. */
function encryptedKeyRefusal(error: unknown): ImportRefusal {
  const isCipherUnknown = error instanceof Error && 'code' in error && error.code === 'ERR_OSSL_EVP_UNSUPPORTED';
  return isCipherUnknown
    ? new ImportRefusal(
        'MalformedKey',
        'The private key is protected by an outdated cipher; protect it anew with "openssl pkcs8 -topk8 -v2 aes-256-cbc"',
      )
    : new ImportRefusal('PassphraseWrong', 'The passphrase does not open the private key, or the file is damaged');
}

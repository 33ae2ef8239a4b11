import { createCipheriv, createHash } from 'node:crypto';
import type { PrivateKey, SecretKeyPacket, SecretSubkeyPacket } from 'openpgp';
import { KeyMaterialError } from '../key-material-error.ts';
import { FormatError } from './format-error.ts';
import type { RenderRequest } from './render-request.ts';

const USAGE_SHA1 = 254;
const CIPHER_AES_256 = 9;
const S2K_ITERATED = 3;
const HASH_SHA256 = 8;
const SALT_BYTES = 8;
const IV_BYTES = 16;
const CHECKSUM_BYTES = 2;
const LOCKABLE_VERSION = 4;
/** Of 65536 bytes, as older gpg and Bouncy Castle write it; a drawn passphrase needs no more, see encrypted-pkcs8.ts. */
const COUNT_CODE = 0x60;
const COUNT = (16 + (COUNT_CODE & 15)) << ((COUNT_CODE >> 4) + 6);

/**
 * Locks every secret packet of a key in place (RFC 9580, 5.5.3) as gpg does: AES-256-CFB with a SHA-1 checksum under an
 * iterated and salted passphrase. Not by the library's own `encryptKey`, which draws salt and vector: a lost Secret could
 * not be restored byte for byte. A packet without secret numbers (gpg's stub of an offline primary key) stays as it is.
 *
 * @throws {FormatError} NotProtectable if the key is of another version than 4.
 * @throws {KeyMaterialError} Unreadable if it is locked already.
 */
export async function lockOpenPgpKey(
  key: PrivateKey,
  passphrase: Uint8Array,
  salt: RenderRequest['salt'],
): Promise<void> {
  const publicParts = new Map(
    key
      .toPublic()
      .getKeys()
      .map(({ keyPacket }) => [keyPacket.getFingerprint(), keyPacket]),
  );
  for (const { keyPacket } of key.getKeys()) {
    const publicPart = publicParts.get(keyPacket.getFingerprint());
    if (publicPart === undefined || !isSecret(keyPacket)) throw new KeyMaterialError('Unreadable');
    if (keyPacket.isDummy()) continue;
    if (keyPacket.version !== LOCKABLE_VERSION) throw new FormatError('NotProtectable');
    if (!keyPacket.isDecrypted()) throw new KeyMaterialError('Unreadable');
    await keyPacket.read(lockedBody(keyPacket, publicPart.write().length, passphrase, salt));
  }
}

function isSecret(packet: object): packet is SecretKeyPacket | SecretSubkeyPacket {
  return 'isDummy' in packet;
}

function lockedBody(
  packet: SecretKeyPacket | SecretSubkeyPacket,
  publicBytes: number,
  passphrase: Uint8Array,
  saltOf: RenderRequest['salt'],
): Uint8Array {
  const body = packet.write();
  // Between them stands the octet that says: not locked.
  const secret = body.subarray(publicBytes + 1, body.length - CHECKSUM_BYTES);
  const salt = saltOf(`openpgp/${packet.getFingerprint()}/s2k`, SALT_BYTES);
  const iv = saltOf(`openpgp/${packet.getFingerprint()}/iv`, IV_BYTES);
  const key = iteratedKey(passphrase, salt);
  try {
    const cipher = createCipheriv('aes-256-cfb', key, iv);
    return Buffer.concat([
      body.subarray(0, publicBytes),
      Uint8Array.of(USAGE_SHA1, CIPHER_AES_256, S2K_ITERATED, HASH_SHA256),
      salt,
      Uint8Array.of(COUNT_CODE),
      iv,
      cipher.update(secret),
      cipher.update(createHash('sha1').update(secret).digest()),
      cipher.final(),
    ]);
  } finally {
    key.fill(0);
    body.fill(0);
  }
}

/** Iterated and salted S2K (RFC 9580, 3.7.1.3): SHA-256 over salt and passphrase, again and again, COUNT bytes in all. */
function iteratedKey(passphrase: Uint8Array, salt: Uint8Array): Buffer {
  const unit = Buffer.concat([salt, passphrase]);
  const hashed = Buffer.alloc(Math.max(COUNT, unit.length), unit);
  try {
    return createHash('sha256').update(hashed).digest();
  } finally {
    unit.fill(0);
    hashed.fill(0);
  }
}

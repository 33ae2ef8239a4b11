import { enums, armor, readKey, readPrivateKey } from 'openpgp';
import type { Key, PrivateKey } from 'openpgp';
import type { KeyMaterial } from '../material.ts';
import { FormatError } from './format-error.ts';
import { lockOpenPgpKey } from './openpgp-lock.ts';
import { utf8 } from './pem.ts';
import type { RenderRequest } from './render-request.ts';

/**
 * `PGP PRIVATE KEY BLOCK`, locked where a passphrase is given.
 * @throws {FormatError} MaterialUnreadable, or NotProtectable if it is of a version that cannot be locked.
 */
export async function armouredPrivateKey({ material, passphrase, salt }: RenderRequest): Promise<Uint8Array> {
  const key = await readPrivate(material.bytes);
  if (passphrase !== undefined) await lockOpenPgpKey(key, passphrase, salt);
  return armoured(enums.armor.privateKey, key);
}

/** `PGP PUBLIC KEY BLOCK`. */
export async function armouredPublicKey({ material }: RenderRequest): Promise<Uint8Array> {
  return armoured(enums.armor.publicKey, await readPublic(material.bytes));
}

/** @throws {FormatError} MaterialUnreadable if the bytes are no transferable secret key. */
export async function openPgpPublicHalf({ algorithm, bytes }: KeyMaterial): Promise<KeyMaterial> {
  const publicKey = (await readPrivate(bytes)).toPublic();
  return { algorithm, form: 'OpenPgpPublic', bytes: publicKey.write() };
}

async function readPrivate(bytes: Uint8Array): Promise<PrivateKey> {
  try {
    // The library keeps views of what it reads.
    return await readPrivateKey({ binaryKey: Uint8Array.from(bytes) });
  } catch {
    throw new FormatError('MaterialUnreadable');
  }
}

async function readPublic(bytes: Uint8Array): Promise<Key> {
  try {
    const key = await readKey({ binaryKey: Uint8Array.from(bytes) });
    if (!key.isPrivate()) return key;
  } catch {
    throw new FormatError('MaterialUnreadable');
  }
  throw new FormatError('MaterialUnreadable');
}

// With the checksum that RFC 9580 no longer asks for, because gpg 2.2 does.
function armoured(type: enums.armor, key: Key): Uint8Array {
  return utf8(armor(type, key.toPacketList().write(), undefined, undefined, undefined, true));
}

import { armor, enums, readKey } from 'openpgp';
import type { Key, PrivateKey } from 'openpgp';
import { KeyMaterialError } from '../key-material-error.ts';
import type { KeyMaterial } from '../material.ts';
import { wipePrivateParams } from '../openpgp-key.ts';
import { lockOpenPgpKey } from './openpgp-lock.ts';
import { utf8 } from './pem.ts';
import type { RenderRequest } from './render-request.ts';

/**
 * `PGP PRIVATE KEY BLOCK`, locked where a passphrase is given.
 * @throws {KeyMaterialError} Unreadable.
 * @throws {FormatError} NotProtectable if the key is of a version that cannot be locked.
 */
export async function armouredPrivateKey({ material, passphrase, salt }: RenderRequest): Promise<Uint8Array> {
  const key = await readPrivate(material.bytes);
  try {
    if (passphrase !== undefined) await lockOpenPgpKey(key, passphrase, salt);
    return armoured(enums.armor.privateKey, key);
  } finally {
    wipePrivateParams(key);
  }
}

/** `PGP PUBLIC KEY BLOCK`. */
export async function armouredPublicKey({ material }: RenderRequest): Promise<Uint8Array> {
  const key = await readAny(material.bytes);
  if (key.isPrivate()) throw new KeyMaterialError('Unreadable');
  return armoured(enums.armor.publicKey, key);
}

/** @throws {KeyMaterialError} Unreadable if the bytes are no transferable secret key. */
export async function openPgpPublicHalf({ algorithm, bytes }: KeyMaterial): Promise<KeyMaterial> {
  const key = await readPrivate(bytes);
  try {
    return { algorithm, form: 'OpenPgpPublic', bytes: key.toPublic().write() };
  } finally {
    wipePrivateParams(key);
  }
}

async function readPrivate(bytes: Uint8Array): Promise<PrivateKey> {
  const key = await readAny(bytes);
  if (!key.isPrivate()) throw new KeyMaterialError('Unreadable');
  return key;
}

async function readAny(bytes: Uint8Array): Promise<Key> {
  try {
    // The library keeps views of what it reads.
    return await readKey({ binaryKey: Uint8Array.from(bytes) });
  } catch {
    throw new KeyMaterialError('Unreadable');
  }
}

// With the checksum that RFC 9580 no longer asks for, because gpg 2.2 does.
function armoured(type: enums.armor, key: Key): Uint8Array {
  return utf8(armor(type, key.toPacketList().write(), undefined, undefined, undefined, true));
}

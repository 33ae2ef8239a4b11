import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { isEncodable, lengthPrefixed } from './length-prefixed.ts';
import type { Part } from './length-prefixed.ts';

/** Length of a MAC and of a MAC key in bytes (HMAC-SHA-256). */
export const MAC_BYTES = 32;

/** Exactly one key of a set is Signing; the others only verify what they signed before. */
export interface MacKey {
  /** Public, never reused. */
  readonly id: string;
  /** 32 bytes. */
  readonly bytes: Uint8Array;
  readonly state: 'Signing' | 'Verifying';
}

/** A key id and the bytes signed or appended under it, as `<key id>.<base64url>` stands for them. */
export interface MacText {
  readonly keyId: string;
  readonly bytes: Uint8Array;
}

const KEY_ID = /^[a-z0-9][a-z0-9-]{0,63}$/;

/** Whether `id` may name a MAC key or a KEK: it stands before the dot of a MAC and in clear JSON. */
export function isKeyId(id: string): boolean {
  return KEY_ID.test(id);
}

/**
 * The MAC keys of one installation. Bytes are copied in and never come out, not even through
 * JSON.stringify or an inspected object.
 */
export class MacKeys {
  readonly signingKeyId: string;
  readonly #keys: ReadonlyMap<string, KeyObject>;

  /** @throws {RangeError} unless ids are distinct, every key has 32 bytes, and exactly one is Signing. */
  constructor(keys: readonly MacKey[]) {
    const [signing, ...more] = keys.filter((key) => key.state === 'Signing');
    if (signing === undefined || more.length > 0) throw new RangeError('Exactly one MAC key must be Signing');
    if (keys.some((key) => key.bytes.length !== MAC_BYTES)) throw new RangeError('A MAC key must have 32 bytes');
    if (!keys.every((key) => isKeyId(key.id))) throw new RangeError('The id of a MAC key is malformed');
    this.signingKeyId = signing.id;
    this.#keys = new Map(keys.map((key) => [key.id, createSecretKey(key.bytes)]));
    if (this.#keys.size !== keys.length) throw new RangeError('Two MAC keys have the same id');
  }

  /** Whether a key of the set only verifies any more. */
  isFormer(keyId: string): boolean {
    return keyId !== this.signingKeyId && this.#keys.has(keyId);
  }

  /**
   * MAC of the labelled parts under the signing key, 32 bytes.
   * @throws {RangeError} if a part is not encodable.
   */
  digest(label: string, parts: readonly Part[]): MacText {
    const bytes = this.#hmac(this.signingKeyId, label, parts);
    if (bytes === undefined) throw new RangeError('The signing MAC key is missing');
    return { keyId: this.signingKeyId, bytes };
  }

  /** Whether `mac` is the MAC of the labelled parts, in constant time. False for an unknown key id. Never throws. */
  matches(label: string, parts: readonly Part[], mac: MacText): boolean {
    if (!parts.every(isEncodable)) return false;
    const expected = this.#hmac(mac.keyId, label, parts);
    return expected !== undefined && expected.length === mac.bytes.length && timingSafeEqual(expected, mac.bytes);
  }

  /** `<key id>.<base64url of the MAC>` over the labelled parts. @throws {RangeError} if a part is not encodable. */
  sign(label: string, parts: readonly Part[]): string {
    return formatMac(this.digest(label, parts));
  }

  /** Whether `text` came from `sign` with the same label and parts. False for anything malformed. Never throws. */
  verify(label: string, parts: readonly Part[], text: string): boolean {
    const mac = parseMac(text, MAC_BYTES);
    return mac !== undefined && this.matches(label, parts, mac);
  }

  #hmac(keyId: string, label: string, parts: readonly Part[]): Uint8Array | undefined {
    const key = this.#keys.get(keyId);
    if (key === undefined) return undefined;
    return createHmac('sha256', key).update(lengthPrefixed(label, parts)).digest();
  }
}

/** `<key id>.<base64url, no padding>`. */
export function formatMac({ keyId, bytes }: MacText): string {
  return `${keyId}.${Buffer.from(bytes).toString('base64url')}`;
}

/** Which key made a text of `formatMac`, by what stands before its dot; undefined where that is no key id. */
export function macKeyIdOf(text: string): string | undefined {
  const keyId = text.slice(0, Math.max(0, text.indexOf('.')));
  return isKeyId(keyId) ? keyId : undefined;
}

/** Reads what `formatMac` wrote; undefined unless it is exactly that form with `length` bytes. */
export function parseMac(text: string, length: number): MacText | undefined {
  const encodedLength = Math.ceil((length * 4) / 3);
  const dot = text.length - encodedLength - 1;
  if (dot < 1 || text[dot] !== '.') return undefined;
  const keyId = text.slice(0, dot);
  if (!isKeyId(keyId)) return undefined;
  const bytes = Buffer.from(text.slice(dot + 1), 'base64url');
  // Node skips characters it does not know and ignores spare bits, so one MAC would have many spellings.
  return formatMac({ keyId, bytes }) === text && bytes.length === length ? { keyId, bytes } : undefined;
}

import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { isKeyId } from './mac.ts';

/** Length of a pepper in bytes (HMAC-SHA-256). */
export const PEPPER_BYTES = 32;

/** Exactly one pepper of a set is Hashing; the others only match what they hashed before. */
export interface Pepper {
  /** Public, never reused. */
  readonly id: string;
  /** 32 bytes. */
  readonly bytes: Uint8Array;
  readonly state: 'Hashing' | 'Matching';
}

/** What every keyed hash starts with, in ledgers and status alike. */
export const KEYED_HASH_PREFIX = 'hmac-sha256:';

const KEYED_HASH = /^hmac-sha256:(?<id>[a-z0-9-]+):(?<hex>[0-9a-f]{64})$/;

/**
 * Hashes material of unknown entropy, such as imports: without the pepper nobody can try guesses against a hash that
 * stands in status. HMAC-SHA-256 (RFC 2104) of the bytes as they are. Peppers are copied in and never come out, not
 * even through JSON.stringify or an inspected object.
 */
export class Peppers {
  readonly hashingPepperId: string;
  readonly #peppers: ReadonlyMap<string, KeyObject>;

  /** @throws {RangeError} unless ids are distinct, every pepper has 32 bytes, and exactly one is Hashing. */
  constructor(peppers: readonly Pepper[]) {
    const [hashing, ...more] = peppers.filter((pepper) => pepper.state === 'Hashing');
    if (hashing === undefined || more.length > 0) throw new RangeError('Exactly one pepper must be Hashing');
    if (peppers.some((pepper) => pepper.bytes.length !== PEPPER_BYTES)) {
      throw new RangeError('A pepper must have 32 bytes');
    }
    if (!peppers.every((pepper) => isKeyId(pepper.id))) throw new RangeError('The id of a pepper is malformed');
    this.hashingPepperId = hashing.id;
    this.#peppers = new Map(peppers.map((pepper) => [pepper.id, createSecretKey(pepper.bytes)]));
    if (this.#peppers.size !== peppers.length) throw new RangeError('Two peppers have the same id');
  }

  /** `hmac-sha256:<pepper id>:<64 hex digits>` under the pepper that hashes now. */
  keyedHash(bytes: Uint8Array): string {
    const pepper = this.#peppers.get(this.hashingPepperId);
    if (pepper === undefined) throw new RangeError('The hashing pepper is missing');
    return keyedHashText(this.hashingPepperId, hmac(pepper, bytes));
  }

  /** The keyed hash under each pepper of the set: what any ledger may hold of these bytes. */
  keyedHashes(bytes: Uint8Array): readonly string[] {
    return [...this.#peppers].map(([id, pepper]) => keyedHashText(id, hmac(pepper, bytes)));
  }

  /**
   * Whether `text` came from `keyedHash` of the same bytes, under whichever pepper it names; in constant time. False
   * for an unknown pepper and for anything malformed. Never throws.
   */
  matchesKeyedHash(bytes: Uint8Array, text: string): boolean {
    const { id = '', hex = '' } = KEYED_HASH.exec(text)?.groups ?? {};
    const pepper = this.#peppers.get(id);
    return pepper !== undefined && timingSafeEqual(hmac(pepper, bytes), Buffer.from(hex, 'hex'));
  }
}

function keyedHashText(id: string, digest: Buffer): string {
  return `${KEYED_HASH_PREFIX}${id}:${digest.toString('hex')}`;
}

function hmac(pepper: KeyObject, bytes: Uint8Array): Buffer {
  return createHmac('sha256', pepper).update(bytes).digest();
}

import { createSecretKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { RandomBytes } from '../clock.ts';
import { IV_BYTES, TAG_BYTES, decrypt, encrypt } from './aes-gcm.ts';
import { DEK_BYTES } from './kek-provider.ts';
import type { KekCallOptions, KekProvider, WrappedDek } from './kek-provider.ts';
import { isKeyId } from './mac.ts';
import { SealingError } from './sealing-error.ts';

/** Exactly one KEK of a keyring is Wrapping; the others only unwrap what they wrapped before. */
export interface Kek {
  /** Public, never reused. */
  readonly id: string;
  /** 32 bytes. */
  readonly bytes: Uint8Array;
  readonly state: 'Wrapping' | 'Unwrapping';
}

const WRAPPED_BYTES = IV_BYTES + DEK_BYTES + TAG_BYTES;

/**
 * The default provider: KEKs held in memory, from the Secret keywright-keyring. A wrapped DEK is
 * `IV (12) ‖ AES-256-GCM ciphertext (32) ‖ tag (16)` with the context as additional data, which names no
 * KEK, so that a KEK rotation only re-wraps. Bytes are copied in; the caller may wipe its own.
 */
export class KeyringProvider implements KekProvider {
  readonly name = 'keyring';
  readonly wrappingKekId: string;
  readonly #keks: ReadonlyMap<string, KeyObject>;
  readonly #randomBytes: RandomBytes;

  /** @throws {RangeError} unless ids are distinct, every KEK has 32 bytes, and exactly one is Wrapping. */
  constructor(keks: readonly Kek[], randomBytes: RandomBytes) {
    const [wrapping, ...more] = keks.filter((kek) => kek.state === 'Wrapping');
    if (wrapping === undefined || more.length > 0) throw new RangeError('Exactly one KEK must be Wrapping');
    if (keks.some((kek) => kek.bytes.length !== 32)) throw new RangeError('A KEK must have 32 bytes');
    if (!keks.every((kek) => isKeyId(kek.id))) throw new RangeError('The id of a KEK is malformed');
    this.wrappingKekId = wrapping.id;
    this.#keks = new Map(keks.map((kek) => [kek.id, createSecretKey(kek.bytes)]));
    if (this.#keks.size !== keks.length) throw new RangeError('Two KEKs have the same id');
    this.#randomBytes = randomBytes;
  }

  async wrap(dek: Uint8Array, context: Uint8Array, options?: KekCallOptions): Promise<WrappedDek> {
    options?.signal?.throwIfAborted();
    if (dek.length !== DEK_BYTES) throw new RangeError('A DEK must have 32 bytes');
    const kek = this.#kek(this.wrappingKekId);
    const { iv, ciphertext, tag } = encrypt(kek, this.#randomBytes(IV_BYTES), context, dek);
    return { kekId: this.wrappingKekId, ciphertext: Buffer.concat([iv, ciphertext, tag]) };
  }

  async unwrap(wrapped: WrappedDek, context: Uint8Array, options?: KekCallOptions): Promise<Uint8Array> {
    options?.signal?.throwIfAborted();
    const kek = this.#kek(wrapped.kekId);
    if (wrapped.ciphertext.length !== WRAPPED_BYTES) throw new SealingError('OpenFailed');
    const encrypted = {
      iv: wrapped.ciphertext.subarray(0, IV_BYTES),
      ciphertext: wrapped.ciphertext.subarray(IV_BYTES, IV_BYTES + DEK_BYTES),
      tag: wrapped.ciphertext.subarray(IV_BYTES + DEK_BYTES),
    };
    return decrypt(kek, encrypted, context);
  }

  #kek(id: string): KeyObject {
    const kek = this.#keks.get(id);
    if (kek === undefined) throw new SealingError('KekUnknown');
    return kek;
  }
}

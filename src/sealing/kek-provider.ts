/** Length of a data encryption key in bytes. */
export const DEK_BYTES = 32;

/**
 * Wraps and unwraps data encryption keys (DEKs) under a key encryption key (KEK) that never leaves the
 * provider. A DEK is exactly 32 bytes; key material itself never comes here.
 *
 * Every implementation promises, and test/unit/sealing/kek-provider-contract.ts checks:
 * - unwrap(wrap(dek)) yields the same bytes for as long as the KEK exists.
 * - Calls may overlap, and a call settles when `signal` aborts.
 * - The caller owns and wipes the arrays it passes and receives; an implementation keeps no reference after
 *   it settles.
 *
 * It promises as well, and its own tests check:
 * - A call settles within 3 s.
 * - DEK bytes appear in no log, error or file.
 *
 * The shapes follow the KMS v2 plugin API (kubernetes/kms, apis/v2/api.proto), so a plugin socket fits.
 * That API binds no context to a ciphertext: a provider that can bind `context` must, one that cannot may
 * ignore it, and the envelope does not rely on it, see envelope.ts.
 */
export interface KekProvider {
  /** Stored beside every wrapped DEK: "keyring", "kms-v2". Never changes. */
  readonly name: string;

  /** The KEK that `wrap` uses now. What another one wrapped is stale and to be wrapped anew. */
  readonly wrappingKekId: string;

  /**
   * Wraps one DEK under the current KEK.
   * @throws {RangeError} if `dek` is not 32 bytes long.
   * @throws {SealingError} KekUnavailable if no answer came; nothing was stored, so calling again is safe.
   */
  wrap(dek: Uint8Array, context: Uint8Array, options?: KekCallOptions): Promise<WrappedDek>;

  /**
   * Unwraps what `wrap` made with the same context, in this or an earlier process.
   * @throws {SealingError} KekUnknown if the KEK is gone, OpenFailed if the bytes or the context differ,
   *   KekUnavailable if no answer came.
   */
  unwrap(wrapped: WrappedDek, context: Uint8Array, options?: KekCallOptions): Promise<Uint8Array>;
}

export interface KekCallOptions {
  /** Aborts the call; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface WrappedDek {
  /** Which KEK made it. Public, a key id as in mac.ts or the provider's own, ≤ 1 kB, never reused. */
  readonly kekId: string;
  /** Opaque to us, ≤ 40 kB: a provider that needs notes of its own (KMS v2 annotations) puts them in here. */
  readonly ciphertext: Uint8Array;
}

/**
 * The Opaque layout: one value a data key, for people and programs that read Secrets by hand.
 *
 * | data key | value |
 * |---|---|
 * | token | the whole token |
 * | key-id | its public id |
 * | expires-at | RFC 3339, when an expiry is set |
 * | signing-secret | whsec_…, when asked for |
 */
export const OPAQUE_TYPE = 'Opaque';

export const OPAQUE_KEYS = {
  token: 'token',
  keyId: 'key-id',
  expiresAt: 'expires-at',
  signingSecret: 'signing-secret',
} as const;

/** One value for each data key; digests when planning, bytes when writing. */
export interface OpaqueContent<V> {
  readonly token: V | undefined;
  readonly keyId: V;
  readonly expiresAt: V | undefined;
  readonly signingSecret: V | undefined;
}

/** Lays the content out; absent values get no data key. */
export function opaqueLayout<V>(content: OpaqueContent<V>): Readonly<Record<string, V>> {
  const { token, keyId, expiresAt, signingSecret } = content;
  return {
    ...(token !== undefined && { [OPAQUE_KEYS.token]: token }),
    [OPAQUE_KEYS.keyId]: keyId,
    ...(expiresAt !== undefined && { [OPAQUE_KEYS.expiresAt]: expiresAt }),
    ...(signingSecret !== undefined && { [OPAQUE_KEYS.signingSecret]: signingSecret }),
  };
}

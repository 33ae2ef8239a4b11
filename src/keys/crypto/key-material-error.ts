/**
 * What went wrong with the bytes of a crypto key:
 *
 * - Unreadable: they are not the key that the algorithm and form beside them promise.
 * - MintFailed: the library could not make a key; calling again is safe.
 */
export type KeyMaterialErrorCode = 'Unreadable' | 'MintFailed';

const messages: { readonly [C in KeyMaterialErrorCode]: string } = {
  Unreadable: 'Cannot read key material: it is not of the algorithm and form it is said to be',
  MintFailed: 'Cannot mint a key: the cryptographic library failed',
};

/** Carries a code and a fixed text, never bytes or a cause: errors of parsers may quote what they read. */
export class KeyMaterialError extends Error {
  override readonly name = 'KeyMaterialError';
  readonly code: KeyMaterialErrorCode;

  constructor(code: KeyMaterialErrorCode) {
    super(messages[code]);
    this.code = code;
  }
}

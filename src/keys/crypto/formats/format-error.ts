/**
 * Why a key cannot be written in a format:
 *
 * - NotOfKind: keys of this algorithm, or public halves, do not exist in the format; see table.ts.
 * - PassphraseNeeded: the format cannot be read back without one.
 * - NotProtectable: a passphrase is wanted and the format, or this very key, cannot be locked with one.
 */
export type FormatErrorCode = 'NotOfKind' | 'PassphraseNeeded' | 'NotProtectable';

const messages: { readonly [C in FormatErrorCode]: string } = {
  NotOfKind: 'Cannot write the key: keys of this kind do not exist in this format',
  PassphraseNeeded: 'Cannot write the key: this format needs a passphrase',
  NotProtectable: 'Cannot write the key: this format cannot be protected by a passphrase',
};

/** Carries a code and a fixed text. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
  readonly code: FormatErrorCode;

  constructor(code: FormatErrorCode) {
    super(messages[code]);
    this.code = code;
  }
}

/**
 * Why a key cannot be written in a format:
 *
 * - NotOfKind: keys of this algorithm, or public halves, do not exist in the format; see table.ts.
 * - PassphraseNeeded: the format cannot be read back without one.
 * - NotProtectable: a passphrase is wanted and the format, or this very key, cannot be locked with one.
 * - MaterialUnreadable: the sealed bytes are not the key they are said to be. A fault of ours, or damage.
 */
export type FormatErrorCode = 'NotOfKind' | 'PassphraseNeeded' | 'NotProtectable' | 'MaterialUnreadable';

const messages: { readonly [C in FormatErrorCode]: string } = {
  NotOfKind: 'Cannot write the key: keys of this kind do not exist in this format',
  PassphraseNeeded: 'Cannot write the key: this format needs a passphrase',
  NotProtectable: 'Cannot write the key: this format cannot be protected by a passphrase',
  MaterialUnreadable: 'Cannot write the key: its stored form cannot be read',
};

/** Carries a code and a fixed text, never a cause: what libraries say of a key they cannot read may quote it. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
  readonly code: FormatErrorCode;

  constructor(code: FormatErrorCode) {
    super(messages[code]);
    this.code = code;
  }
}

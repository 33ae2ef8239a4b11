/**
 * What went wrong with sealed material or a record:
 *
 * - TooLarge: the record would exceed RECORD_MAX_BYTES. Nothing was written; the key declares too much.
 * - ContentInvalid: the ledger or the sealed material to be written breaks its own schema. A fault of ours; nothing was written,
 *   because a record we cannot read back would stop the key for good.
 * - MaterialAbsent: nothing is sealed for the environment, version and field asked for.
 * - KekUnknown: the KEK that wrapped the DEK is not there. Final, unless an older keyring is restored.
 * - KekUnavailable: the KEK provider gave no answer; calling again is safe.
 * - OpenFailed: bytes were altered, moved from elsewhere, or belong to another KEK of the same id.
 */
export type SealingErrorCode =
  'TooLarge' | 'ContentInvalid' | 'MaterialAbsent' | 'KekUnknown' | 'KekUnavailable' | 'OpenFailed';

const messages: { readonly [C in SealingErrorCode]: string } = {
  TooLarge: 'Cannot store the record: it would be larger than 700 KiB',
  ContentInvalid: 'Cannot store the record: its content breaks the schema',
  MaterialAbsent: 'Cannot open sealed material: nothing is sealed for this environment, version and field',
  KekUnknown: 'Cannot unwrap a data encryption key: the key encryption key that wrapped it is missing',
  KekUnavailable: 'Cannot reach the provider of key encryption keys',
  OpenFailed: 'Cannot open sealed material: it was altered or belongs elsewhere',
};

/** Carries a code and a fixed text, never bytes, names or a cause: the causes of this folder may quote secrets. */
export class SealingError extends Error {
  override readonly name = 'SealingError';
  readonly code: SealingErrorCode;

  constructor(code: SealingErrorCode) {
    super(messages[code]);
    this.code = code;
  }
}

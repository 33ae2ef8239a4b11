import type { KeyMaterial } from '../material.ts';

/**
 * Why a key was not taken.
 * - TypeMismatch: it is a key, but not one of the declared type or algorithm, or of one that is not offered.
 * - MalformedKey: it cannot be read, or it is not exactly one key.
 * - TooLarge: it has more bytes than are taken.
 * - PassphraseRequired, PassphraseWrong: it is protected, and none or another passphrase was given.
 * - PairMismatch: its private and public parts do not belong together.
 * - WeakKey: it can be guessed, factored or forged, or its owner has let it expire or revoked it.
 */
export type ImportReason =
  'TypeMismatch' | 'MalformedKey' | 'TooLarge' | 'PassphraseRequired' | 'PassphraseWrong' | 'PairMismatch' | 'WeakKey';

export type ImportOutcome =
  | { readonly kind: 'Accepted'; readonly material: KeyMaterial; readonly warnings: readonly string[] }
  | { readonly kind: 'Refused'; readonly reason: ImportReason; readonly message: string };

/**
 * Ends an import from wherever the fault was found. The message is a text of ours that says what to do; it never
 * holds a byte of the input or the text of a library.
 */
export class ImportRefusal extends Error {
  override readonly name = 'ImportRefusal';
  readonly reason: ImportReason;
  constructor(reason: ImportReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** What a reader of one kind of key found. */
export interface ReadKey {
  readonly material: KeyMaterial;
  readonly warnings: readonly string[];
}

/** Calls a parser and puts `reason` and `message` in the place of whatever it throws, which might quote its input. */
export function parseOrRefuse<T>(parse: () => T, reason: ImportReason, message: string): T {
  try {
    return parse();
  } catch {
    throw new ImportRefusal(reason, message);
  }
}

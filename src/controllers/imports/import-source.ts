import type { Reason } from '../../api/conditions.ts';
import type { ImportFacts } from '../planning/import-facts.ts';

/** A value that was read. The caller wipes it. */
export interface ReadValue {
  readonly kind: 'Read';
  readonly content: Uint8Array;
  /** Its time is over: it tells whether it was imported before, and is not imported any more. */
  readonly expired?: Unread;
}

/** Why nothing was read. */
export type Unread = Extract<ImportFacts, { readonly reason: Reason }>;

interface ReadPassphrase {
  readonly passphrase: Uint8Array | undefined;
  /** Where it was read, for people: absent unless it was in a Secret. */
  readonly passphraseFrom?: string;
}

/** What a source holds. The caller wipes the bytes. */
export type ReadSource = (ReadValue & ReadPassphrase) | Unread;

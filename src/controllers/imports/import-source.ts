import type { Reason } from '../../api/conditions.ts';
import type { ImportFacts } from '../planning/import-facts.ts';

/** A value that was read. The caller wipes it. */
export interface ReadValue {
  readonly kind: 'Read';
  readonly content: Uint8Array;
  /** Why it is not imported, as its time is over or its passphrase missing. It still tells whether it was before. */
  readonly refusal?: Unread;
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

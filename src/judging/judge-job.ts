import type { ImportRequest } from '../keys/crypto/import/import-material.ts';
import type { ImportOutcome } from '../keys/crypto/import/import-outcome.ts';

/** A key to judge. Shared primes are looked for by whoever has the inventory, once `moduli` are known. */
export type JudgeJob = Omit<ImportRequest, 'knownModuli'>;

export interface Judged {
  readonly outcome: ImportOutcome;
  /** Of the RSA keys in an accepted key; none of any other. */
  readonly moduli: readonly bigint[];
}

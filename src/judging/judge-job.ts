import type { ImportRequest } from '../keys/crypto/import/import-material.ts';
import type { ImportOutcome } from '../keys/crypto/import/import-outcome.ts';

/** A key to judge. Shared primes are looked for by whoever has the inventory, once `moduli` are known. */
export type JudgeJob = Omit<ImportRequest, 'knownModuli'>;

export interface Judged {
  readonly outcome: ImportOutcome;
  /** Of the RSA keys in an accepted key; none of any other. */
  readonly moduli: readonly bigint[];
}

/** The same with copies of its secrets, which outlive what the caller wipes. */
export function withOwnSecrets({ passphrase, ...job }: JudgeJob): JudgeJob {
  const own = { ...job, bytes: Uint8Array.from(job.bytes) };
  return passphrase === undefined ? own : { ...own, passphrase: Uint8Array.from(passphrase) };
}

/** The caller may wipe or move them. */
export function secretsOf({ bytes, passphrase }: JudgeJob): readonly Uint8Array[] {
  return passphrase === undefined ? [bytes] : [bytes, passphrase];
}

import type { Ledger, Revocation, VersionEntry } from './ledger.ts';

/** The highest version that is refused for good; infinite for the whole key, 0 for none. */
export function revokedThrough(revocation: Pick<Revocation, 'throughVersion'> | undefined): number {
  return revocation === undefined ? 0 : (revocation.throughVersion ?? Number.POSITIVE_INFINITY);
}

/**
 * Is the material of a version refused for good? Also of one that had retired before its number was taken back. A
 * version may also have become Revoked as a record settled, without anybody's word: a token that status shows so may
 * not come back, as verifiers go by its hash; a crypto key may.
 */
export function isRevoked(
  { kind, revocation }: Pick<Ledger, 'kind' | 'revocation'>,
  { state, version }: VersionEntry,
): boolean {
  return version <= revokedThrough(revocation) || (kind === 'ApiKey' && state === 'Revoked');
}

/** What tells the material of a version from any other. */
export type Recognised = Pick<VersionEntry, 'hash'> & {
  readonly crypto?: Pick<NonNullable<VersionEntry['crypto']>, 'fingerprint' | 'openpgpFingerprint'>;
};

const HEX_DIGITS = 32;
const BASE64_CHARACTERS = 22;

/**
 * 128 bits by which the material of a revoked version is known again when its entry is gone: of its fingerprint where
 * it has one, which is the same however the key is written, and else of its hash. The pepper of a hash stays named.
 */
export function revokedMark({ hash, crypto }: Recognised): string {
  const { fingerprint, openpgpFingerprint } = crypto ?? {};
  if (openpgpFingerprint !== undefined) return `openpgp:${openpgpFingerprint.slice(0, HEX_DIGITS)}`;
  if (fingerprint !== undefined) return fingerprint.slice(0, fingerprint.indexOf(':') + 1 + BASE64_CHARACTERS);
  return hash.slice(0, hash.lastIndexOf(':') + 1 + HEX_DIGITS);
}

/** Marks of all that a ledger refuses for good, in any environment: of the versions it tells of, and of older ones. */
export function revokedMarks(ledger: Ledger): ReadonlySet<string> {
  const known = ledger.environments.flatMap(({ versions }) => versions.filter((version) => isRevoked(ledger, version)));
  return new Set([...known.map(revokedMark), ...(ledger.revokedMarks ?? [])]);
}

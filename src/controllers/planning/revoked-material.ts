import { Reason } from '../../api/conditions.ts';
import type { EnvironmentEntry, KeyKind, VersionEntry } from '../../sealing/ledger.ts';
import { isRevoked, revokedMark } from '../../sealing/revoked-versions.ts';
import type { ImportFacts, ReadFacts } from './import-facts.ts';
import type { KeyFacts } from './key-facts.ts';

const MESSAGES: Readonly<Record<KeyKind, string>> = {
  ApiKey: 'The token to import was revoked here, for good; import another, or remove import to have one minted',
  CryptoKey: 'The key to import was revoked here, for good; import another',
};

/**
 * What is said of a source that holds what the key had, in any environment, and its author took back.
 *
 * @param marks Those of the record that it matches.
 */
export function revokedMaterial(kind: KeyKind, marks: readonly string[]): ImportFacts {
  return { kind: 'Refused', reason: Reason.RevokedMaterial, message: MESSAGES[kind], marks };
}

/**
 * Marks of the revoked versions that were imported from the very bytes that a source holds, or are the very key; none:
 * it holds nothing revoked. It may have been read before the record said that the version is revoked.
 */
export function revokedSourceMarks(
  { record }: Pick<KeyFacts, 'record'>,
  { sourceHash, hashes = [] }: ReadFacts,
): readonly string[] {
  if (record.kind !== 'Valid') return [];
  const { ledger } = record;
  const isIt = (version: VersionEntry): boolean =>
    importedFrom(version) === sourceHash || hashes.includes(version.hash);
  return ledger.environments.flatMap(({ versions }) =>
    versions.filter((version) => isIt(version) && isRevoked(ledger, version)).map(revokedMark),
  );
}

function importedFrom({ crypto, hash }: VersionEntry): string | undefined {
  return crypto === undefined ? hash : crypto.source;
}

/** Does a source still hold what the newest version of its environment was made of? */
export function isNewestMaterial(
  entry: EnvironmentEntry | undefined,
  { marks = [] }: { readonly marks?: readonly string[] },
): boolean {
  const newest = entry?.versions[0];
  return newest !== undefined && marks.includes(revokedMark(newest));
}

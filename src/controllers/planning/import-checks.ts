import type { Reason } from '../../api/conditions.ts';
import { isImportedToken } from '../../sealing/token-hash.ts';
import type { VersionEntry } from '../../sealing/ledger.ts';
import { currentVersion } from './environment-facts.ts';
import { isImportedFrom, type ImportFacts } from './import-facts.ts';
import { entriesOf } from './key-facts.ts';
import type { KeyObjectFacts, PolicyFacts } from './key-rules.ts';
import { perFacts } from './per-facts.ts';
import type { Violation } from './policy.ts';
import { revokedMaterial, revokedSourceMarks } from './revoked-material.ts';

/** Why an environment is not issued what its source holds. It is that environment's alone: the rest of the key goes on. */
export interface SourceRefusal extends Violation<Reason> {
  readonly environment: string;
  /** Of RevokedMaterial: those by which the record knows it. */
  readonly marks?: readonly string[];
}

/**
 * What was found of each source, and judged by the rules of its kind as well: what is new there and does not fit the
 * key is refused like what cannot be read.
 */
export const judgedImports: (facts: KeyObjectFacts) => ReadonlyMap<string, ImportFacts> = perFacts((facts) => {
  const { object, project, imports } = facts;
  if (object === undefined || project.kind !== 'Ours') return imports;
  const asked: PolicyFacts = { ...facts, object, projectSpec: project.project.spec };
  return new Map([...imports].map(([environment, found]) => [environment, judgedImport(asked, environment, found)]));
});

/** The environments whose source is refused, or missing before anything was imported, in the order of spec. */
export const sourceRefusals: (facts: KeyObjectFacts) => readonly SourceRefusal[] = perFacts((facts) =>
  [...judgedImports(facts)].flatMap(([environment, found]): readonly SourceRefusal[] => {
    const isBad = found.kind === 'Refused' || (found.kind === 'Missing' && !isImported(versionOf(facts, environment)));
    if (!isBad) return [];
    const { reason, message, marks } = found;
    return [{ environment, reason, message, ...(marks !== undefined && { marks }) }];
  }),
);

function judgedImport(facts: PolicyFacts, environment: string, found: ImportFacts): ImportFacts {
  // What was imported before is the key's own by now, and judged with the key.
  const version = versionOf(facts, environment);
  if (found.kind !== 'Read' || (version?.crypto !== undefined && isImportedFrom(version, found))) return found;
  const marks = revokedSourceMarks(facts, found);
  if (marks.length > 0) return revokedMaterial(facts.identity.kind, marks);
  for (const check of facts.rules.importChecks) {
    const violation = check(found, facts);
    if (violation !== undefined) return { kind: 'Refused', ...violation };
  }
  return found;
}

function versionOf(facts: KeyObjectFacts, environment: string): VersionEntry | undefined {
  return currentVersion(entriesOf(facts).find(({ name }) => name === environment));
}

function isImported(version: VersionEntry | undefined): boolean {
  if (version === undefined) return false;
  return version.crypto === undefined ? isImportedToken(version.hash) : version.crypto.origin === 'Imported';
}

import { Reason } from '../../../src/api/conditions.ts';
import { currentVersion } from '../../../src/controllers/planning/environment-facts.ts';
import type { ImportDeclaration, ImportFacts } from '../../../src/controllers/planning/import-facts.ts';
import { mayDeclare } from '../../../src/controllers/key/acceptance-checks.ts';
import { entriesOf } from '../../../src/controllers/planning/key-facts.ts';
import type { KeyObjectFacts } from '../../../src/controllers/planning/key-rules.ts';
import { revokedMaterial } from '../../../src/controllers/planning/revoked-material.ts';
import { revokedMark, revokedMarks } from '../../../src/sealing/revoked-versions.ts';
import { digest, keyedHash as keyedTokenHash } from '../facts.ts';
import { keyedHash } from '../partner-key.ts';
import type { WorldKind } from './kind.ts';

interface WithSources {
  readonly sources: ReadonlyMap<string, string>;
  readonly kind: WorldKind;
}

/** A source that holds something that is never taken. */
export const REFUSED = 'refused';
/** A source that holds the token of another key. */
export const TAKEN = 'taken';

/** Reads sources as gather-imports.ts does. */
export function importFactsOf(world: WithSources, facts: KeyObjectFacts): ReadonlyMap<string, ImportFacts> {
  const { object, rules } = facts;
  const imports = new Map<string, ImportFacts>();
  const isDeleting = object?.metadata.deletionTimestamp !== undefined;
  if (object === undefined || isDeleting || !mayDeclare({ ...facts, object })) return imports;
  for (const declaration of rules.imports(object)) {
    const found = judged(facts, declaration, sourceOf(world, declaration));
    const isSecond =
      declaration.material.kind === 'Token' && found.kind === 'Read' && isAmong(imports, found.sourceHash);
    imports.set(declaration.environment, isSecond ? DUPLICATE : found);
  }
  return imports;
}

/** What is held where an import points; undefined for nothing. */
export function sourceOf({ sources }: Pick<WithSources, 'sources'>, { source }: ImportDeclaration): string | undefined {
  return sources.get(source.secretKeyRef?.key ?? '');
}

/** The hash by which planning knows what a source holds. */
export function sourceHashOf({ material }: ImportDeclaration, held: string): string {
  return material.kind === 'Token' ? keyedTokenHash(digest(held)) : keyedHash(held);
}

/** What the ledger stores of a version that is made of what a source holds. */
export function importedHash({ material }: ImportDeclaration, held: string): string {
  return material.kind === 'Token' ? keyedTokenHash(digest(held)) : keyedHash(`key of ${held}`);
}

function judged(facts: KeyObjectFacts, declaration: ImportDeclaration, held: string | undefined): ImportFacts {
  if (held === undefined) return { kind: 'Missing', reason: Reason.ImportSourceMissing, message: 'It is not there' };
  const read: ImportFacts = { kind: 'Read', sourceHash: sourceHashOf(declaration, held) };
  if (isImported(facts, declaration, read.sourceHash)) return read;
  if (held === REFUSED) return { kind: 'Refused', reason: Reason.MalformedKey, message: 'It is no key' };
  const { record, identity } = facts;
  const mark = revokedMark({ hash: importedHash(declaration, held) });
  if (record.kind === 'Valid' && revokedMarks(record.ledger).has(mark)) return revokedMaterial(identity.kind, [mark]);
  const isTaken = held === TAKEN || isElsewhere(facts, declaration, read.sourceHash);
  return declaration.material.kind === 'Token' && isTaken
    ? DUPLICATE
    : { ...read, hashes: [importedHash(declaration, held)] };
}

const DUPLICATE: ImportFacts = { kind: 'Refused', reason: Reason.DuplicateKey, message: 'It is in use already' };

function isImported(facts: KeyObjectFacts, { environment, material }: ImportDeclaration, sourceHash: string): boolean {
  const version = currentVersion(entriesOf(facts).find(({ name }) => name === environment));
  return sourceHash === (material.kind === 'Token' ? version?.hash : version?.crypto?.source);
}

function isAmong(imports: ReadonlyMap<string, ImportFacts>, sourceHash: string): boolean {
  return [...imports.values()].some((found) => found.kind === 'Read' && found.sourceHash === sourceHash);
}

/** Has another environment of the key the token? */
function isElsewhere(facts: KeyObjectFacts, { environment }: ImportDeclaration, hash: string): boolean {
  return entriesOf(facts).some(
    ({ name, versions }) =>
      name !== environment && versions.some((version) => version.hash === hash && version.state !== 'Retired'),
  );
}

import { Reason } from '../../src/api/conditions.ts';
import { currentVersion } from '../../src/controllers/planning/environment-facts.ts';
import type { ImportDeclaration, ImportFacts } from '../../src/controllers/planning/import-facts.ts';
import { mayDeclare } from '../../src/controllers/key/acceptance-checks.ts';
import { entriesOf } from '../../src/controllers/planning/key-facts.ts';
import type { KeyObjectFacts } from '../../src/controllers/planning/key-rules.ts';
import { revokedMaterial } from '../../src/controllers/planning/revoked-material.ts';
import { revokedMark, revokedMarks } from '../../src/sealing/revoked-versions.ts';
import { keyedHash } from './partner-key.ts';
import type { WorldKind } from './world-kind.ts';

interface WithSources {
  readonly sources: ReadonlyMap<string, string>;
  readonly kind: WorldKind;
}

/** A source that holds something that is never taken. */
export const REFUSED = 'refused';

/** Reads sources as gather-imports.ts does. */
export function importFactsOf(world: WithSources, facts: KeyObjectFacts): ReadonlyMap<string, ImportFacts> {
  const { object, rules } = facts;
  if (object === undefined || object.metadata.deletionTimestamp !== undefined || !mayDeclare({ ...facts, object })) {
    return new Map();
  }
  const entries = entriesOf(facts);
  const marks = facts.record.kind === 'Valid' ? revokedMarks(facts.record.ledger) : new Set<string>();
  return new Map(
    rules.imports(object).map((declaration): [string, ImportFacts] => {
      const { environment } = declaration;
      const imported = currentVersion(entries.find(({ name }) => name === environment))?.crypto?.source;
      const found = judged(sourceOf(world, declaration), imported);
      const isRevoked = found.kind === 'Read' && found.sourceHash !== imported && marks.has(markOf(world, declaration));
      return [environment, isRevoked ? revokedMaterial(facts.identity.kind) : found];
    }),
  );
}

/** What a version of the key that is held there would leave behind. */
function markOf(world: WithSources, declaration: ImportDeclaration): string {
  return revokedMark({ hash: keyedHash(`key of ${sourceOf(world, declaration) ?? ''}`) });
}

/** What is held where an import points; undefined for nothing. */
export function sourceOf({ sources }: Pick<WithSources, 'sources'>, { source }: ImportDeclaration): string | undefined {
  return sources.get(source.secretKeyRef?.key ?? '');
}

function judged(held: string | undefined, imported: string | undefined): ImportFacts {
  if (held === undefined) return { kind: 'Missing', reason: Reason.ImportSourceMissing, message: 'It is not there' };
  const sourceHash = keyedHash(held);
  if (held === REFUSED && imported !== sourceHash) {
    return { kind: 'Refused', reason: Reason.MalformedKey, message: 'It is no key' };
  }
  return { kind: 'Read', sourceHash };
}

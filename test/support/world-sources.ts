import { Reason } from '../../src/api/conditions.ts';
import { currentVersion } from '../../src/controllers/planning/environment-facts.ts';
import type { ImportDeclaration, ImportFacts } from '../../src/controllers/planning/import-facts.ts';
import { mayDeclare } from '../../src/controllers/key/acceptance-checks.ts';
import { entriesOf } from '../../src/controllers/planning/key-facts.ts';
import type { KeyObjectFacts } from '../../src/controllers/planning/key-rules.ts';
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
  return new Map(
    rules.imports(object).map((declaration): [string, ImportFacts] => {
      const { environment } = declaration;
      const imported = currentVersion(entries.find(({ name }) => name === environment))?.crypto?.source;
      return [environment, judged(sourceOf(world, declaration), imported)];
    }),
  );
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

import { Reason } from '../../src/api/conditions.ts';
import type { KeyObject } from '../../src/api/key-object.ts';
import { currentVersion } from '../../src/controllers/planning/environment-facts.ts';
import type { ImportDeclaration, ImportFacts } from '../../src/controllers/planning/import-facts.ts';
import { entriesOf, type ProjectFacts, type RecordFacts } from '../../src/controllers/planning/key-facts.ts';
import { keyedHash } from './partner-key.ts';
import type { WorldKind } from './world-kind.ts';

interface WithSources {
  readonly sources: ReadonlyMap<string, string>;
  readonly kind: WorldKind;
}

/** A source that holds something that is never taken. */
export const REFUSED = 'refused';

/** Reads sources as gather-imports.ts does. */
export function importFactsOf(
  world: WithSources,
  object: KeyObject | undefined,
  project: ProjectFacts,
  record: RecordFacts,
): ReadonlyMap<string, ImportFacts> {
  const { identity, rules } = world.kind;
  if (object === undefined || object.metadata.deletionTimestamp !== undefined || project.kind !== 'Ours') {
    return new Map();
  }
  const entries = entriesOf({ identity, record });
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

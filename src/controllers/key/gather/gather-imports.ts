import { Reason } from '../../../api/conditions.ts';
import { ApiError, ConnectionError } from '../../../kube/errors/api-error.ts';
import type { KeyIdentity } from '../../../sealing/ledger.ts';
import { currentVersion } from '../../planning/environment-facts.ts';
import type { ImportDeclaration, ImportFacts } from '../../planning/import-facts.ts';
import type { KeyObjectFacts } from '../../planning/key-rules.ts';
import { judgeImport, readImport } from '../../secrets/read-import.ts';
import type { KeyPorts } from '../../shared/ports.ts';
import { entriesOf } from '../facts.ts';

/**
 * What the sources of a declared key hold, by environment. Read live: a source is not watched byte by byte, and what
 * it holds now decides. A source whose bytes were imported already is not judged again.
 */
export async function readImports(
  ports: KeyPorts,
  facts: KeyObjectFacts,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, ImportFacts>> {
  const { object, project, rules, identity } = facts;
  const isServed = object !== undefined && project.kind === 'Ours' && facts.installation === 'Ready';
  if (!isServed || object.metadata.deletionTimestamp !== undefined) return new Map();
  const imports = new Map<string, ImportFacts>();
  for (const declaration of rules.imports(object)) {
    imports.set(declaration.environment, await readOne(ports, identity, facts, declaration, signal));
  }
  return imports;
}

function isNoAnswer(error: unknown): boolean {
  return error instanceof ApiError || error instanceof ConnectionError;
}

async function readOne(
  ports: KeyPorts,
  identity: KeyIdentity,
  facts: KeyObjectFacts,
  declaration: ImportDeclaration,
  signal: AbortSignal,
): Promise<ImportFacts> {
  const entry = entriesOf(facts).find(({ name }) => name === declaration.environment);
  const version = currentVersion(entry);
  const source = await readImport(ports, identity, declaration, signal).catch((error: unknown) => {
    // A key that was imported goes on without its source: neither a restore nor a suspension waits for it.
    if (version === undefined || !isNoAnswer(error)) throw error;
    const secretName = declaration.source.secretKeyRef?.name ?? '';
    return { kind: 'Unanswered', place: { namespace: identity.namespace, secretName } } as const;
  });
  if (source.kind !== 'Read') return source;
  try {
    const { peppers } = ports.installation;
    const { source: imported, algorithm } = version?.crypto ?? {};
    const size = source.content.length;
    if (imported !== undefined && algorithm !== undefined && peppers.matchesKeyedHash(source.content, imported)) {
      return { kind: 'Read', sourceHash: imported, algorithm, size };
    }
    if (source.expired !== undefined) return source.expired;
    const outcome = await judgeImport(ports, declaration, source);
    if (outcome.kind === 'Refused')
      return { kind: 'Refused', reason: Reason[outcome.reason], message: outcome.message };
    outcome.material.bytes.fill(0);
    const { algorithm: found } = outcome.material;
    return { kind: 'Read', sourceHash: peppers.keyedHash(source.content), algorithm: found, size };
  } finally {
    source.content.fill(0);
    source.passphrase?.fill(0);
  }
}

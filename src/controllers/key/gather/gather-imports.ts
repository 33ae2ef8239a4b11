import { Reason } from '../../../api/conditions.ts';
import type { KeyObject } from '../../../api/key-object.ts';
import { withoutLineEnd } from '../../../keys/line-end.ts';
import { ApiError, ConnectionError } from '../../../kube/errors/api-error.ts';
import { JobError } from '../../../threads/job-error.ts';
import type { Ledger, VersionEntry } from '../../../sealing/ledger.ts';
import { materialHashes } from '../../../sealing/material-hash.ts';
import { revokedMarks } from '../../../sealing/revoked-versions.ts';
import { isImportedToken, isValueOf } from '../../../sealing/token-hash.ts';
import { currentVersion } from '../../planning/environment-facts.ts';
import type { ImportDeclaration, ImportedCryptoKey, ImportFacts } from '../../planning/import-facts.ts';
import type { KeyObjectFacts } from '../../planning/key-rules.ts';
import { revokedMaterial } from '../../planning/revoked-material.ts';
import { duplicateToken, judgeToken } from '../../imports/judge-token.ts';
import type { TokenHolder } from '../../imports/known-tokens.ts';
import type { ReadSource } from '../../imports/import-source.ts';
import { ImportJudge } from '../../imports/import-judge.ts';
import { readImport } from '../../imports/read-import.ts';
import { marksOfRevokedKey } from '../../imports/revoked-key.ts';
import type { KeyPorts } from '../../shared/ports.ts';
import { entriesOf } from '../../planning/key-facts.ts';
import { mayDeclare } from '../acceptance-checks.ts';
import { isWhollyRevoked } from '../lifecycle.ts';

/**
 * What the sources of a declared key hold, by environment. Read live: a source is not watched byte by byte, and what
 * it holds now decides. A source whose bytes were imported already is not judged again, and none is read of an object
 * that may not declare the key, or of a key that is revoked as a whole.
 */
export async function readImports(
  ports: KeyPorts,
  facts: KeyObjectFacts,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, ImportFacts>> {
  const { object, rules, identity } = facts;
  const isServed = object !== undefined && facts.installation === 'Ready' && mayDeclare({ ...facts, object });
  if (!isServed || object.metadata.deletionTimestamp !== undefined) return new Map();
  const declarations = rules.imports(object);
  if (isWhollyRevoked({ ...facts, object }))
    return new Map(declarations.map(({ environment }) => [environment, { kind: 'Unread' }]));
  const imports = new Map<string, ImportFacts>();
  const judge = new ImportJudge(ports, { identity, isUrgent: isRestricted(object), signal });
  for (const declaration of declarations) {
    const { environment, material } = declaration;
    const imported = await readOne(ports, judge, facts, declaration, signal);
    const isSecond = material.kind === 'Token' && imported.kind === 'Read' && isAmong(imports, imported.sourceHash);
    imports.set(environment, isSecond ? duplicateToken() : imported);
  }
  ports.judging.forget(identity, judge.asked);
  return imports;
}

/** What takes something back waits for nothing. */
function isRestricted({ spec }: KeyObject): boolean {
  return spec.revocation !== undefined || spec.suspended === true;
}

function isNoAnswer(error: unknown): boolean {
  return error instanceof ApiError || error instanceof ConnectionError;
}

/** Does an environment before it import the same, of which no ledger may know yet? */
function isAmong(imports: ReadonlyMap<string, ImportFacts>, sourceHash: string): boolean {
  return [...imports.values()].some((imported) => imported.kind === 'Read' && imported.sourceHash === sourceHash);
}

async function readOne(
  ports: KeyPorts,
  judge: ImportJudge,
  facts: KeyObjectFacts,
  declaration: ImportDeclaration,
  signal: AbortSignal,
): Promise<ImportFacts> {
  const { identity } = facts;
  const entry = entriesOf(facts).find(({ name }) => name === declaration.environment);
  const version = currentVersion(entry);
  const ledger = facts.record.kind === 'Valid' ? facts.record.ledger : undefined;
  const source = await readImport(ports, identity, declaration, signal).catch((error: unknown) => {
    // A key that was imported goes on without its source: neither a restore nor a suspension waits for it.
    if (version === undefined || !isNoAnswer(error)) throw error;
    return { kind: 'Unanswered', namespace: identity.namespace } as const;
  });
  if (source.kind !== 'Read') return source;
  const { environment, material } = declaration;
  try {
    return material.kind === 'Token'
      ? tokenFacts(ports, { identity, environment, ledger }, version, source)
      : await keyFacts(ports, judge, { version, ledger }, material, source);
  } catch (error) {
    if (error instanceof JobError) return { kind: 'Unanswered', namespace: identity.namespace, isRead: true };
    throw error;
  } finally {
    source.content.fill(0);
    source.passphrase?.fill(0);
  }
}

/** What the record tells of one environment, and of the key. */
interface Known {
  readonly version: VersionEntry | undefined;
  readonly ledger: Ledger | undefined;
}

function tokenFacts(
  ports: KeyPorts,
  { ledger, ...holder }: TokenHolder & Pick<Known, 'ledger'>,
  current: VersionEntry | undefined,
  { content, refusal }: Extract<ReadSource, { readonly kind: 'Read' }>,
): ImportFacts {
  const token = withoutLineEnd(content);
  if (current !== undefined && isImportOf(ports, token, current)) return { kind: 'Read', sourceHash: current.hash };
  return refusal ?? judgeToken(ports, holder, token, ledger === undefined ? new Set() : revokedMarks(ledger));
}

/** One that was minted is imported as little as any other is. */
function isImportOf({ installation }: KeyPorts, token: Uint8Array, { hash }: VersionEntry): boolean {
  return isImportedToken(hash) && isValueOf(installation, token, hash);
}

async function keyFacts(
  ports: KeyPorts,
  judge: ImportJudge,
  { version, ledger }: Known,
  material: ImportedCryptoKey,
  source: Extract<ReadSource, { readonly kind: 'Read' }>,
): Promise<ImportFacts> {
  const { peppers } = ports.installation;
  const { source: imported, algorithm } = version?.crypto ?? {};
  const size = source.content.length;
  if (imported !== undefined && algorithm !== undefined && peppers.matchesKeyedHash(source.content, imported)) {
    return { kind: 'Read', sourceHash: imported, algorithm, size };
  }
  if (source.refusal !== undefined) return source.refusal;
  const outcome = await judge.judge(material, source);
  if (outcome === undefined) return { kind: 'Checking' };
  if (outcome.kind === 'Refused') return { kind: 'Refused', reason: Reason[outcome.reason], message: outcome.message };
  const { bytes, algorithm: found } = outcome.material;
  try {
    const marks = await marksOfRevokedKey(peppers, ledger, outcome.material);
    if (marks.length > 0) return revokedMaterial('CryptoKey', marks);
    const hashes = ledger === undefined ? [] : materialHashes(peppers, ledger, bytes);
    return { kind: 'Read', sourceHash: peppers.keyedHash(source.content), algorithm: found, size, hashes };
  } finally {
    bytes.fill(0);
  }
}

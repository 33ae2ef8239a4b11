import type { CryptoKeySpec } from '../../../src/api/generated/crypto-key.ts';
import { currentVersion, isPast } from '../../../src/controllers/planning/environment-facts.ts';
import type { KeyObjectFacts } from '../../../src/controllers/planning/key-rules.ts';
import { isImport, type MintOrder, type RecordChange } from '../../../src/controllers/planning/record-change.ts';
import type { MintCause, VersionEntry } from '../../../src/sealing/ledger.ts';
import { assert, requireDeclared, type Stepped } from './rules.ts';
import type { ModelRecord } from './world.ts';

/** Every version comes with its material, for the cause that is told, and from a source exactly where one is declared. */
export function materialRules({ gathered, before, after }: Stepped, { mints }: RecordChange): void {
  if (mints.length === 0) return;
  const declared = requireDeclared(gathered.facts);
  const { rules } = declared;
  for (const order of mints) {
    const { environment, version } = order;
    const isSealed = isSealedIn(after.record, order, rules.materialField);
    assert(isSealed, `version ${version} of ${environment} is sealed as soon as it is minted`);
    const isDeclared = rules.imports(declared.object).some((declaration) => declaration.environment === environment);
    assert(isDeclared === isImport(order), `what ${environment} imports is never minted instead`);
    const found = declared.imports.get(environment)?.kind;
    assert(!isDeclared || found === 'Read', `nothing is issued to ${environment} from a source that is not good`);
    causeHolds(gathered.facts, before.record, order);
    isNew(before.record, after.record, order);
    if (isImport(order)) staysRevoked(before.record, after.record, order);
  }
}

/**
 * A version that replaces another is none that its environment had before. An environment that comes back shares again
 * what the others have, and a source may hold again what it held.
 */
function isNew(before: ModelRecord | undefined, after: ModelRecord | undefined, order: MintOrder): void {
  if (order.cause === 'FirstIssue' || order.cause === 'MaterialLost' || isImport(order)) return;
  const entry = before?.ledger.environments.find(({ name }) => name === order.environment);
  const isBack = entry?.versions.some(({ hash }) => hash === hashOf(after, order)) === true;
  assert(!isBack, `what ${order.environment} has or gave up is not issued to it as another version`);
}

function hashOf(record: ModelRecord | undefined, { environment, version }: MintOrder): string | undefined {
  return record?.ledger.environments
    .find(({ name }) => name === environment)
    ?.versions.find((known) => known.version === version)?.hash;
}

/** What an author took back is never imported again. */
function staysRevoked(before: ModelRecord | undefined, after: ModelRecord | undefined, order: MintOrder): void {
  const { revocation, environments = [] } = before?.ledger ?? {};
  const through = revocation === undefined ? 0 : (revocation.throughVersion ?? Number.POSITIVE_INFINITY);
  const revoked = environments.flatMap(({ versions }) => versions.filter(({ version }) => version <= through));
  const isBack = revoked.some(({ hash }) => hash === hashOf(after, order));
  assert(!isBack, `what ${order.environment} had revoked is not issued again`);
}

/** No version is minted twice for one cause: what the ledger held before is what the cause says. */
function causeHolds(facts: KeyObjectFacts, before: ModelRecord | undefined, order: MintOrder): void {
  const { environment, cause, material } = order;
  const entry = before?.ledger.environments.find(({ name }) => name === environment);
  const current = currentVersion(entry);
  const ref = { environment, version: current?.version ?? 0 };
  const holds: Readonly<Record<MintCause, () => boolean>> = {
    // One that was withdrawn, and destroyed or lost meanwhile, begins anew.
    FirstIssue: () => current === undefined || entry?.state === 'Withdrawn',
    // Who asked, and how often, is for the rules of lifecycles.
    Triggered: () => !isImport(order),
    IntervalPassed: () => current !== undefined && !isImport(order),
    AlgorithmChanged: () =>
      material.kind === 'Crypto' ? current?.crypto?.algorithm !== material.algorithm : material.kind === 'Copy',
    ImportChanged: () => 'sourceHash' in material && importedFrom(current) !== material.sourceHash,
    MaterialLost: () => current !== undefined && !isSealedIn(before, ref, facts.rules.materialField),
  };
  assert(holds[cause](), `${environment} gets another version for the cause ${cause} alone`);
}

function importedFrom(version: VersionEntry | undefined): string | undefined {
  return version?.crypto === undefined ? version?.hash : version.crypto.source;
}

/** A shared key is one key in all environments that have it, and in those that may have it again. */
export function sharingRules({ object, now }: KeyObjectFacts, { ledger, sealed }: ModelRecord): void {
  if ((object?.spec as Partial<CryptoKeySpec> | undefined)?.material !== 'Shared') return;
  const hashes = ledger.environments
    .filter(({ destroyAt, rotationOwed }) => !isPast(destroyAt, now) && rotationOwed !== true)
    .flatMap(({ name, versions }) =>
      versions.flatMap(({ state, version, hash }) => {
        const isSealed = sealed.some((value) => value.environment === name && value.version === version);
        return state === 'Current' && isSealed ? [hash] : [];
      }),
    );
  assert(new Set(hashes).size <= 1, 'a shared key is the same one in all environments');
}

function isSealedIn(
  record: ModelRecord | undefined,
  { environment, version }: Pick<MintOrder, 'environment' | 'version'>,
  field: string,
): boolean {
  return (record?.sealed ?? []).some(
    (value) => value.environment === environment && value.version === version && value.field === field,
  );
}

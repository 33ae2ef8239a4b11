import type { ApiKeySpec } from '../../../src/api/generated/api-key.ts';
import type { CryptoKeySpec } from '../../../src/api/generated/crypto-key.ts';
import { LAYOUT_ANNOTATION } from '../../../src/api/labels.ts';
import { acceptanceViolation } from '../../../src/controllers/key/acceptance-checks.ts';
import { targetsOf } from '../../../src/controllers/key/facts.ts';
import { currentVersion, isPast } from '../../../src/controllers/planning/environment-facts.ts';
import { sourceRefusals } from '../../../src/controllers/planning/import-checks.ts';
import { isRolledBack } from '../../../src/controllers/planning/key-facts.ts';
import { ownerOf } from '../../../src/controllers/planning/place-state.ts';
import { placeKey, type SecretView } from '../../../src/controllers/planning/secret-view.ts';
import type { TargetEnvironment } from '../../../src/controllers/planning/targets.ts';
import { conditionOf } from '../../../src/kube/objects/conditions.ts';
import type { VersionEntry } from '../../../src/sealing/ledger.ts';
import { isImportedToken } from '../../../src/sealing/token-hash.ts';
import { isSameMaterial } from '../../../src/sealing/sealed-material.ts';
import { isHashOf } from '../facts.ts';
import { sourceHashOf, sourceOf } from './sources.ts';
import type { Gathered, World } from './world.ts';
import type { DeclaredFacts } from '../../../src/controllers/planning/key-rules.ts';

/** What somebody who knows only spec, project and namespaces finds wrong once nothing is left to do; nothing, at best. */
export function shortcomings(world: World, { facts }: Gathered): readonly string[] {
  const { object, record } = facts;
  const ours = [...world.server.secrets].filter(([, secret]) => isOurs(world, secret));
  if (object === undefined) {
    // An orphan keeps what it has; a deleted key leaves nothing behind.
    const isOrphan = record.kind !== 'Valid' || record.ledger.phase !== 'Withdrawn' || isRolledBack(facts);
    return isOrphan ? [] : ours.map(([key]) => `${key} is left behind`);
  }
  const declared: DeclaredFacts = { ...facts, object };
  // What a source holds freezes no key, so it excuses nothing here.
  const isFrozen = acceptanceViolation({ ...declared, imports: new Map() }) !== undefined;
  if (isRolledBack(facts) || isFrozen) return [];
  const targets = targetsOf(declared).filter((target) => !target.expired && !isRevoked(declared, target));
  const wanted = new Map(
    targets.flatMap((target) => wantedKeys(declared, target).map((key) => [key, target] as const)),
  );
  const missing = [...wanted].flatMap(([key, target]) => {
    const isHeldUp =
      target.suspended ||
      object.spec.suspended === true ||
      isSaidToBeGone(world, declared, target) ||
      awaitsSource(declared, target);
    const what = isHeldUp ? undefined : lacking(world, key, declared, target);
    return what === undefined ? [] : [`${key} ${what}`];
  });
  // After a rename the old Secret stays until the new one is there: a foreign one may be in its way, and what a
  // suspended key has lost is not minted anew.
  const blocked = [...wanted.keys()].flatMap((key) => {
    const secret = world.server.secrets.get(key);
    const isThere = secret === undefined ? object.spec.suspended !== true : isOurs(world, secret);
    return isThere ? [] : [key.slice(0, key.indexOf('/'))];
  });
  // What no record has any more is in the Secrets alone, which stay as they are.
  const untouched = targets.flatMap((target) => {
    const isLeft = target.suspended || isSaidToBeGone(world, declared, target) || awaitsSource(declared, target);
    return isLeft ? target.namespaces.map(({ name }) => name) : [];
  });
  const kept = new Set([...blocked, ...untouched]);
  const surplus = ours.filter(
    ([key, { namespace }]) => !wanted.has(key) && !kept.has(namespace) && isReachable(world, namespace),
  );
  const indebted = targets.filter((target) => !target.suspended && owesForNothing(declared, target));
  return [
    ...missing,
    ...surplus.map(([key]) => `${key} is not wanted`),
    ...indebted.map(({ name }) => `${name} still owes a rotation`),
  ];
}

/** It can be given another version, and nothing is waited for. */
function owesForNothing(declared: DeclaredFacts, target: TargetEnvironment): boolean {
  const { record, object, imports } = declared;
  const entries = record.kind === 'Valid' ? record.ledger.environments : [];
  const entry = entries.find(({ name }) => name === target.name);
  const isOverlapping = entry?.versions.some(({ state }) => state === 'Retiring');
  const isServed = target.namespaces.some(({ state }) => state === 'Live');
  const mayRotate = object.spec.suspended !== true && !imports.has(target.name) && isServed;
  return mayRotate && entry?.rotationOwed === true && isOverlapping === false;
}

/** Whatever was issued there is refused, and nothing newer was asked for. */
function isRevoked({ record, object }: DeclaredFacts, { name }: TargetEnvironment): boolean {
  const declared = object.spec.revocation;
  if (declared !== undefined && declared.throughVersion === undefined) return true;
  if (record.kind !== 'Valid' || record.ledger.revocation === undefined) return false;
  const { throughVersion = Number.POSITIVE_INFINITY } = record.ledger.revocation;
  const versions = record.ledger.environments.find((entry) => entry.name === name)?.versions ?? [];
  const isWhole = throughVersion === Number.POSITIVE_INFINITY;
  return isWhole || (versions.length > 0 && versions.every(({ version }) => version <= throughVersion));
}

function wantedKeys({ object, project, rules }: DeclaredFacts, target: TargetEnvironment): readonly string[] {
  const outputs = rules.outputs(object, project.kind === 'Ours' ? project.project.spec : undefined);
  return target.namespaces
    .filter(({ state }) => state === 'Live')
    .flatMap(({ name }) => outputs.map(({ secretName }) => placeKey({ namespace: name, secretName })));
}

function lacking(world: World, key: string, declared: DeclaredFacts, target: TargetEnvironment): string | undefined {
  const { object, rules } = declared;
  const secret = world.server.secrets.get(key);
  if (secret === undefined) return 'is missing';
  if (!isOurs(world, secret)) return undefined;
  const current = currentOf(declared, target);
  if (current === undefined) return 'belongs to no current version';
  const shown = object.status?.environments?.find(({ name }) => name === target.name)?.versions ?? [];
  const isShown = shown.some(({ hash, state }) => hash === current.hash && state === 'Current');
  if (!isShown) return 'is not accepted by status';
  const previous = previousOf(declared, target);
  if (rules.kind === 'ApiKey')
    return (
      differingSource(world, declared, current, target) ??
      differingToken(secret, current.hash, object.spec as ApiKeySpec, target, previous !== undefined)
    );
  const spec = object.spec as CryptoKeySpec;
  return differingSource(world, declared, current, target) ?? differingKey(secret, current, spec, previous);
}

/** The number of a version that consumers may still use, and that can be delivered. */
function previousOf({ record, now, rules }: DeclaredFacts, { name }: TargetEnvironment): number | undefined {
  if (record.kind !== 'Valid') return undefined;
  const versions = record.ledger.environments.find((entry) => entry.name === name)?.versions ?? [];
  const isSealed = (version: number): boolean =>
    record.sealed.some(
      (ref) => ref.environment === name && ref.version === version && ref.field === rules.materialField,
    );
  return versions.find(
    ({ state, version, retireAt }) => state === 'Retiring' && !isPast(retireAt, now) && isSealed(version),
  )?.version;
}

function currentOf({ record }: DeclaredFacts, { name }: TargetEnvironment): VersionEntry | undefined {
  const entries = record.kind === 'Valid' ? record.ledger.environments : [];
  return currentVersion(entries.find((entry) => entry.name === name));
}

function differingToken(
  { digests }: SecretView,
  hash: string,
  spec: ApiKeySpec,
  target: TargetEnvironment,
  isOverlapping: boolean,
): string | undefined {
  if (!isHashOf(hash, digests['token'])) return 'carries another token';
  if ('previous.token' in digests !== isOverlapping) return 'carries the wrong previous token';
  if ('signing-secret' in digests !== (spec.signingSecret !== undefined)) return 'has the wrong signing secret';
  return 'expires-at' in digests === (target.expiresAt !== undefined) ? undefined : 'tells the wrong expiry';
}

/**
 * A record came back from before the version was minted, and Secrets prove the version. What is rendered can be taken
 * from no Secret: those that are there stay, and status says that others cannot be written. Or a token is in no Secret
 * any more, and as the environment imports, only a good source gives it one again.
 */
function isSaidToBeGone(world: World, declared: DeclaredFacts, target: TargetEnvironment): boolean {
  const { record, object, rules } = declared;
  const current = currentOf(declared, target);
  if (current === undefined || record.kind !== 'Valid') return false;
  const ref = { environment: target.name, version: current.version, field: rules.materialField };
  const isThere = [...world.server.secrets.values()].some(({ digests }) => isHashOf(current.hash, digests['token']));
  const isImporting = isImportedToken(current.hash) || isRefused(declared, target);
  if (rules.materialField === 'token' && (!isImporting || isThere)) return false;
  const ready = conditionOf(object.status, 'Ready');
  return !record.sealed.some((sealed) => isSameMaterial(sealed, ref)) && ready?.status === 'False';
}

/** Nothing was ever imported, and what is there now is not taken. Once something was, no source holds it up. */
function awaitsSource(declared: DeclaredFacts, target: TargetEnvironment): boolean {
  return isRefused(declared, target) && currentOf(declared, target) === undefined;
}

function isRefused(declared: DeclaredFacts, { name }: TargetEnvironment): boolean {
  return sourceRefusals(declared).some(({ environment }) => environment === name);
}

/** An environment that imports has what its source holds, if that is taken. */
function differingSource(
  world: World,
  declared: DeclaredFacts,
  { crypto, hash }: VersionEntry,
  target: TargetEnvironment,
): string | undefined {
  if (isRefused(declared, target)) return undefined;
  const { object } = declared;
  const { name } = target;
  const declaration = world.kind.rules.imports(object).find(({ environment }) => environment === name);
  const held = declaration === undefined ? undefined : sourceOf(world, declaration);
  if (declaration === undefined || held === undefined) return undefined;
  const importedFrom = crypto === undefined ? hash : crypto.source;
  return importedFrom === sourceHashOf(declaration, held) ? undefined : 'is not what its source holds';
}

function differingKey(
  { proof, annotations, name }: SecretView,
  { version }: VersionEntry,
  spec: CryptoKeySpec,
  previous: number | undefined,
): string | undefined {
  if (proof?.isIntact !== true || proof.version !== version) return 'carries another key';
  const layout = annotations[LAYOUT_ANNOTATION];
  const alone = name.endsWith('-passphrase') ? 'passphrase' : wantedLayout(spec, name, proof.environment);
  const wanted = previous === undefined ? alone : `${alone} previous=${previous}`;
  return layout === wanted ? undefined : `is written as ${layout} and not as ${wanted}`;
}

function wantedLayout(
  { outputs = [], passphrase, environments }: CryptoKeySpec,
  name: string,
  environment: string,
): string {
  const formats = outputs.find(({ secretName = '' }) => name.endsWith(secretName))?.formats ?? ['PEM'];
  const alias = environments.find((known) => known.name === environment)?.alias ?? 'checkout';
  return `${formats.toSorted().join(',')} alias=${alias}${passphrase === undefined ? '' : ' protected'}`;
}

function isOurs({ kind }: World, { proof }: SecretView): boolean {
  return proof !== undefined && ownerOf(proof) === ownerOf(kind.identity);
}

function isReachable({ server, forbidden }: World, namespace: string): boolean {
  return server.namespaces.get(namespace)?.terminating === false && !forbidden.has(namespace);
}

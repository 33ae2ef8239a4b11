import { INSTALLATION_ANNOTATION, WITHDRAW_ANNOTATION } from '../../api/labels.ts';
import type { ApiKey } from '../../api/generated/api-key.ts';
import type { KeyProject } from '../../api/generated/key-project.ts';
import { API_KEYS, KEY_PROJECTS } from '../../api/resources.ts';
import { isNotFound } from '../../kube/api-error.ts';
import type { KubeObject, Secret } from '../../kube/objects.ts';
import { CUSTOM_RESOURCE_DEFINITIONS, NAMESPACES, SECRETS, type Resource } from '../../kube/resource.ts';
import type { ObjectRef } from '../../kube/client.ts';
import type { KeyIdentity } from '../../sealing/ledger.ts';
import { recordName } from '../../sealing/record.ts';
import { signStatusLedger, verifyStatusLedger } from '../../sealing/status-mac.ts';
import { viewSecret } from '../shared/cached-secret.ts';
import { forEachLimited } from '../shared/concurrency.ts';
import { isRolledBack, type Claim, type KeyFacts, type ProjectFacts, type RecordFacts } from '../shared/key-facts.ts';
import { observeCached, observeLive, placesToReadLive } from '../shared/observe.ts';
import { knownNamespace, knownNamespaces } from '../shared/namespaces.ts';
import { ownerOf } from '../shared/place-state.ts';
import { projectOwner } from '../shared/project-owner.ts';
import type { KeyPorts } from '../shared/ports.ts';
import { placeKey, type Observation, type SecretView } from '../shared/secret-view.ts';
import { mapEnvironments, type KnownNamespace } from '../shared/targets.ts';
import { entriesOf, targetsOf, type ApiKeyFacts } from './facts.ts';
import { outputTargets } from './spec.ts';

/** One key's snapshot, and the stored record whose bytes its facts only name. */
export interface GatheredKey {
  readonly facts: ApiKeyFacts;
  /** The record at facts.record's resourceVersion; undefined when there is none. */
  readonly stored: Secret | undefined;
}

export interface GatherOptions {
  readonly identity: KeyIdentity;
  /** Read the declaring object, its project and their namespaces live instead of from the caches. */
  readonly live: boolean;
  readonly signal: AbortSignal;
}

/**
 * Reads everything planning one ApiKey needs. Caches first; live where a cache may not decide: before anything
 * is taken away, when material may be lost, and when the record looks older than what it left behind.
 */
export async function gatherApiKey(ports: KeyPorts, { identity, live, signal }: GatherOptions): Promise<GatheredKey> {
  const object = await readObject(ports, identity, live, signal);
  const project = await readProject(ports, identity, live, signal);
  const record = readCachedRecord(ports, identity);
  const kindIsTerminating =
    object?.metadata.deletionTimestamp !== undefined && (await isKindTerminating(ports, signal));
  const base = assemble(ports, identity, { object, project, record, live, kindIsTerminating, observations: new Map() });
  return isRolledBack(base.facts) ? gatherRolledBack(ports, base, signal) : withObservations(ports, base, signal);
}

/** The record as the facts of a plan. @param secret Undefined: there is none. */
export function recordFacts(ports: Pick<KeyPorts, 'installation'>, secret: Secret | undefined): RecordFacts {
  if (secret === undefined) return { kind: 'Absent' };
  const resourceVersion = secret.metadata.resourceVersion ?? '';
  const decoded = ports.installation.readRecord(secret);
  if (decoded === undefined) return { kind: 'Invalid', problem: 'BadMac', resourceVersion };
  if (decoded.state === 'invalid') return { kind: 'Invalid', problem: decoded.problem, resourceVersion };
  return {
    kind: 'Valid',
    ledger: decoded.ledger,
    sealed: (decoded.sealed?.entries ?? []).map(({ environment, version, field }) => ({ environment, version, field })),
    resourceVersion,
    withdrawOrder: secret.metadata.annotations?.[WITHDRAW_ANNOTATION],
  };
}

/** Reads a key's record live; undefined when there is none. */
export async function readLiveRecord(
  ports: KeyPorts,
  identity: KeyIdentity,
  signal: AbortSignal,
): Promise<Secret | undefined> {
  return getOrUndefined(ports, SECRETS, { namespace: ports.operatorNamespace, name: recordName(identity) }, signal);
}

interface Parts {
  readonly object: ApiKey | undefined;
  readonly project: ProjectFacts;
  readonly record: Secret | undefined;
  readonly live: boolean;
  readonly kindIsTerminating: boolean;
  readonly observations: ReadonlyMap<string, Observation>;
}

function assemble(ports: KeyPorts, identity: KeyIdentity, parts: Parts): GatheredKey {
  const { object, project, live } = parts;
  const context = ports.installation.macContext;
  const proven = provenSecrets(ports, identity);
  const common: Omit<KeyFacts, 'provenSequence' | 'observations' | 'claims' | 'otherKeysInProject'> = {
    now: ports.clock.now(),
    identity,
    installation: ports.installation.state?.kind ?? 'InstallationMissing',
    project,
    record: recordFacts(ports, parts.record),
    isLive: live,
    proven,
    kindIsTerminating: parts.kindIsTerminating,
    signLedger: (sequence) => {
      if (context === undefined) throw new TypeError('Cannot sign a status: there are no MAC keys');
      return signStatusLedger(context, identity, sequence);
    },
  };
  const shown = object?.status?.ledger;
  const shownSequence =
    shown !== undefined && context !== undefined && verifyStatusLedger(context, identity, shown) ? shown.sequence : 0;
  const facts: ApiKeyFacts = {
    ...common,
    object,
    provenSequence: Math.max(shownSequence, ...proven.map(({ proof }) => proof?.sequence ?? 0)),
    observations: parts.observations,
    claims: new Map(),
    otherKeysInProject: 0,
  };
  const claims = readClaims(ports, facts);
  return { facts: { ...facts, claims, otherKeysInProject: countOtherKeys(ports, facts) }, stored: parts.record };
}

/** A cache may lag behind: only a live record that is older too is rolled back, and then everything is read live. */
async function gatherRolledBack(ports: KeyPorts, { facts }: GatheredKey, signal: AbortSignal): Promise<GatheredKey> {
  const record = await readLiveRecord(ports, facts.identity, signal);
  const base = assemble(ports, facts.identity, { ...facts, record, live: facts.isLive });
  if (!isRolledBack(base.facts)) return withObservations(ports, base, signal);
  const places = allPlaces(base.facts);
  const proven = base.facts.proven.map(({ namespace, name }) => ({ namespace, secretName: name }));
  const observations = await observeLive(ports, [...places, ...proven], signal);
  const seen = [...observations.values()].flatMap((observation) =>
    observation.kind === 'Present' ? [observation.secret] : [],
  );
  const ours = seen.filter((secret) => isProofOf(secret, facts.identity));
  const provenSequence = Math.max(base.facts.provenSequence, ...ours.map(({ proof }) => proof?.sequence ?? 0));
  return { ...base, facts: { ...base.facts, proven: ours, provenSequence, observations } };
}

async function withObservations(ports: KeyPorts, base: GatheredKey, signal: AbortSignal): Promise<GatheredKey> {
  const { facts } = base;
  const cached = observeCached(ports, allPlaces(facts));
  const entries = entriesOf(facts);
  const recoverable = facts.object?.spec.recoverable === true;
  const sealed = facts.record.kind === 'Valid' ? facts.record.sealed : [];
  const asked = placesToReadLive(entries, sealed, cached, recoverable);
  const live = await observeLive(ports, asked, signal);
  // Before something is taken away, what stays must be more than a cache's word, where it can be read.
  const leaving = entries.filter(({ places }) => facts.isLive || places.some(({ state }) => state === 'Owed'));
  const staying = leaving.flatMap(({ places }) => places).filter((place) => !live.has(placeKey(place)));
  const confirmed = [...(await observeLive(ports, staying, signal))].filter(([, { kind }]) => kind !== 'Unreachable');
  return { ...base, facts: { ...facts, observations: new Map([...cached, ...confirmed, ...live]) } };
}

/** Where this key's Secrets are or should be: ledger places and wanted ones. */
function allPlaces(facts: ApiKeyFacts): readonly { readonly namespace: string; readonly secretName: string }[] {
  const held = entriesOf(facts).flatMap(({ places }) => places);
  return [...held, ...wantedPlaceRefs(facts)];
}

function wantedPlaceRefs(facts: ApiKeyFacts): readonly { readonly namespace: string; readonly secretName: string }[] {
  const { object, project, identity } = facts;
  if (object === undefined || project.kind !== 'Ours') return [];
  const outputs = outputTargets(object.spec, identity.name, project.project.spec);
  return targetsOf({ ...facts, object }).flatMap((target) =>
    target.namespaces
      .filter(({ state }) => state === 'Live')
      .flatMap((namespace) => outputs.map(({ secretName }) => ({ namespace: namespace.name, secretName }))),
  );
}

async function readObject(
  ports: KeyPorts,
  identity: KeyIdentity,
  live: boolean,
  signal: AbortSignal,
): Promise<ApiKey | undefined> {
  const { namespace, name, project } = identity;
  const cached = ports.caches.apiKeys.lister.get(`${namespace}/${name}`);
  const isDeclared = (object: ApiKey | undefined): boolean => object?.spec.project === project;
  if (!live && isDeclared(cached)) return cached;
  const object = await getOrUndefined(ports, API_KEYS, { namespace, name }, signal);
  return isDeclared(object) ? object : undefined;
}

/** A CRD that is being deleted deletes its objects; nobody asked to withdraw their Secrets. */
async function isKindTerminating(ports: KeyPorts, signal: AbortSignal): Promise<boolean> {
  const name = `${API_KEYS.plural}.${API_KEYS.group}`;
  const definition = await getOrUndefined(ports, CUSTOM_RESOURCE_DEFINITIONS, { name }, signal);
  return definition?.metadata.deletionTimestamp !== undefined;
}

async function readProject(
  ports: KeyPorts,
  identity: KeyIdentity,
  live: boolean,
  signal: AbortSignal,
): Promise<ProjectFacts> {
  const ref = { name: identity.project };
  const project = live
    ? await getOrUndefined(ports, KEY_PROJECTS, ref, signal)
    : ports.caches.projects.lister.get(ref.name);
  if (project === undefined) return { kind: 'Missing' };
  const owner = projectOwner(project);
  const installation = ports.installation.macContext?.installation;
  // Without an installation nobody can tell whose it is; the plan only restricts then.
  if (installation === undefined) return { kind: 'Unclaimed' };
  if (owner === undefined || project.metadata.annotations?.[INSTALLATION_ANNOTATION] === undefined) {
    return { kind: owner === undefined || owner === installation ? 'Unclaimed' : 'Elsewhere' };
  }
  if (owner !== installation) return { kind: 'Elsewhere' };
  const known = live ? await readNamespaces(ports, project, signal) : knownNamespaces(ports);
  return { kind: 'Ours', project, environments: mapEnvironments(project.spec.environments, known) };
}

/** Listed namespaces one by one; all of the cluster in one list when a selector has to see them. */
async function readNamespaces(
  ports: KeyPorts,
  project: KeyProject,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, KnownNamespace>> {
  const { environments } = project.spec;
  if (environments.some(({ namespaceSelector }) => namespaceSelector !== undefined)) {
    const { items } = await ports.client.list(NAMESPACES, { metadataOnly: true, signal });
    return new Map(items.map(({ metadata }) => [metadata.name, knownNamespace(metadata)]));
  }
  const known = new Map<string, KnownNamespace>();
  await forEachLimited([...new Set(environments.flatMap(({ namespaces }) => namespaces ?? []))], async (name) => {
    const namespace = await getOrUndefined(ports, NAMESPACES, { name }, signal);
    if (namespace !== undefined) known.set(name, knownNamespace(namespace.metadata));
  });
  return known;
}

function readCachedRecord({ caches, operatorNamespace }: KeyPorts, identity: KeyIdentity): Secret | undefined {
  return caches.records.lister.get(`${operatorNamespace}/${recordName(identity)}`)?.secret;
}

function provenSecrets({ caches, installation }: KeyPorts, identity: KeyIdentity): readonly SecretView[] {
  return caches.secrets.lister
    .byIndex('owner', ownerOf(identity))
    .map((secret) => viewSecret(secret, installation.macContext))
    .filter((secret) => isProofOf(secret, identity));
}

function isProofOf({ proof }: SecretView, identity: KeyIdentity): boolean {
  return proof !== undefined && proof.project === identity.project && ownerOf(proof) === ownerOf(identity);
}

/** The oldest hold of another key on any place this key has or wants. Only ledgers that verify count. */
function readClaims(ports: KeyPorts, facts: ApiKeyFacts): ReadonlyMap<string, Claim> {
  const own = recordName(facts.identity);
  const claims = new Map<string, Claim>();
  for (const key of new Set(allPlaces(facts).map(placeKey))) {
    for (const { secret, metadata } of ports.caches.records.lister.byIndex('place', key)) {
      if (secret === undefined || metadata.name === own) continue;
      const record = ports.installation.readRecord(secret);
      if (record?.state !== 'valid' || record.ledger.phase !== 'Active') continue;
      const places = record.ledger.environments.flatMap((entry) => entry.places);
      const held = places.find((place) => place.state === 'Held' && placeKey(place) === key);
      const oldest = claims.get(key);
      if (held !== undefined && (oldest === undefined || held.since < oldest.since)) {
        claims.set(key, { owner: ownerOf(record.ledger), since: held.since });
      }
    }
  }
  return claims;
}

function countOtherKeys(ports: KeyPorts, { identity, record }: ApiKeyFacts): number {
  // Only asked before the first mint; settled keys spare themselves the walk.
  if (record.kind === 'Valid' && record.ledger.phase === 'Active') return 0;
  const own = recordName(identity);
  return ports.caches.records.lister
    .byIndex('project', identity.project)
    .filter(({ metadata, secret }) => metadata.name !== own && isActive(ports, secret)).length;
}

function isActive({ installation }: KeyPorts, secret: Secret | undefined): boolean {
  const record = secret === undefined ? undefined : installation.readRecord(secret);
  return record?.state === 'valid' && record.ledger.phase === 'Active';
}

async function getOrUndefined<T extends KubeObject>(
  { client }: KeyPorts,
  resource: Resource<T>,
  ref: ObjectRef,
  signal: AbortSignal,
): Promise<T | undefined> {
  try {
    return await client.get(resource, ref, { signal });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

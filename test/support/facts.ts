import type { ApiKey, ApiKeySpec, ApiKeyStatus } from '../../src/api/generated/api-key.ts';
import type { KeyProject, KeyProjectSpec } from '../../src/api/generated/key-project.ts';
import { FINALIZER, INSTALLATION_ANNOTATION, PROOF_ANNOTATION } from '../../src/api/labels.ts';
import { judged } from '../../src/controllers/key/acceptance-checks.ts';
import { targetsOf } from '../../src/controllers/key/facts.ts';
import { environmentFacts } from '../../src/controllers/key/environment.ts';
import { projectStatus } from '../../src/controllers/key/status/status.ts';
import { API_KEY_RULES } from '../../src/controllers/api-key/rules.ts';
import { wantedOpaqueSecret } from '../../src/controllers/api-key/wanted.ts';
import type { EnvironmentFacts } from '../../src/controllers/planning/environment-facts.ts';
import { entriesOf, type ProjectFacts, type RecordFacts } from '../../src/controllers/planning/key-facts.ts';
import type { MintFacts } from '../../src/controllers/planning/mint-checks.ts';
import { placeKey, type Observation, type SecretView } from '../../src/controllers/planning/secret-view.ts';
import { mapEnvironments, type KnownNamespace } from '../../src/controllers/planning/targets.ts';
import type { WantedSecret } from '../../src/controllers/planning/wanted-secret.ts';
import { hashToken } from '../../src/keys/hash.ts';
import type { EnvironmentEntry, Ledger, Place, VersionEntry } from '../../src/sealing/ledger.ts';
import { checkout } from './sealing.ts';
import { believedStatus, signLedger } from './status-signing.ts';
import type { JudgedFacts, DeclaredFacts } from '../../src/controllers/planning/key-rules.ts';

/** An hour after the settled key was minted. */
export const NOW: Date = new Date('2027-03-01T12:00:00Z');
export const MINTED_AT = '2027-03-01T11:00:00Z';
export const INSTALLATION = '00112233445566778899aabbccddeeff';
export const OWNER = 'ApiKey/payments-config/checkout';
export const STAGING = 'payments-staging';
export const EU = 'payments-prod-eu';
export const US = 'payments-prod-us';

/** RFC 3339, `hours` after NOW. */
export function hoursFromNow(hours: number): string {
  return `${new Date(NOW.getTime() + hours * 3_600_000).toISOString().slice(0, 19)}Z`;
}

/** Hex SHA-256, as a SecretView holds values. */
export function digest(text: string): string {
  return hashToken(text).slice('sha256:'.length);
}

/** The keyed hash of a token that was imported, as SecretViews of these tests know it. @param digestOfToken Hex SHA-256. */
export function keyedHash(digestOfToken: string): string {
  return `hmac-sha256:pepper-1:${digestOfToken}`;
}

/** Is a stored hash, plain or keyed, that of the value with this digest? Of hashes of these tests. */
export function isHashOf(hash: string, digestOfValue: string | undefined): boolean {
  return digestOfValue !== undefined && (hash === `sha256:${digestOfValue}` || hash === keyedHash(digestOfValue));
}

/** What the token of a version is in these tests. */
function tokenOf(environment: string, version: number): string {
  return `token-${environment}-${version}`;
}

export function versionEntry(environment: string, version: number, changes: Partial<VersionEntry> = {}): VersionEntry {
  const keyId = `k${String(version).padStart(11, '0')}`;
  return {
    version,
    keyId,
    hash: hashToken(tokenOf(environment, version)),
    mask: `acme_sk_live_${keyId}_***`,
    cause: 'FirstIssue',
    createdAt: MINTED_AT,
    state: 'Current',
    stateSince: MINTED_AT,
    ...changes,
  };
}

export function held(namespace: string, changes: Partial<Place> = {}): Place {
  return { namespace, secretName: 'checkout', output: 'checkout', state: 'Held', since: MINTED_AT, ...changes };
}

export function owed(namespace: string, changes: Partial<Place> = {}): Place {
  return held(namespace, { state: 'Owed', ...changes });
}

/** Version 1 is current in both namespaces. */
export function productionEntry(changes: Partial<EnvironmentEntry> = {}): EnvironmentEntry {
  const versions = [versionEntry('production', 1)];
  return { name: 'production', state: 'Active', versions, places: [held(EU), held(US)], ...changes };
}

export function stagingEntry(changes: Partial<EnvironmentEntry> = {}): EnvironmentEntry {
  const versions = [versionEntry('staging', 1)];
  return { name: 'staging', state: 'Active', versions, places: [held(STAGING)], ...changes };
}

export function ledgerOf(changes: Partial<Ledger> = {}): Ledger {
  return {
    format: 1,
    ...checkout,
    type: 'Secret',
    sequence: 2,
    lastVersion: 1,
    phase: 'Active',
    createdAt: MINTED_AT,
    environments: [stagingEntry(), productionEntry()],
    ...changes,
  };
}

export function recordOf(
  ledger: Partial<Ledger> = {},
  changes: Partial<RecordFacts & { kind: 'Valid' }> = {},
): RecordFacts {
  const valid = {
    ledger: ledgerOf(ledger),
    sealed: [],
    sealedBy: undefined,
    resourceVersion: '10',
    withdrawOrder: undefined,
    acceptedSequence: undefined,
  };
  return { kind: 'Valid', ...valid, ...changes };
}

export function apiKeyOf(spec: Partial<ApiKeySpec> = {}, changes: Partial<ApiKey> = {}): ApiKey {
  return {
    apiVersion: 'keywright.dev/v1alpha1',
    kind: 'ApiKey',
    metadata: {
      name: checkout.name,
      namespace: checkout.namespace,
      uid: 'uid-key',
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: MINTED_AT,
      finalizers: [FINALIZER],
    },
    spec: {
      project: checkout.project,
      type: 'Secret',
      environments: [{ name: 'staging' }, { name: 'production' }],
      scopes: ['charges.read'],
      ...spec,
    },
    ...changes,
  };
}

export function keyProjectOf(spec: Partial<KeyProjectSpec> = {}, changes: Partial<KeyProject> = {}): KeyProject {
  return {
    apiVersion: 'keywright.dev/v1alpha1',
    kind: 'KeyProject',
    metadata: {
      name: checkout.project,
      uid: 'uid-project',
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: MINTED_AT,
      annotations: { [INSTALLATION_ANNOTATION]: INSTALLATION },
      finalizers: [FINALIZER],
    },
    spec: {
      company: 'acme',
      authorNamespaces: [checkout.namespace],
      tokenPrefix: 'acme',
      environments: [
        { name: 'staging', namespaces: [STAGING], tokenCode: 'test' },
        { name: 'production', namespaces: [EU, US], tokenCode: 'live' },
      ],
      policy: { scopes: ['charges.*'] },
      ...spec,
    },
    ...changes,
  };
}

/** Live namespaces, unless said otherwise; a name that maps to undefined does not exist. */
export function clusterOf(
  changes: Readonly<Record<string, Partial<KnownNamespace> | undefined>> = {},
): ReadonlyMap<string, KnownNamespace> {
  const all = { [STAGING]: {}, [EU]: {}, [US]: {}, ...changes };
  return new Map(
    Object.entries(all).flatMap(([name, change]): [string, KnownNamespace][] =>
      change === undefined ? [] : [[name, { name, terminating: false, labels: {}, ...change }]],
    ),
  );
}

export function projectFacts(
  project: KeyProject = keyProjectOf(),
  cluster: ReadonlyMap<string, KnownNamespace> = clusterOf(),
): ProjectFacts {
  return { kind: 'Ours', project, environments: mapEnvironments(project.spec.environments, cluster, 'operator') };
}

/** The Secret of a place just as the settled key wants it. */
export function wantedOf(place: Place, environment: string, version: VersionEntry, expiresAt?: string): WantedSecret {
  return wantedOpaqueSecret({ identity: checkout, company: 'acme' }, { place, environment, version, expiresAt });
}

/** A Secret that fits what is wanted. */
export function secretView(wanted: WantedSecret, changes: Partial<SecretView> = {}): SecretView {
  const { place, environment, version, keyId, type, labels, annotations, digests } = wanted;
  return {
    namespace: place.namespace,
    name: place.secretName,
    uid: `uid-${placeKey(place)}`,
    resourceVersion: '5',
    type,
    immutable: false,
    deleting: false,
    labels,
    annotations: { ...annotations, [PROOF_ANNOTATION]: 'mac-1.proof' },
    digests,
    foreignController: false,
    proof: { ...checkout, environment, version, keyId, sequence: 1, isIntact: true },
    hasFinalizers: false,
    otherDataKeys: 0,
    proves: () => false,
    isKeyedDigest: (digestOfToken, hash) => hash === keyedHash(digestOfToken),
    ...changes,
  };
}

/** Somebody else's Secret at a place. */
export function foreignSecret(
  place: Pick<Place, 'namespace' | 'secretName'>,
  changes: Partial<SecretView> = {},
): SecretView {
  return {
    namespace: place.namespace,
    name: place.secretName,
    uid: `uid-foreign-${placeKey(place)}`,
    resourceVersion: '5',
    type: 'Opaque',
    immutable: false,
    deleting: false,
    labels: {},
    annotations: {},
    digests: { token: digest('somebody else') },
    foreignController: false,
    hasFinalizers: false,
    otherDataKeys: 0,
    proof: undefined,
    proves: () => false,
    isKeyedDigest: (digestOfToken, hash) => hash === keyedHash(digestOfToken),
    ...changes,
  };
}

export function present(secret: SecretView, live = true): Observation {
  return { kind: 'Present', live, secret };
}

export const ABSENT: Observation = { kind: 'Absent', live: true };

/** Every held place of a ledger carries the current version of its environment. */
export function deliveredEverywhere(ledger: Ledger, live = true): ReadonlyMap<string, Observation> {
  const pairs = ledger.environments.flatMap((entry) => {
    const current = entry.versions.find(({ state }) => state === 'Current');
    if (current === undefined) return [];
    return entry.places.map((place): [string, Observation] => [
      placeKey(place),
      present(secretView(wantedOf(place, entry.name, current)), live),
    ]);
  });
  return new Map(pairs);
}

/** Facts of a declared ApiKey. */
export interface ApiKeyFacts extends JudgedFacts {
  readonly object: ApiKey;
}

/**
 * A key that is delivered and reported everywhere: staging in one namespace, production in two, version 1 in
 * both, nothing sealed, nothing due. Each test changes only what it is about; status stays as reported.
 */
export function settled(changes: Partial<DeclaredFacts> = {}): ApiKeyFacts {
  const facts: DeclaredFacts = {
    now: NOW,
    identity: checkout,
    rules: API_KEY_RULES,
    imports: new Map(),
    installation: 'Ready',
    project: projectFacts(),
    record: recordOf(),
    isLive: false,
    statusIsSigned: true,
    proven: [],
    provenSequence: 2,
    observations: deliveredEverywhere(ledgerOf(), false),
    claims: new Map(),
    otherKeysInProject: 0,
    recordsInProject: 0,
    kindIsTerminating: false,
    signLedger,
    believedStatus: undefined,
    object: apiKeyOf(),
  };
  return concluded({ ...reported(facts), ...changes });
}

/** The same facts with what follows from others of them. */
function concluded(facts: DeclaredFacts): ApiKeyFacts {
  const object = facts.object as ApiKey;
  return { ...judged({ ...facts, believedStatus: believedStatus(object.status) }), object };
}

/** The status that an ApiKey should have. */
export function apiKeyStatus(facts: JudgedFacts): ApiKeyStatus {
  return projectStatus(facts) as ApiKeyStatus;
}

/** The same facts after status was written. */
export function reported(facts: DeclaredFacts): ApiKeyFacts {
  return concluded({ ...facts, object: { ...facts.object, status: projectStatus(judged(facts)) } });
}

/** Observations with some places changed; undefined: nothing is known of the place. */
export function observing(
  facts: Pick<DeclaredFacts, 'observations'>,
  changes: Readonly<Record<string, Observation | undefined>>,
): ReadonlyMap<string, Observation> {
  const merged = new Map(facts.observations);
  for (const [key, observation] of Object.entries(changes)) {
    if (observation === undefined) merged.delete(key);
    else merged.set(key, observation);
  }
  return merged;
}

/** The facts of one environment of the settled key. */
export function environmentOf(
  name: string,
  facts: DeclaredFacts = settled(),
  changes: Partial<EnvironmentFacts> = {},
): EnvironmentFacts {
  const entry = entriesOf(facts).find((candidate) => candidate.name === name);
  const target = targetsOf(facts).find((candidate) => candidate.name === name);
  return { ...environmentFacts(facts, entry, target, true), ...changes };
}

/** The facts of an environment that the key's spec names. */
export function mintFactsOf(
  name: string,
  facts: DeclaredFacts = settled(),
  changes: Partial<MintFacts> = {},
): MintFacts {
  const { target, ...environment } = environmentOf(name, facts);
  if (target === undefined) throw new RangeError(`The spec does not name environment ${name}`);
  return { ...environment, target, ...changes };
}

import { ACCEPT_ROLLBACK_ANNOTATION } from '../../api/labels.ts';
import { maskToken } from '../../keys/mask.ts';
import type { EnvironmentEntry, Ledger, Place, VersionEntry } from '../../sealing/ledger.ts';
import type { MaterialRef } from '../../sealing/sealed-material.ts';
import { timestamp } from '../shared/environment-facts.ts';
import type { RecordChange, SealOrder } from '../shared/record-change.ts';
import { placeKey, type SecretView } from '../shared/secret-view.ts';
import { entriesOf, targetsOf, type DeclaredFacts } from './facts.ts';
import { outputTargets } from './spec.ts';
import type { Step } from './plan.ts';

/**
 * A record that is older than what status or Secrets prove (RecordRolledBack). Proven Secrets settle it:
 * their versions enter the ledger, and versions that no Secret carries are revoked. Where nothing proves
 * anything, an admin accepts the loss by annotation. Undefined: the key stays frozen.
 *
 * The counter moves to the proven sequence: every mint was a record write, so no version number beyond it was
 * ever given out.
 */
export function planSettlement(facts: DeclaredFacts): Step | undefined {
  // A namespace that cannot be read may hold the very version that would be revoked here.
  const unseen = [...facts.observations.values()].some(
    ({ kind }) => kind === 'Unreachable' || kind === 'NamespaceTerminating',
  );
  if (unseen) return undefined;
  if (facts.record.kind === 'Valid' && facts.record.ledger.namespace !== facts.identity.namespace) return undefined;
  const proven = facts.proven.filter((secret) => isSeenLive(facts, secret));
  const accepted = facts.object.metadata.annotations?.[ACCEPT_ROLLBACK_ANNOTATION] === String(facts.provenSequence);
  if (proven.length === 0 && !accepted) return undefined;
  if (!facts.isLive) return { kind: 'ConfirmLive' };
  return { kind: 'WriteRecord', change: settledRecord(facts, proven) };
}

function isSeenLive({ observations }: DeclaredFacts, secret: SecretView): boolean {
  const seen = observations.get(placeKey({ namespace: secret.namespace, secretName: secret.name }));
  return seen?.kind === 'Present' && seen.live && seen.secret.uid === secret.uid;
}

function settledRecord(facts: DeclaredFacts, proven: readonly SecretView[]): RecordChange {
  const known = entriesOf(facts);
  const names = new Set([...known.map(({ name }) => name), ...proven.flatMap(({ proof }) => proof?.environment ?? [])]);
  const environments = [...names].map((name) => {
    const entry = known.find((candidate) => candidate.name === name) ?? {
      name,
      state: 'Active',
      versions: [],
      places: [],
    };
    return settledEnvironment(
      facts,
      entry,
      proven.filter(({ proof }) => proof?.environment === name),
    );
  });
  const { project, kind, namespace, name } = facts.identity;
  const lastVersion = Math.max(
    facts.provenSequence,
    ...environments.flatMap(({ versions }) => versions.map(({ version }) => version)),
  );
  const ledger: Ledger = {
    format: 1,
    project,
    kind,
    name,
    namespace,
    type: facts.object.spec.type,
    sequence: facts.provenSequence + 1,
    lastVersion,
    phase: 'Active',
    createdAt: facts.object.status?.createdAt ?? timestamp(facts.now),
    environments,
  };
  return {
    ledger,
    mints: [],
    signing: [],
    seal: environments.flatMap((entry) => sealOrders(facts, entry)),
    drop: goneMaterial(facts, environments),
  };
}

function settledEnvironment(
  facts: DeclaredFacts,
  entry: EnvironmentEntry,
  proven: readonly SecretView[],
): EnvironmentEntry {
  const now = timestamp(facts.now);
  const carried = new Map(
    proven.flatMap((secret) => (secret.proof === undefined ? [] : [[secret.proof.version, secret] as const])),
  );
  const newest = Math.max(0, ...carried.keys());
  const added = [...carried]
    .filter(([version]) => !entry.versions.some((known) => known.version === version))
    .map(([version, secret]) => versionFrom(facts, entry.name, version, secret));
  const versions = [...added, ...entry.versions]
    .toSorted((one, other) => other.version - one.version)
    .map((version): VersionEntry => {
      const { retireAt: _over, ...rest } = version;
      if (version.version === newest)
        return { ...rest, state: 'Current', stateSince: version.state === 'Current' ? version.stateSince : now };
      if (version.state === 'Retired') return version;
      return { ...rest, state: 'Revoked', stateSince: now };
    });
  const { destroyAt: _window, ...base } = entry;
  return { ...base, state: 'Active', versions, places: settledPlaces(facts, entry, proven) };
}

function settledPlaces(facts: DeclaredFacts, entry: EnvironmentEntry, proven: readonly SecretView[]): readonly Place[] {
  const project = facts.project.kind === 'Ours' ? facts.project.project.spec : undefined;
  const outputs = outputTargets(facts.object.spec, facts.identity.name, project);
  const held = new Set(entry.places.map(placeKey));
  const found = proven
    .filter((secret) => !held.has(placeKey({ namespace: secret.namespace, secretName: secret.name })))
    .map((secret): Place => ({
      namespace: secret.namespace,
      secretName: secret.name,
      output: outputs.find(({ secretName }) => secretName === secret.name)?.name ?? facts.identity.name,
      state: 'Held',
      since: timestamp(facts.now),
    }));
  return [...entry.places, ...found];
}

/** What a Secret and the status together still tell of a version the record does not know. */
function versionFrom(facts: DeclaredFacts, environment: string, version: number, secret: SecretView): VersionEntry {
  const keyId = secret.proof?.keyId ?? '';
  const shown = facts.object.status?.environments
    ?.find(({ name }) => name === environment)
    ?.versions?.find((candidate) => candidate.keyId === keyId);
  const prefix = targetsOf(facts).find(({ name }) => name === environment)?.tokenPrefix ?? '';
  const signing = secret.digests['signing-secret'];
  const now = timestamp(facts.now);
  return {
    version,
    keyId,
    hash: `sha256:${secret.digests['token'] ?? ''}`,
    mask: shown?.maskedToken ?? maskToken({ prefix, keyId }),
    ...(signing === undefined
      ? {}
      : { signingSecret: { id: shown?.signingSecretId ?? `whs_${keyId}`, hash: `sha256:${signing}` } }),
    cause: 'FirstIssue',
    createdAt: shown?.createdAt ?? now,
    state: 'Current',
    stateSince: now,
  };
}

/** Signing secrets stay sealed; the rolled-back record may lack them, the proven Secrets have them. */
function sealOrders({ record }: DeclaredFacts, entry: EnvironmentEntry): readonly SealOrder[] {
  return entry.versions
    .filter(({ state, signingSecret }) => state === 'Current' && signingSecret !== undefined)
    .map((version): SealOrder => ({
      environment: entry.name,
      version: version.version,
      field: 'signingSecret',
      hash: version.signingSecret?.hash ?? '',
      places: entry.places,
    }))
    .filter((order) => record.kind !== 'Valid' || !record.sealed.some((ref) => isSame(ref, order)));
}

/** Sealed material of versions that settled as revoked. */
function goneMaterial({ record }: DeclaredFacts, environments: readonly EnvironmentEntry[]): readonly MaterialRef[] {
  if (record.kind !== 'Valid') return [];
  return record.sealed.filter((ref) => {
    const version = environments
      .find(({ name }) => name === ref.environment)
      ?.versions.find((known) => known.version === ref.version);
    return version?.state === 'Revoked';
  });
}

function isSame(one: MaterialRef, other: MaterialRef): boolean {
  return one.environment === other.environment && one.version === other.version && one.field === other.field;
}

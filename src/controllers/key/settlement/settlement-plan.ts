import type { KeyObject } from '../../../api/key-object.ts';
import { ACCEPT_ROLLBACK_ANNOTATION } from '../../../api/labels.ts';
import {
  TRIGGERS_KEPT,
  isSameVersion,
  type EnvironmentEntry,
  type Ledger,
  type Place,
  type VersionEntry,
} from '../../../sealing/ledger.ts';
import { revokedThrough } from '../../../sealing/revoked-versions.ts';
import { isSameMaterial, type MaterialRef } from '../../../sealing/sealed-material.ts';
import { timestamp } from '../../planning/environment-facts.ts';
import { withinBounds } from '../../planning/ledger-bounds.ts';
import type { RecordChange, SealOrder } from '../../planning/record-change.ts';
import { placeKey, type SecretView } from '../../planning/secret-view.ts';
import { entriesOf } from '../../planning/key-facts.ts';
import { carriedRevocation, rememberedRevocation } from './carried-revocation.ts';
import { carriedVersions, retiringVersions } from './settlement-evidence.ts';
import { presentTriggers } from '../spec.ts';
import type { Step } from '../step.ts';
import { secretOfUnknownVersion } from './unknown-version.ts';
import type { KeyObjectFacts } from '../../planning/key-rules.ts';

/**
 * A record that is older than what status or Secrets prove (RecordRolledBack). Proven Secrets settle it:
 * their versions enter the ledger, and versions that no Secret carries are revoked. Where nothing proves
 * anything, or what they prove is unknown to a believed status, an admin accepts the loss by annotation. Undefined: the
 * key stays frozen. A key that is being deleted waits for neither: what is not seen now is withdrawn when it is. A
 * retained one is let go instead where that would give up what is out there, and the record stays as it is.
 *
 * Without its object only the annotation settles a record. Its older ledger may be a tombstone of an earlier life of
 * the key, so neither the Secrets it owes nor the material it wants destroyed may go on its word. Settled, it is an
 * orphan: everything delivered stays until the key is applied again, or an admin orders its withdrawal.
 *
 * The counter moves to the proven sequence: every mint was a record write, so no version number beyond it was
 * ever given out.
 */
export function planSettlement(facts: KeyObjectFacts): Step | undefined {
  const { record, identity } = facts;
  if (record.kind === 'Valid' && record.ledger.namespace !== identity.namespace) return undefined;
  const proven = facts.proven.filter((secret) => isSeenLive(facts, secret));
  if (!maySettle(facts, proven)) return undefined;
  if (!facts.isLive) return { kind: 'ConfirmLive' };
  return { kind: 'WriteRecord', change: settledRecord(facts, proven) };
}

function maySettle(facts: KeyObjectFacts, proven: readonly SecretView[]): boolean {
  const { object } = facts;
  if (object?.metadata.deletionTimestamp !== undefined) return !isRetained(facts, object);
  if (isAnyUnseen(facts)) return false;
  if (isLossAccepted(facts)) return true;
  return object !== undefined && proven.length > 0 && secretOfUnknownVersion(facts) === undefined;
}

/** Is something retained that settling would give up? Not if nothing is in force, or a revocation would be forgotten. */
function isRetained(facts: KeyObjectFacts, { spec }: KeyObject): boolean {
  if (spec.deletionPolicy !== 'Retain') return false;
  const isUncertain = isAnyUnseen(facts) || (secretOfUnknownVersion(facts) !== undefined && !isLossAccepted(facts));
  const through = revokedThrough(carriedRevocation(facts));
  const remembered = revokedThrough(rememberedRevocation(facts.record));
  return isUncertain && through === remembered && through !== Number.POSITIVE_INFINITY;
}

/** A namespace that cannot be read may hold the very version that would be revoked here. */
function isAnyUnseen({ observations }: KeyObjectFacts): boolean {
  return [...observations.values()].some(({ kind }) => kind === 'Unreachable' || kind === 'NamespaceTerminating');
}

function isLossAccepted({ object, record, provenSequence }: KeyObjectFacts): boolean {
  const onRecord = record.kind === 'Valid' ? record.acceptedSequence : undefined;
  const accepted = object === undefined ? onRecord : object.metadata.annotations?.[ACCEPT_ROLLBACK_ANNOTATION];
  return accepted === String(provenSequence);
}

function isSeenLive({ observations }: KeyObjectFacts, secret: SecretView): boolean {
  const seen = observations.get(placeKey({ namespace: secret.namespace, secretName: secret.name }));
  return seen?.kind === 'Present' && seen.live && seen.secret.uid === secret.uid;
}

function settledRecord(facts: KeyObjectFacts, proven: readonly SecretView[]): RecordChange {
  const known = entriesOf(facts);
  const names = new Set([...known.map(({ name }) => name), ...proven.flatMap(({ proof }) => proof?.environment ?? [])]);
  const environments = [...names].map((name) => {
    const entry = known.find((candidate) => candidate.name === name) ?? newEntry(name);
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
    ...origin(facts),
    ...carriedOn(facts),
    sequence: facts.provenSequence + 1,
    lastVersion,
    phase: 'Active',
    environments,
  };
  const seal = environments.flatMap((entry) => sealOrders(facts, entry));
  const drop = goneMaterial(facts, environments);
  return { ledger: withinBounds(ledger), mints: [], signing: [], seal, drop, settles: true };
}

/** What was ordered stays ordered; what asks for a rotation now may have been followed since. */
function carriedOn(facts: KeyObjectFacts): Pick<Ledger, 'triggers' | 'revocation' | 'revokedMarks'> {
  const { record, object } = facts;
  const { triggers = [], revokedMarks }: Partial<Ledger> = record.kind === 'Valid' ? record.ledger : {};
  const revocation = carriedRevocation(facts);
  const present = object === undefined ? [] : presentTriggers(object);
  const all = [...new Set([...present, ...triggers])].slice(0, TRIGGERS_KEPT);
  return {
    ...(all.length > 0 && { triggers: all }),
    ...(revocation !== undefined && { revocation }),
    ...(revokedMarks !== undefined && { revokedMarks }),
  };
}

function newEntry(name: string): EnvironmentEntry {
  return { name, state: 'Active', versions: [], places: [] };
}

/** An older record still tells when the key was first issued and as what; without one, status and spec have to. */
function origin({ record, object, now, believedStatus }: KeyObjectFacts): Pick<Ledger, 'type' | 'createdAt'> {
  if (record.kind === 'Valid') return { type: record.ledger.type, createdAt: record.ledger.createdAt };
  if (object === undefined) throw new TypeError('Cannot settle what neither a record nor an object tells of');
  return { type: object.spec.type, createdAt: believedStatus?.createdAt ?? timestamp(now) };
}

/**
 * The newest version that a Secret carries is current. Of the others, one in its overlap keeps it, and those that were
 * still live are revoked.
 */
function settledEnvironment(
  facts: KeyObjectFacts,
  entry: EnvironmentEntry,
  proven: readonly SecretView[],
): EnvironmentEntry {
  const now = timestamp(facts.now);
  const carried = carriedVersions(facts, entry, proven);
  const newest = Math.max(0, ...carried.map(({ version }) => version));
  const retiring = retiringVersions(facts, entry, proven).filter(({ version }) => version < newest);
  // One that a Secret still carries in its overlap is in both.
  const inForce = carried.filter(({ version }) => !retiring.some((one) => one.version === version));
  const added = [...inForce, ...retiring].filter(
    ({ version }) => !entry.versions.some((known) => known.version === version),
  );
  const versions = [...added, ...entry.versions]
    .toSorted((one, other) => other.version - one.version)
    .map((version): VersionEntry => {
      if (version.state === 'Retired' || version.state === 'Revoked') return version;
      const superseded = retiring.find((one) => one.version === version.version);
      if (superseded !== undefined) return superseded;
      const { retireAt: _over, ...rest } = version;
      if (version.version !== newest) return { ...rest, state: 'Revoked', stateSince: now };
      return { ...rest, state: 'Current', stateSince: version.state === 'Current' ? version.stateSince : now };
    });
  const { destroyAt: _window, rotationOwed: _since, ...base } = entry;
  return {
    ...base,
    state: 'Active',
    versions,
    places: settledPlaces(facts, entry, proven),
    ...(owesRotation(facts, entry, versions) && { rotationOwed: true }),
  };
}

/**
 * What got a version since owes nothing. What did not has not followed an order either that the record has never heard
 * of: others may have, so that nobody will follow it any more.
 */
function owesRotation(facts: KeyObjectFacts, entry: EnvironmentEntry, versions: readonly VersionEntry[]): boolean {
  const current = versions.find(({ state }) => state === 'Current');
  if (current === undefined) return entry.rotationOwed === true;
  if (!entry.versions.some((known) => isSameVersion(known, current))) return false;
  return entry.rotationOwed === true || (isOrderMissed(facts) && !facts.imports.has(entry.name));
}

function isOrderMissed({ record, object }: KeyObjectFacts): boolean {
  if (record.kind !== 'Valid' || object === undefined) return false;
  const { triggers = [] } = record.ledger;
  return presentTriggers(object).some((trigger) => !triggers.includes(trigger));
}

function settledPlaces(
  facts: KeyObjectFacts,
  entry: EnvironmentEntry,
  proven: readonly SecretView[],
): readonly Place[] {
  const project = facts.project.kind === 'Ours' ? facts.project.project.spec : undefined;
  const { object, identity, rules } = facts;
  const outputs = object === undefined ? [] : rules.outputs(object, project);
  const held = new Set(entry.places.map(placeKey));
  const found = proven
    .filter((secret) => !held.has(placeKey({ namespace: secret.namespace, secretName: secret.name })))
    .map((secret): Place => ({
      namespace: secret.namespace,
      secretName: secret.name,
      output: outputs.find(({ secretName }) => secretName === secret.name)?.name ?? identity.name,
      state: 'Held',
      since: timestamp(facts.now),
    }));
  return [...entry.places, ...found];
}

/** Signing secrets stay sealed; the rolled-back record may lack them, the proven Secrets have them. A deletion waits for none. */
function sealOrders({ record, object }: KeyObjectFacts, entry: EnvironmentEntry): readonly SealOrder[] {
  return entry.versions
    .filter(({ state, signingSecret }) => state === 'Current' && signingSecret !== undefined)
    .map((version): SealOrder => ({
      environment: entry.name,
      version: version.version,
      field: 'signingSecret',
      hash: version.signingSecret?.hash ?? '',
      places: entry.places,
      ...(object?.metadata.deletionTimestamp === undefined && { isAwaited: true }),
    }))
    .filter((order) => record.kind !== 'Valid' || !record.sealed.some((ref) => isSameMaterial(ref, order)));
}

/** Sealed material of versions that settled as revoked. */
function goneMaterial({ record }: KeyObjectFacts, environments: readonly EnvironmentEntry[]): readonly MaterialRef[] {
  if (record.kind !== 'Valid') return [];
  return record.sealed.filter((ref) => {
    const version = environments
      .find(({ name }) => name === ref.environment)
      ?.versions.find((known) => known.version === ref.version);
    return version?.state === 'Revoked';
  });
}

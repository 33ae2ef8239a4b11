import type { EnvironmentEntry, Place } from '../../sealing/ledger.ts';
import { carriesMaterial, currentVersion, isPast, timestampAfter, type EnvironmentFacts } from './environment-facts.ts';
import { isImportedFrom, isOfUnknownSource } from './import-facts.ts';
import { isImportLost, isLost, isRestorable, mintCauses, mintGuards, type MintFacts } from './mint-checks.ts';
import { placeAt } from './place-index.ts';
import { planPlaces, wantedPlaces } from './places-plan.ts';
import { MATERIAL_FIELDS, type MaterialRef } from '../../sealing/sealed-material.ts';
import { sealBeforeRecreation } from './recreation.ts';
import type { EnvironmentEdit } from './record-change.ts';
import { isRevokedOut } from './revocation.ts';
import { oweRotation, withoutPaidDebt } from './rotation-debt.ts';
import { placeKey } from './secret-view.ts';
import { planSigningSecret } from './signing-plan.ts';
import { isRefused } from './targets.ts';
import { isDead, retireAll, supersede } from './version-states.ts';

/**
 * What has to change in the ledger entry of one environment before any Secret may be touched. Pure; planning
 * on the result of acting changes nothing more.
 */
export function planEnvironment(facts: EnvironmentFacts): EnvironmentEdit {
  return oweRotation(facts, planWanted(withoutPaidDebt(facts)));
}

function planWanted(facts: EnvironmentFacts): EnvironmentEdit {
  const { entry, target } = facts;
  if (target === undefined || target.expired || mapsNowhere(target)) {
    return entry?.state === 'Active' ? withdraw(facts, entry) : sealOrDestroy(facts, entry);
  }
  const withTarget: MintFacts = { ...facts, target };
  if (entry?.state === 'Withdrawn') return resume(withTarget, entry);
  return keepDelivered(withTarget);
}

/** Every namespace left the environment. One that is missing or terminating has not: the project still names it. */
function mapsNowhere({ namespaces }: MintFacts['target']): boolean {
  return namespaces.every(({ state }) => isRefused(state));
}

/**
 * Takes an environment away: its places become owed and its current token waits sealed for the recovery
 * window. Used for one that the spec dropped, that expired or that every namespace left, and for every one of a
 * deleted key.
 */
export function withdraw(facts: EnvironmentFacts, entry: EnvironmentEntry): EnvironmentEdit {
  const version = currentVersion(entry);
  const window = facts.recoveryWindowMs;
  const owed = entry.places.map((place) => (place.state === 'Owed' ? place : ({ ...place, state: 'Owed' } as const)));
  const withdrawn: EnvironmentEntry = { ...entry, state: 'Withdrawn', places: owed };
  if (window === 0 || version === undefined) {
    return { entry: retireAll(withdrawn, facts.now), drop: sealedRefs(facts, entry), needsLive: true };
  }
  const ref: MaterialRef = { environment: entry.name, version: version.version, field: facts.materialField };
  const edit: EnvironmentEdit = {
    entry: { ...withdrawn, destroyAt: timestampAfter(facts.now, window) },
    needsLive: true,
  };
  // What is rendered is always sealed, and a Secret could not give it back as it was.
  if (facts.isSealed(ref) || facts.materialField !== 'token') return edit;
  return { ...edit, seal: { ...ref, field: 'token', hash: version.hash, places: entry.places } };
}

/**
 * What is due of an environment whether or not it is wanted: withdrawn material is destroyed when its window is
 * over, and what is about to leave is sealed. The entry stays: its version numbers must not come back.
 */
export function sealOrDestroy(facts: EnvironmentFacts, entry: EnvironmentEntry | undefined): EnvironmentEdit {
  if (entry === undefined) return { entry };
  if (!isPast(entry.destroyAt, facts.now)) return { entry, ...sealLastCopy(facts, entry) };
  const { destroyAt: _over, ...rest } = entry;
  return { entry: retireAll(rest, facts.now), drop: sealedRefs(facts, entry) };
}

/** The environment is wanted again: the same versions inside the window, a new one after it or if the key rotated meanwhile. */
function resume(facts: MintFacts, entry: EnvironmentEntry): EnvironmentEdit {
  if (facts.target.suspended) return sealOrDestroy(facts, entry);
  const mayReturn = entry.rotationOwed !== true || hasNoSource(facts);
  if (mayReturn && isRestorable(facts, entry)) {
    const { destroyAt: _open, ...rest } = entry;
    const active: EnvironmentEntry = { ...rest, state: 'Active' };
    return { ...planActive(facts, active), needsLive: true };
  }
  if (mayReturn && mayBeUnseen(facts, entry)) return sealOrDestroy(facts, entry);
  const { destroyAt: _over, ...rest } = entry;
  const fresh = { ...retireAll(rest, facts.now), state: 'Active' } as const;
  const edit = mintIfDue(facts, fresh);
  return edit === undefined ? sealOrDestroy(facts, entry) : { ...edit, drop: sealedRefs(facts, entry) };
}

/** What it owes waits for a good source: until there is one it has what it had, as if it had never been away. */
function hasNoSource({ imported }: MintFacts): boolean {
  return imported?.kind === 'Missing' || imported?.kind === 'Refused';
}

/** Inside its window, may a place that gave no answer hold what nothing else has? A new version would retire it. */
function mayBeUnseen(facts: MintFacts, entry: EnvironmentEntry): boolean {
  const version = currentVersion(entry);
  if (version === undefined || entry.destroyAt === undefined || isPast(entry.destroyAt, facts.now)) return false;
  return !isLost(facts, entry, version);
}

function keepDelivered(facts: MintFacts): EnvironmentEdit {
  const { entry } = facts;
  const minted = mintIfDue(facts, entry);
  if (minted !== undefined) return minted;
  if (entry === undefined) return { entry };
  return isRevokedOut(entry, facts.revokedThrough) ? giveUpPlaces(entry) : planActive(facts, entry);
}

/** Without a version in force there is nothing to deliver: what is out there goes. */
export function giveUpPlaces(entry: EnvironmentEntry): EnvironmentEdit {
  if (entry.places.every(({ state }) => state === 'Owed')) return { entry };
  return { entry: { ...entry, places: entry.places.map((place) => ({ ...place, state: 'Owed' })) }, needsLive: true };
}

/** Guards before causes: undefined when nothing may or need be minted. */
function mintIfDue(facts: MintFacts, entry: EnvironmentEntry | undefined): EnvironmentEdit | undefined {
  const asked: MintFacts = { ...facts, entry };
  if (mintGuards.some((holds) => holds(asked))) return undefined;
  const cause = mintCauses.find(({ holds }) => holds(asked))?.cause;
  if (cause === undefined) return undefined;
  const { rotationOwed: _done, ...base }: EnvironmentEntry = entry ?? {
    name: facts.target.name,
    state: 'Active',
    versions: [],
    places: [],
  };
  const superseded = { ...base, versions: supersede(facts, base.versions) };
  const { places } = planPlaces(asked, superseded, facts.target);
  if (
    !wantedPlaces(facts, facts.target).some(({ namespace, output }) =>
      isHeld({ ...base, places }, namespace, output.secretName),
    )
  ) {
    return undefined;
  }
  const drop = sealedRefs(facts, base).filter((ref) => isDead(superseded, ref.version));
  return {
    entry: { ...superseded, places },
    ...(drop.length === 0 ? {} : { drop }),
    ...sealSuperseded(facts, base),
    mint: { cause, material: facts.newMaterial(facts.target) },
    // A namespace that is going takes its Secrets along; a cache may not have heard of it yet.
    needsLive: cause === 'MaterialLost',
  };
}

/**
 * The version that is superseded is delivered beside its successor, and what is delivered comes from the record: a
 * token that was dropped from it is sealed again. One that no Secret gives back goes without. A place that gave this
 * pass no answer is asked after all others.
 */
function sealSuperseded(facts: MintFacts, entry: EnvironmentEntry): Pick<EnvironmentEdit, 'seal'> {
  const version = currentVersion(entry);
  if (version === undefined || facts.materialField !== 'token' || facts.overlapMs === 0) return {};
  const ref = { environment: entry.name, version: version.version, field: facts.materialField };
  const carriers = entry.places.filter((place) => carriesMaterial(facts.observe(place), version));
  const unread = entry.places.filter((place) => facts.observe(place)?.kind === 'Unreachable');
  const places = [...carriers, ...unread];
  if (facts.isSealed(ref) || places.length === 0) return {};
  return { seal: { ...ref, hash: version.hash, places, isAwaited: true } };
}

function planActive(facts: MintFacts, entry: EnvironmentEntry): EnvironmentEdit {
  const { signing, drop, entry: signed } = planSigningSecret(facts, withSource(facts, entry));
  const { places, needsLive } = planPlaces(facts, signed, facts.target);
  const isSigningSecretLost = signing?.cause === 'MaterialLost';
  const next = places === signed.places ? signed : { ...signed, places };
  return {
    entry: next,
    ...(signing === undefined ? {} : { signing }),
    ...sealBeforeRecreation(facts, next),
    ...sealLastCopy(facts, next),
    ...sealFromSource(facts, next),
    ...(drop.length === 0 ? {} : { drop }),
    needsLive: needsLive || isSigningSecretLost,
  };
}

/**
 * Seals a token before its last Secret goes with a place that is owed: the environment may be wanted again, or
 * another namespace still waits for the token. Only live looks count, at owed places and at those that stay.
 */
function sealLastCopy(facts: EnvironmentFacts, entry: EnvironmentEntry): Pick<EnvironmentEdit, 'seal'> {
  const version = currentVersion(entry);
  if (version === undefined) return {};
  const ref: MaterialRef = { environment: entry.name, version: version.version, field: facts.materialField };
  const live = new Set(facts.target?.namespaces.flatMap(({ name, state }) => (state === 'Live' ? [name] : [])));
  const staying = entry.places.filter(({ state, namespace }) => state === 'Held' && live.has(namespace));
  const isWanted = staying.length > 0 || entry.destroyAt !== undefined || facts.recoveryWindowMs > 0;
  if (!isWanted || facts.isSealed(ref) || facts.materialField !== 'token') return {};
  const carries = (place: Place): boolean => {
    const seen = facts.observe(place);
    return seen?.kind === 'Present' && seen.live && carriesMaterial(seen, version);
  };
  const leaving = entry.places.filter((place) => place.state === 'Owed' && carries(place));
  if (leaving.length === 0 || staying.some(carries)) return {};
  return { seal: { ...ref, field: 'token', hash: version.hash, places: leaving, isSeen: true } };
}

/** An imported token that nobody has any more comes back from its source, as the same version, if that still holds it. */
function sealFromSource(facts: MintFacts, entry: EnvironmentEntry): Pick<EnvironmentEdit, 'seal'> {
  const { imported, target } = facts;
  const version = currentVersion(entry);
  if (version === undefined || target.suspended || imported?.kind !== 'Read' || imported.sourceHash !== version.hash) {
    return {};
  }
  if (!isImportLost(facts, entry, version)) return {};
  const ref = { environment: entry.name, version: version.version, field: 'token' } as const;
  return { seal: { ...ref, hash: version.hash, places: [], isReimported: true } };
}

/** A version that a settled record was told of by status is known by its material; from here on by its source as well. */
function withSource({ imported }: MintFacts, entry: EnvironmentEntry): EnvironmentEntry {
  const current = currentVersion(entry);
  if (current === undefined || !isOfUnknownSource(current)) return entry;
  if (imported?.kind !== 'Read' || !isImportedFrom(current, imported)) return entry;
  const versions = entry.versions.map((version) =>
    version === current && version.crypto !== undefined
      ? { ...version, crypto: { ...version.crypto, source: imported.sourceHash } }
      : version,
  );
  return { ...entry, versions };
}

function isHeld({ places }: EnvironmentEntry, namespace: string, secretName: string): boolean {
  return placeAt(places, placeKey({ namespace, secretName }))?.state === 'Held';
}

/** Everything of the environment that is sealed now. */
function sealedRefs(facts: EnvironmentFacts, entry: EnvironmentEntry): readonly MaterialRef[] {
  return entry.versions
    .flatMap(({ version }) =>
      MATERIAL_FIELDS.map((field): MaterialRef => ({ environment: entry.name, version, field })),
    )
    .filter(facts.isSealed);
}

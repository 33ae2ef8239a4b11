import type { EnvironmentEntry, SigningSecretEntry, VersionEntry } from '../../sealing/ledger.ts';
import { currentVersion, isPast, timestampAfter, type EnvironmentFacts } from './environment-facts.ts';
import type { MaterialRef } from '../../sealing/sealed-material.ts';
import { isSigningSecretLost } from './mint-checks.ts';
import type { SigningOrder } from './record-change.ts';

export interface SigningEdit {
  /** The same reference as before when nothing changes. */
  readonly entry: EnvironmentEntry;
  readonly signing: SigningOrder | undefined;
  readonly drop: readonly MaterialRef[];
}

/**
 * A signing secret belongs to a version. A suspended environment takes none and gives none up.
 * - Asked for: minted for the current version when it has none, or when its bytes are lost, and minting is allowed;
 *   under a new id, as the version and its token stay as they are.
 * - No longer asked for: it waits sealed for the recovery window; asked for again inside it, it is the same.
 * - The version that is superseded goes along with both, but is never given another one.
 */
export function planSigningSecret(facts: EnvironmentFacts, entry: EnvironmentEntry): SigningEdit {
  const version = currentVersion(entry);
  if (version === undefined) return { entry, signing: undefined, drop: [] };
  const current = facts.wantsSigningSecret ? give(facts, entry, version) : takeAway(facts, entry, version);
  const superseded = planSuperseded(facts, current.entry);
  return { ...current, entry: superseded.entry, drop: [...current.drop, ...superseded.drop] };
}

function planSuperseded(facts: EnvironmentFacts, entry: EnvironmentEntry): SigningEdit {
  const version = entry.versions.find(({ state }) => state === 'Retiring');
  const secret = version?.signingSecret;
  if (version === undefined || secret === undefined) return { entry, signing: undefined, drop: [] };
  if (!facts.wantsSigningSecret) return takeAway(facts, entry, version);
  return isPast(secret.destroyAt, facts.now) ? forget(entry, version) : restore(facts, entry, version, secret);
}

function give(facts: EnvironmentFacts, entry: EnvironmentEntry, version: VersionEntry): SigningEdit {
  const secret = version.signingSecret;
  const isOver = isPast(secret?.destroyAt, facts.now);
  const isLost = !isOver && isSigningSecretLost(facts, entry, version);
  if (secret !== undefined && !isOver && !isLost) return restore(facts, entry, version, secret);
  if (facts.mayMint && facts.target?.suspended !== true) {
    // No back-off as for tokens: the new one is sealed by the same write and stays so.
    const cause = isLost ? 'MaterialLost' : 'FirstIssue';
    const signing: SigningOrder = { environment: entry.name, version: version.version, cause };
    return { entry: withSigning(entry, version, undefined), signing, drop: [] };
  }
  return isOver ? forget(entry, version) : { entry, signing: undefined, drop: [] };
}

/** Inside the window it is the same one again. */
function restore(
  facts: EnvironmentFacts,
  entry: EnvironmentEntry,
  version: VersionEntry,
  { destroyAt, ...kept }: SigningSecretEntry,
): SigningEdit {
  const isThere = destroyAt === undefined || facts.target?.suspended === true;
  return { entry: isThere ? entry : withSigning(entry, version, kept), signing: undefined, drop: [] };
}

function takeAway(facts: EnvironmentFacts, entry: EnvironmentEntry, version: VersionEntry): SigningEdit {
  const secret = version.signingSecret;
  const unchanged: SigningEdit = { entry, signing: undefined, drop: [] };
  if (secret === undefined) return unchanged;
  if (isPast(secret.destroyAt, facts.now)) return forget(entry, version);
  if (secret.destroyAt !== undefined || facts.target?.suspended === true) return unchanged;
  if (facts.recoveryWindowMs === 0) return forget(entry, version);
  const destroyAt = timestampAfter(facts.now, facts.recoveryWindowMs);
  return { ...unchanged, entry: withSigning(entry, version, { ...secret, destroyAt }) };
}

function forget(entry: EnvironmentEntry, version: VersionEntry): SigningEdit {
  const ref: MaterialRef = { environment: entry.name, version: version.version, field: 'signingSecret' };
  return { entry: withSigning(entry, version, undefined), signing: undefined, drop: [ref] };
}

function withSigning(
  entry: EnvironmentEntry,
  version: VersionEntry,
  secret: VersionEntry['signingSecret'],
): EnvironmentEntry {
  const { signingSecret: _before, ...rest } = version;
  const next: VersionEntry = secret === undefined ? rest : { ...rest, signingSecret: secret };
  return { ...entry, versions: entry.versions.map((known) => (known === version ? next : known)) };
}

import type { EnvironmentEntry, VersionEntry } from '../../sealing/ledger.ts';
import { currentVersion, isPast, timestampAfter, type EnvironmentFacts } from './environment-facts.ts';
import type { MaterialRef } from '../../sealing/sealed-material.ts';
import type { SigningOrder } from './record-change.ts';

export interface SigningEdit {
  /** The same reference as before when nothing changes. */
  readonly entry: EnvironmentEntry;
  readonly signing: SigningOrder | undefined;
  readonly drop: readonly MaterialRef[];
}

/**
 * A signing secret belongs to a version. Asked for: minted for the current version when it has none.
 * No longer asked for: it waits sealed for the recovery window; asked for again inside it, it is the same.
 */
export function planSigningSecret(facts: EnvironmentFacts, entry: EnvironmentEntry): SigningEdit {
  const version = currentVersion(entry);
  const unchanged: SigningEdit = { entry, signing: undefined, drop: [] };
  if (version === undefined) return unchanged;
  const secret = version.signingSecret;
  const ref: MaterialRef = { environment: entry.name, version: version.version, field: 'signingSecret' };
  const isOver = isPast(secret?.destroyAt, facts.now);

  if (facts.wantsSigningSecret) {
    if (secret === undefined || isOver) {
      return {
        entry: withSigning(entry, version, undefined),
        signing: { environment: entry.name, version: version.version },
        drop: [],
      };
    }
    if (secret.destroyAt === undefined) return unchanged;
    return { ...unchanged, entry: withSigning(entry, version, { id: secret.id, hash: secret.hash }) };
  }
  if (secret === undefined) return unchanged;
  if (isOver || (secret.destroyAt === undefined && facts.recoveryWindowMs === 0)) {
    return { entry: withSigning(entry, version, undefined), signing: undefined, drop: [ref] };
  }
  if (secret.destroyAt !== undefined) return unchanged;
  const destroyAt = timestampAfter(facts.now, facts.recoveryWindowMs);
  return { ...unchanged, entry: withSigning(entry, version, { ...secret, destroyAt }) };
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

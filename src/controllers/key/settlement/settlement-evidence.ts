import { OPAQUE_KEYS } from '../../../delivery/opaque.ts';
import { PREVIOUS_PREFIX } from '../../../delivery/previous.ts';
import type { KeyVersionStatus } from '../../../api/key-object.ts';
import { hashOfDigest } from '../../../keys/hash.ts';
import {
  isLiveVersion,
  isSameVersion,
  type EnvironmentEntry,
  type SigningSecretEntry,
  type VersionEntry,
} from '../../../sealing/ledger.ts';
import { isImportedToken } from '../../../sealing/token-hash.ts';
import { holds, timestamp } from '../../planning/environment-facts.ts';
import type { SecretView } from '../../planning/secret-view.ts';
import type { VersionMaterial, KeyObjectFacts } from '../../planning/key-rules.ts';
import { targetsOf } from '../facts.ts';

/**
 * Versions that proven Secrets carry and that may be used on: the ledger's own entry where it knows the version,
 * else one rebuilt from what status or Secrets tell. A version that ledger or status gave up is none.
 */
export function carriedVersions(
  facts: KeyObjectFacts,
  entry: EnvironmentEntry,
  proven: readonly SecretView[],
): readonly VersionEntry[] {
  const numbers = new Set(proven.flatMap(({ proof }) => proof?.version ?? []));
  return [...numbers].flatMap((number) => {
    const known = entry.versions.find(({ version }) => version === number);
    const carriers = newestFirst(proven.filter(({ proof }) => proof?.version === number));
    if (known === undefined) return rebuiltVersion(facts, entry, carriers) ?? [];
    const isCarried = carriers.some(({ proof }) => proof?.keyId === known.keyId) && !isGivenUp(facts, entry, known);
    return isCarried ? [known] : [];
  });
}

/**
 * Versions in their overlap, which consumers hold until its end: those that a believed status shows in it; without one,
 * those of the ledger whose token an unedited Secret carries beside its own.
 */
export function retiringVersions(
  facts: KeyObjectFacts,
  entry: EnvironmentEntry,
  proven: readonly SecretView[],
): readonly VersionEntry[] {
  if (facts.believedStatus === undefined)
    return entry.versions.filter(isLiveVersion).filter(isBeside(proven)).map(retiring);
  const shown = facts.believedStatus.environments?.find(({ name }) => name === entry.name)?.versions ?? [];
  return shown.flatMap((one) => {
    if (one.state !== 'Retiring') return [];
    const known = entry.versions.find((version) => isSameVersion(version, one));
    const { version, keyId, createdAt, retireAt, stateSince } = one;
    const base =
      known ??
      currentEntry(facts, {
        version,
        keyId,
        ...facts.rules.settlement.fromStatus(one),
        createdAt,
        signingSecret: undefined,
      });
    const { retireAt: _stored, ...rest } = base;
    return [
      {
        ...retiring(rest),
        ...(retireAt !== undefined && { retireAt }),
        ...inStateSince(stateSince),
      },
    ];
  });
}

function isBeside(proven: readonly SecretView[]): (version: VersionEntry) => boolean {
  const key = `${PREVIOUS_PREFIX}${OPAQUE_KEYS.token}`;
  return ({ hash }) => proven.some((secret) => secret.proof?.isIntact === true && holds(secret, key, hash));
}

function retiring(version: VersionEntry): VersionEntry {
  return { ...version, state: 'Retiring' };
}

function newestFirst(secrets: readonly SecretView[]): readonly SecretView[] {
  return secrets.toSorted((one, other) => (other.proof?.sequence ?? 0) - (one.proof?.sequence ?? 0));
}

function isGivenUp(facts: KeyObjectFacts, entry: EnvironmentEntry, version: VersionEntry): boolean {
  return !isLiveVersion(version) || shownVersion(facts, entry.name, version)?.state === 'Revoked';
}

/**
 * Whoever may edit a Secret may change its bytes, or put back ones that we delivered long ago. So a believed status
 * decides: it shows every version in force, and one that it does not show is none. Where no status is believed, the
 * bytes of a Secret count if its proof covers them.
 *
 * @param carriers Secrets whose proofs name the same version, newest first.
 */
function rebuiltVersion(
  facts: KeyObjectFacts,
  entry: EnvironmentEntry,
  carriers: readonly SecretView[],
): VersionEntry | undefined {
  const intact = carriers.filter(({ proof }) => proof?.isIntact === true);
  if (facts.believedStatus === undefined) {
    const [newest] = intact;
    if (newest?.proof === undefined) return undefined;
    const { version, keyId } = newest.proof;
    const material = facts.rules.settlement.fromSecret(newest, { keyId, prefix: () => prefixOf(facts, entry) });
    if (material === undefined) return undefined;
    const signingSecret = signingSecretOf(intact, material.hash, keyId);
    return currentEntry(facts, { version, keyId, ...material, signingSecret });
  }
  const shown = carriers
    .flatMap(({ proof }) => proof ?? [])
    .map((proof) => shownVersion(facts, entry.name, proof))
    .find((version) => version !== undefined);
  if (shown === undefined || shown.state === 'Revoked') return undefined;
  const { version, keyId, hash, createdAt } = shown;
  const signingSecret = signingSecretOf(intact, hash, keyId, facts.rules.settlement.signingSecretId(shown));
  return currentEntry(facts, {
    version,
    keyId,
    ...facts.rules.settlement.fromStatus(shown),
    createdAt,
    ...(shown.state === 'Current' && inStateSince(shown.stateSince)),
    signingSecret,
  });
}

/** The MAC of a status does not cover it: somebody may have written it in a form that no ledger holds. */
function inStateSince(shown = ''): Partial<Pick<VersionEntry, 'stateSince'>> {
  const since = new Date(shown);
  return Number.isNaN(since.getTime()) ? {} : { stateSince: timestamp(since) };
}

type Rebuilt = Pick<VersionEntry, 'version' | 'keyId'> &
  VersionMaterial & {
    readonly createdAt?: string;
    readonly stateSince?: string;
    readonly signingSecret: SigningSecretEntry | undefined;
  };

function currentEntry({ now }: KeyObjectFacts, { signingSecret, ...rebuilt }: Rebuilt): VersionEntry {
  const since = timestamp(now);
  return {
    createdAt: since,
    stateSince: since,
    ...rebuilt,
    ...(signingSecret === undefined ? {} : { signingSecret }),
    cause: 'FirstIssue',
    state: 'Current',
  };
}

/** What the Secret that was written last holds beside this token. */
function signingSecretOf(
  intact: readonly SecretView[],
  token: string,
  keyId: string,
  id = `whs_${keyId}`,
): SigningSecretEntry | undefined {
  const carrier = intact.find((secret) => holds(secret, OPAQUE_KEYS.token, token));
  const hash = hashIn(carrier, OPAQUE_KEYS.signingSecret);
  return hash === undefined ? undefined : { id, hash };
}

/** What we published of the version. */
export function shownVersion(
  { believedStatus }: Pick<KeyObjectFacts, 'believedStatus'>,
  environment: string,
  wanted: Pick<VersionEntry, 'version' | 'keyId'>,
): KeyVersionStatus | undefined {
  return believedStatus?.environments
    ?.find(({ name }) => name === environment)
    ?.versions?.find((candidate) => isSameVersion(candidate, wanted));
}

/** Of a token that is minted now; without the object, its project or the environment in it, what an older version had. */
function prefixOf({ object, project, rules, ...facts }: KeyObjectFacts, { name, versions }: EnvironmentEntry): string {
  if (object !== undefined && project.kind === 'Ours') {
    const target = targetsOf({ ...facts, object, project, rules }).find((candidate) => candidate.name === name);
    const projectSpec = project.project.spec;
    const order =
      target === undefined || target.tokenCode === ''
        ? undefined
        : rules.newMaterial({ ...facts, object, project, rules, projectSpec }, target);
    if (order?.kind === 'Token') return order.prefix;
  }
  const older = versions.find(({ hash }) => !isImportedToken(hash));
  return older?.mask?.split(`_${older.keyId}_`)[0] ?? '';
}

/** The stored form of what a Secret holds under a data key. */
function hashIn(secret: SecretView | undefined, key: string): string | undefined {
  const digest = secret?.digests[key];
  return digest === undefined ? undefined : hashOfDigest(digest);
}

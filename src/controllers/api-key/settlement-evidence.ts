import { OPAQUE_KEYS } from '../../delivery/opaque.ts';
import type { ApiKeyStatusEnvironmentVersion } from '../../api/generated/api-key.ts';
import { hashOfDigest } from '../../keys/hash.ts';
import { maskToken } from '../../keys/mask.ts';
import type { EnvironmentEntry, SigningSecretEntry, VersionEntry } from '../../sealing/ledger.ts';
import { holds, timestamp } from '../planning/environment-facts.ts';
import type { SecretView } from '../planning/secret-view.ts';
import { targetsOf, type ApiKeyFacts } from './facts.ts';

/**
 * Versions that proven Secrets carry and that may be used on: the ledger's own entry where it knows the version,
 * else one rebuilt from what Secrets and status tell. A version that the ledger has retired or revoked is none.
 */
export function carriedVersions(
  facts: ApiKeyFacts,
  entry: EnvironmentEntry,
  proven: readonly SecretView[],
): readonly VersionEntry[] {
  const numbers = new Set(proven.flatMap(({ proof }) => proof?.version ?? []));
  return [...numbers].flatMap((number) => {
    const known = entry.versions.find(({ version }) => version === number);
    if (known !== undefined) return known.state === 'Current' || known.state === 'Retiring' ? [known] : [];
    const carriers = proven.filter(({ proof }) => proof?.version === number);
    return rebuiltVersion(facts, entry, carriers) ?? [];
  });
}

/**
 * A proof tells version and key id, not the bytes, and whoever may edit a Secret may change those. So a hash is
 * believed only if we published it in status, or, where status tells nothing that we wrote, if all carriers agree.
 *
 * @param carriers Secrets whose proofs name the same version.
 */
function rebuiltVersion(
  facts: ApiKeyFacts,
  entry: EnvironmentEntry,
  carriers: readonly SecretView[],
): VersionEntry | undefined {
  const proof = carriers[0]?.proof;
  const shown = shownVersion(facts, entry.name, proof?.keyId);
  const hash = shown?.hash ?? agreedHash(carriers, OPAQUE_KEYS.token);
  if (proof === undefined || hash === undefined) return undefined;
  const { version, keyId } = proof;
  const believed = carriers.filter((secret) => holds(secret, OPAQUE_KEYS.token, hash));
  const now = timestamp(facts.now);
  return {
    version,
    keyId,
    hash,
    mask: shown?.maskedToken ?? maskToken({ prefix: prefixOf(facts, entry), keyId }),
    ...rebuiltSigningSecret(believed, keyId, shown),
    cause: 'FirstIssue',
    createdAt: shown?.createdAt ?? now,
    state: 'Current',
    stateSince: now,
  };
}

function rebuiltSigningSecret(
  carriers: readonly SecretView[],
  keyId: string,
  shown: ApiKeyStatusEnvironmentVersion | undefined,
): { readonly signingSecret?: SigningSecretEntry } {
  const hash = agreedHash(carriers, OPAQUE_KEYS.signingSecret);
  return hash === undefined ? {} : { signingSecret: { id: shown?.signingSecretId ?? `whs_${keyId}`, hash } };
}

/** What we published of the version. */
function shownVersion(
  { believedStatus }: ApiKeyFacts,
  environment: string,
  keyId: string | undefined,
): ApiKeyStatusEnvironmentVersion | undefined {
  return believedStatus?.environments
    ?.find(({ name }) => name === environment)
    ?.versions?.find((candidate) => candidate.keyId === keyId);
}

/** Without the object, what an older version of the environment had. */
function prefixOf({ object, ...facts }: ApiKeyFacts, { name, versions }: EnvironmentEntry): string {
  if (object !== undefined)
    return targetsOf({ ...facts, object }).find((target) => target.name === name)?.tokenPrefix ?? '';
  const [older] = versions;
  return older?.mask.split(`_${older.keyId}_`)[0] ?? '';
}

/** The hash of what all Secrets hold under a data key; undefined when they differ or one of them holds nothing. */
function agreedHash(secrets: readonly SecretView[], key: string): string | undefined {
  const digests = new Set(secrets.map((secret) => secret.digests[key]));
  const [digest] = digests;
  return digests.size === 1 && digest !== undefined ? hashOfDigest(digest) : undefined;
}

import type { ApiKeyStatus, ApiKeyStatusEnvironmentVersion } from '../../api/generated/api-key.ts';
import { API_KEYS } from '../../api/resources.ts';
import type { KeyStatus, KeyVersionStatus } from '../../api/key-object.ts';
import { OPAQUE_KEYS } from '../../delivery/opaque.ts';
import { hashOfDigest } from '../../keys/hash.ts';
import { maskToken } from '../../keys/mask.ts';
import type { JudgedFacts, KeyRules, SettlementRules, StatusRules } from '../planning/key-rules.ts';
import { policyChecks } from './policy-checks.ts';
import { outputTargets } from '../key/spec.ts';
import { isScopeAllowed, specOf, tokenPrefix } from './spec.ts';
import { wantedOpaqueSecret } from './wanted.ts';

const status: StatusRules = {
  showsSealing: false,
  accepted: (facts) => scoped(acceptedScopes(facts)),
  restricted: ({ object }, believed) =>
    scoped(scopesOf(believed)?.filter((scope) => specOf(object).scopes?.includes(scope) === true)),
  summary: () => ({}),
  version: ({ mask, signingSecret }): Partial<ApiKeyStatusEnvironmentVersion> => ({
    ...(mask !== undefined && { maskedToken: mask }),
    ...(signingSecret !== undefined && signingSecret.destroyAt === undefined && { signingSecretId: signingSecret.id }),
  }),
  acceptedParts: (shown) => scopesOf(shown) ?? [],
  versionParts: (version) => {
    const { maskedToken, signingSecretId } = shownVersion(version);
    return [maskedToken, signingSecretId];
  },
  isNarrower: (before, wanted) => (scopesOf(before) ?? []).some((scope) => scopesOf(wanted)?.includes(scope) !== true),
};

/** A version that the record lost: by its hash, as published, or of the token that a Secret provably carries. */
const settlement: SettlementRules = {
  fromStatus: (shown) => ({ hash: shown.hash, mask: shownVersion(shown).maskedToken }),
  signingSecretId: (shown) => shownVersion(shown).signingSecretId,
  fromSecret: ({ digests }, { keyId, prefix }) => {
    const digest = digests[OPAQUE_KEYS.token];
    return digest === undefined
      ? undefined
      : { hash: hashOfDigest(digest), mask: maskToken({ prefix: prefix(), keyId }) };
  },
};

export const API_KEY_RULES: KeyRules = {
  kind: 'ApiKey',
  resource: API_KEYS,
  materialField: 'token',
  defaultRecoveryWindowMs: 24 * 3_600_000,
  acceptance: policyChecks,
  outputs: outputTargets,
  isRecoverable: (object) => specOf(object).recoverable === true,
  wantsSigningSecret: (object) => specOf(object).signingSecret !== undefined,
  imports: () => [],
  algorithmDiffers: () => false,
  newMaterial: ({ object, projectSpec }, { tokenCode }) => ({
    kind: 'Token',
    prefix: tokenPrefix(specOf(object), projectSpec, tokenCode),
    signingSecret: specOf(object).signingSecret !== undefined,
  }),
  wantedSecret: wantedOpaqueSecret,
  status,
  settlement,
};

/** Accepted: what spec asks for. Frozen: what we published before, minus what spec or policy no longer allow. */
function acceptedScopes({ object, project, violation, believedStatus }: JudgedFacts): readonly string[] {
  const asked = specOf(object).scopes ?? [];
  if (violation === undefined) return asked;
  const before = scopesOf(believedStatus) ?? [];
  const allowed = project.kind === 'Ours' ? project.project.spec.policy?.scopes : ['*'];
  return asked.filter((scope) => before.includes(scope) && isScopeAllowed(scope, allowed));
}

function scoped(scopes: readonly string[] | undefined): Pick<ApiKeyStatus, 'scopes'> {
  return scopes === undefined ? {} : { scopes };
}

function scopesOf(shown: KeyStatus | undefined): readonly string[] | undefined {
  return (shown as ApiKeyStatus | undefined)?.scopes;
}

function shownVersion(version: KeyVersionStatus): ApiKeyStatusEnvironmentVersion {
  return version as ApiKeyStatusEnvironmentVersion;
}

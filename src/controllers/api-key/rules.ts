import type { ApiKeyStatus, ApiKeyStatusEnvironmentVersion } from '../../api/generated/api-key.ts';
import { API_KEYS } from '../../api/resources.ts';
import { ORIGIN_ANNOTATION } from '../../api/labels.ts';
import type { KeyStatus, KeyVersionStatus } from '../../api/key-object.ts';
import { OPAQUE_KEYS } from '../../delivery/opaque.ts';
import { hashOfDigest } from '../../keys/hash.ts';
import { maskToken } from '../../keys/mask.ts';
import { isImportedToken } from '../../sealing/token-hash.ts';
import type { JudgedFacts, KeyRules, PolicyFacts, SettlementRules, StatusRules } from '../planning/key-rules.ts';
import type { MaterialOrder } from '../planning/record-change.ts';
import type { TargetEnvironment } from '../planning/targets.ts';
import { policyChecks } from './policy-checks.ts';
import { outputTargets } from '../key/spec.ts';
import { importDeclarations, isScopeAllowed, specOf, tokenPrefix } from './spec.ts';
import { wantedOpaqueSecret } from './wanted.ts';

const status: StatusRules = {
  showsSealing: false,
  accepted: (facts) => scoped(acceptedScopes(facts)),
  restricted: ({ object }, believed) =>
    scoped(scopesOf(believed)?.filter((scope) => specOf(object).scopes?.includes(scope) === true)),
  summary: () => ({}),
  version: ({ hash, mask, signingSecret }): Partial<ApiKeyStatusEnvironmentVersion> => ({
    origin: isImportedToken(hash) ? 'Imported' : 'Generated',
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

/**
 * A version that the record lost: by its hash, as published, or of the token that a Secret provably carries. The plain
 * digest of an imported token is published nowhere, so a Secret of one does not tell.
 */
const settlement: SettlementRules = {
  fromStatus: (shown) => ({ hash: shown.hash, mask: shownVersion(shown).maskedToken }),
  signingSecretId: (shown) => shownVersion(shown).signingSecretId,
  fromSecret: ({ digests, annotations }, { keyId, prefix }) => {
    const digest = digests[OPAQUE_KEYS.token];
    const isUnknown = digest === undefined || annotations[ORIGIN_ANNOTATION] !== undefined;
    return isUnknown ? undefined : { hash: hashOfDigest(digest), mask: maskToken({ prefix: prefix(), keyId }) };
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
  imports: importDeclarations,
  importChecks: [],
  algorithmDiffers: () => false,
  newMaterial,
  wantedSecret: wantedOpaqueSecret,
  status,
  settlement,
};

function newMaterial(
  { object, projectSpec, imports }: PolicyFacts,
  { name, tokenCode }: TargetEnvironment,
): MaterialOrder {
  const spec = specOf(object);
  const signingSecret = spec.signingSecret !== undefined;
  const imported = imports.get(name);
  return imported?.kind === 'Read'
    ? { kind: 'ImportedToken', sourceHash: imported.sourceHash, signingSecret }
    : { kind: 'Token', prefix: tokenPrefix(spec, projectSpec, tokenCode), signingSecret };
}

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

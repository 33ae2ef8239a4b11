import { isDeepStrictEqual } from 'node:util';

import type { ApiKeyStatus } from '../../../api/generated/api-key.ts';
import type { StatusView } from '../../../sealing/status-mac.ts';
import { expiryMs } from '../spec.ts';

/** What of a status verifiers go by. It is what has to be on the server before Secrets change, and what the MAC covers. */
export function verifierView({ state, createdAt, scopes, environments }: ApiKeyStatus): StatusView {
  return {
    state,
    createdAt,
    scopes: scopes ?? [],
    environments: (environments ?? []).map((environment) => ({
      name: environment.name,
      state: environment.state,
      versions: (environment.versions ?? []).map((version) => ({
        version: version.version,
        state: version.state,
        keyId: version.keyId,
        maskedToken: version.maskedToken,
        hash: version.hash,
        signingSecretId: version.signingSecretId,
        createdAt: version.createdAt,
        expiresAt: version.expiresAt,
        retireAt: version.retireAt,
      })),
    })),
  };
}

/** Do verifiers already know what they have to know before Secrets change? */
export function isPublished(before: ApiKeyStatus | undefined, wanted: ApiKeyStatus): boolean {
  return isDeepStrictEqual(verifierView(before ?? {}), verifierView(wanted));
}

/**
 * Would verifiers accept less by `wanted` than they do by `before`: a version, a scope, or one of them for as long?
 * @param wantedStatus Asked only if they accept anything now.
 */
export function isNarrower(before: ApiKeyStatus | undefined, wantedStatus: () => ApiKeyStatus): boolean {
  const held = acceptedUntil(before ?? {});
  if (held.size === 0) return false;
  const wanted = wantedStatus();
  const kept = acceptedUntil(wanted);
  const isVersionLost = [...held].some(([version, untilMs]) => untilMs > (kept.get(version) ?? 0));
  return isVersionLost || (before?.scopes ?? []).some((scope) => wanted.scopes?.includes(scope) !== true);
}

/** Every token that verifiers accept, by environment and hash, and until when, in milliseconds. */
function acceptedUntil({ state, environments }: ApiKeyStatus): ReadonlyMap<string, number> {
  if (!isAccepting(state)) return new Map();
  return new Map(
    (environments ?? [])
      .filter((environment) => isAccepting(environment.state))
      .flatMap(({ name, versions }) => (versions ?? []).map((version) => ({ ...version, name })))
      .filter((version) => version.state !== 'Revoked')
      .map(({ name, hash, expiresAt, retireAt }) => [`${name}/${hash}`, Math.min(endMs(expiresAt), endMs(retireAt))]),
  );
}

function isAccepting(state: ApiKeyStatus['state'] | 'Withdrawn'): boolean {
  return state === 'Active' || state === 'Rotating';
}

function endMs(time: string | undefined): number {
  return time === undefined ? Number.POSITIVE_INFINITY : expiryMs(time);
}

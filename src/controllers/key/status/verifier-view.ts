import { isDeepStrictEqual } from 'node:util';

import type { KeyStatus } from '../../../api/key-object.ts';
import type { KeyRules } from '../../planning/key-rules.ts';
import type { StatusView } from '../../../sealing/status-mac.ts';
import { expiryMs } from '../spec.ts';

/** What of a status verifiers go by. It is what has to be on the server before Secrets change, and what the MAC covers. */
export function verifierView(status: KeyStatus, { status: rules }: Pick<KeyRules, 'status'>): StatusView {
  const { state, createdAt, environments } = status;
  return {
    state,
    createdAt,
    accepted: rules.acceptedParts(status),
    environments: (environments ?? []).map((environment) => ({
      name: environment.name,
      state: environment.state,
      versions: (environment.versions ?? []).map((version) => ({
        version: version.version,
        state: version.state,
        keyId: version.keyId,
        hash: version.hash,
        createdAt: version.createdAt,
        expiresAt: version.expiresAt,
        retireAt: version.retireAt,
        ofKind: rules.versionParts(version),
      })),
    })),
  };
}

/** Do verifiers already know what they have to know before Secrets change? */
export function isPublished(before: KeyStatus | undefined, wanted: KeyStatus, rules: KeyRules): boolean {
  return isDeepStrictEqual(verifierView(before ?? {}, rules), verifierView(wanted, rules));
}

/**
 * Would verifiers accept less by `wanted` than they do by `before`: a version, what its kind grants, or one of them for as long?
 * @param wantedStatus Asked only if they accept anything now.
 */
export function isNarrower(
  before: KeyStatus | undefined,
  wantedStatus: () => KeyStatus,
  { status: rules }: Pick<KeyRules, 'status'>,
): boolean {
  if (before === undefined) return false;
  const held = acceptedUntil(before);
  if (held.size === 0) return false;
  const wanted = wantedStatus();
  const kept = acceptedUntil(wanted);
  const isVersionLost = [...held].some(([version, untilMs]) => untilMs > (kept.get(version) ?? 0));
  return isVersionLost || rules.isNarrower(before, wanted);
}

/** Every token that verifiers accept, by environment and hash, and until when, in milliseconds. */
function acceptedUntil({ state, environments }: KeyStatus): ReadonlyMap<string, number> {
  if (!isAccepting(state)) return new Map();
  return new Map(
    (environments ?? [])
      .filter((environment) => isAccepting(environment.state))
      .flatMap(({ name, versions }) => (versions ?? []).map((version) => ({ ...version, name })))
      .filter((version) => version.state !== 'Revoked')
      .map(({ name, hash, expiresAt, retireAt }) => [`${name}/${hash}`, Math.min(endMs(expiresAt), endMs(retireAt))]),
  );
}

function isAccepting(state: KeyStatus['state'] | 'Withdrawn'): boolean {
  return state === 'Active' || state === 'Rotating';
}

function endMs(time: string | undefined): number {
  return time === undefined ? Number.POSITIVE_INFINITY : expiryMs(time);
}

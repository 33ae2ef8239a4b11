import type { KeyIdentity } from './ledger.ts';
import type { Part } from './length-prefixed.ts';
import type { MacContext } from './record-context.ts';

/** `status.ledger`: which ledger a status was projected from, and that what it shows to verifiers is ours. */
export interface StatusLedger {
  readonly sequence: number;
  /** `<MAC key id>.<base64url>`. */
  readonly mac: string;
}

/** What verifiers go by, and what a ledger may be rebuilt from: all of a status that whoever may edit it must not forge. */
export interface StatusView {
  readonly state: string | undefined;
  readonly createdAt: string | undefined;
  /** What keys of the kind are accepted for, such as scopes. */
  readonly accepted: readonly Part[];
  readonly environments: readonly EnvironmentView[];
}

export interface EnvironmentView {
  readonly name: string;
  readonly state: string;
  readonly versions: readonly VersionView[];
}

export interface VersionView {
  readonly version: number;
  readonly state: string;
  readonly keyId: string;
  readonly hash: string;
  readonly createdAt: string;
  readonly expiresAt: string | undefined;
  readonly retireAt: string | undefined;
  /** What only versions of the kind show. */
  readonly ofKind: readonly Part[];
}

const LABEL = 'keywright.dev/status-ledger/v2';

/** @throws {RangeError} if `sequence` or a version is not an integer in 0 … 2^53 - 1, or a text is malformed Unicode. */
export function signStatusLedger(
  context: MacContext,
  identity: KeyIdentity,
  sequence: number,
  view: StatusView,
): StatusLedger {
  return { sequence, mac: context.macKeys.sign(LABEL, statusParts(context, identity, sequence, view)) };
}

/** Whether we wrote `ledger` beside this very view into the status of this very key; anything else is an edit. Never throws. */
export function verifyStatusLedger(
  context: MacContext,
  identity: KeyIdentity,
  ledger: StatusLedger,
  view: StatusView,
): boolean {
  return context.macKeys.verify(LABEL, statusParts(context, identity, ledger.sequence, view), ledger.mac);
}

/** Every list is led by its length, so that nothing can be moved from one list into the next. */
function statusParts(
  { installation }: MacContext,
  identity: KeyIdentity,
  sequence: number,
  { state, createdAt, accepted, environments }: StatusView,
): readonly Part[] {
  return [
    installation,
    identity.project,
    identity.kind,
    identity.namespace,
    identity.name,
    sequence,
    state,
    createdAt,
    accepted.length,
    ...accepted,
    environments.length,
    ...environments.flatMap(environmentParts),
  ];
}

function environmentParts({ name, state, versions }: EnvironmentView): readonly Part[] {
  return [name, state, versions.length, ...versions.flatMap(versionParts)];
}

function versionParts(view: VersionView): readonly Part[] {
  const { version, state, keyId, hash, createdAt, expiresAt, retireAt, ofKind } = view;
  return [version, state, keyId, hash, createdAt, expiresAt, retireAt, ofKind.length, ...ofKind];
}

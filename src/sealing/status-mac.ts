import type { KeyIdentity } from './ledger.ts';
import type { Part } from './length-prefixed.ts';
import type { MacContext } from './record-context.ts';

/** `status.ledger`: which ledger a status was projected from, so that an older record is noticed. */
export interface StatusLedger {
  readonly sequence: number;
  /** `<MAC key id>.<base64url>`. */
  readonly mac: string;
}

const LABEL = 'keywright.dev/status-ledger/v1';

/** @throws {RangeError} if `sequence` is not an integer in 0 … 2^53 - 1. */
export function signStatusLedger(context: MacContext, identity: KeyIdentity, sequence: number): StatusLedger {
  return { sequence, mac: context.macKeys.sign(LABEL, statusParts(context, identity, sequence)) };
}

/** Whether we wrote `ledger` into the status of this very key. A value without a valid MAC is an edit. Never throws. */
export function verifyStatusLedger(context: MacContext, identity: KeyIdentity, ledger: StatusLedger): boolean {
  return context.macKeys.verify(LABEL, statusParts(context, identity, ledger.sequence), ledger.mac);
}

function statusParts({ installation }: MacContext, identity: KeyIdentity, sequence: number): readonly Part[] {
  return [installation, identity.project, identity.kind, identity.namespace, identity.name, sequence];
}

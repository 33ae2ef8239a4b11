import type { KeyProject } from '../../api/generated/key-project.ts';
import type { EnvironmentEntry, KeyIdentity, Ledger } from '../../sealing/ledger.ts';
import type { RecordProblem } from '../../sealing/record.ts';
import type { StatusLedger, StatusView } from '../../sealing/status-mac.ts';
import type { KekRef, MaterialRef } from '../../sealing/sealed-material.ts';
import type { Claim } from './claims.ts';
import type { Observations, SecretView } from './secret-view.ts';
import type { MappedEnvironment } from './targets.ts';

/** Whether this install can seal, open and prove. Anything but Ready: status only restricts, nothing else is written. */
export type InstallationHealth =
  | 'Ready'
  | 'InstallationMissing'
  | 'InstallationMalformed'
  | 'KEKMissing'
  | 'KeyringMalformed'
  | 'PeppersMissing'
  | 'PeppersMalformed';

/**
 * - Unclaimed: there, and not yet claimed by this installation; it will be in a moment.
 * - Elsewhere: another installation owns it and all its keys; ours, `installation`, leaves them alone. `reportedBy`
 *   tells which installation wrote the project's status last.
 */
export type ProjectFacts =
  | { readonly kind: 'Missing' }
  | { readonly kind: 'Unclaimed' }
  | {
      readonly kind: 'Elsewhere';
      readonly owner: string;
      readonly installation: string;
      readonly reportedBy: 'Owner' | 'Us' | 'Unknown';
    }
  | { readonly kind: 'Ours'; readonly project: KeyProject; readonly environments: readonly MappedEnvironment[] };

export type RecordFacts =
  | { readonly kind: 'Absent' }
  | { readonly kind: 'Invalid'; readonly problem: RecordProblem; readonly resourceVersion: string }
  | {
      readonly kind: 'Valid';
      readonly ledger: Ledger;
      /** What is sealed, by name; the bytes stay on the server until they are needed. */
      readonly sealed: readonly MaterialRef[];
      /** The KEK that wrapped the record's DEK; undefined while nothing is sealed. */
      readonly sealedBy: KekRef | undefined;
      readonly resourceVersion: string;
      /** The record's annotation keywright.dev/withdraw. */
      readonly withdrawOrder: string | undefined;
      /** The record's annotation keywright.dev/accept-rollback. */
      readonly acceptedSequence: string | undefined;
    };

/** What planning knows of one key, whatever its kind. */
export interface KeyFacts {
  readonly now: Date;
  readonly identity: KeyIdentity;
  readonly installation: InstallationHealth;
  readonly project: ProjectFacts;
  readonly record: RecordFacts;
  /** Were the declaring object, its project and their namespaces read live in this pass? */
  readonly isLive: boolean;
  /** Does `status.ledger` verify: was this installation the last to write the key's status? */
  readonly statusIsSigned: boolean;
  /** Secrets with a valid proof of this key, wherever they are. */
  readonly proven: readonly SecretView[];
  /** The highest record sequence that status or a Secret proves; 0 for none. */
  readonly provenSequence: number;
  readonly observations: Observations;
  /** By place, the hold of another key that goes before those of all others; none where nobody else holds it. */
  readonly claims: ReadonlyMap<string, Claim>;
  /**
   * Records with an active ledger that other keys of the project have. Exact once it reaches the project's limit;
   * below that it may be too high, and decides nothing.
   */
  readonly otherKeysInProject: number;
  /** All records of the project, tombstones among them; 0 once this key has one. */
  readonly recordsInProject: number;
  /** The CRD of this kind is being deleted: deletion then means Retain. Known only while the object is deleting. */
  readonly kindIsTerminating: boolean;
  /** `status.ledger` of a status that shows this view of the ledger at `sequence`. Pure; undefined without MAC keys. */
  readonly signLedger: (sequence: number, view: StatusView) => StatusLedger | undefined;
}

/** The ledger's entries; none before the first mint, and none while the record is another namespace's. */
export function entriesOf(facts: Pick<KeyFacts, 'record' | 'identity'>): readonly EnvironmentEntry[] {
  return facts.record.kind === 'Valid' && mayWriteRecord(facts) ? facts.record.ledger.environments : [];
}

/** Is the record this key's own, or a settled tombstone that passes to it? */
export function mayWriteRecord({ record, identity }: Pick<KeyFacts, 'record' | 'identity'>): boolean {
  if (record.kind !== 'Valid' || record.ledger.namespace === identity.namespace) return true;
  return isSettledTombstone(record.ledger);
}

/** Nothing is sealed, retained or owed there any more: the name is free for the next namespace, and the counter goes on. */
function isSettledTombstone({ phase, environments }: Ledger): boolean {
  return (
    phase === 'Withdrawn' &&
    environments.every(({ destroyAt, places }) => destroyAt === undefined && places.length === 0)
  );
}

/** A record older than what status or Secrets prove: restored from a backup, or lost. */
export function isRolledBack({ record, provenSequence }: Pick<KeyFacts, 'record' | 'provenSequence'>): boolean {
  if (record.kind === 'Invalid') return false;
  return provenSequence > (record.kind === 'Valid' ? record.ledger.sequence : 0);
}

import type { KeyStatus } from '../../api/key-object.ts';
import { READY } from '../../api/conditions.ts';
import { FINALIZER } from '../../api/labels.ts';
import { conditionOf } from '../../kube/objects/conditions.ts';
import type { EnvironmentEntry, Ledger } from '../../sealing/ledger.ts';
import { environmentsUnderCheck } from '../planning/import-facts.ts';
import { giveUpPlaces, planEnvironment, sealOrDestroy, withdraw } from '../planning/environment-plan.ts';
import { currentVersion, timestamp } from '../planning/environment-facts.ts';
import { entriesOf, mayWriteRecord, isRolledBack } from '../planning/key-facts.ts';
import { ownerOf, type DeliveryTarget } from '../planning/place-state.ts';
import {
  combineEdits,
  headChange,
  isSlow,
  type EnvironmentEdit,
  type MintOrder,
  type RecordChange,
} from '../planning/record-change.ts';
import { revokedThrough } from '../../sealing/revoked-versions.ts';
import { isRevokedOut, planRevocation } from '../planning/revocation.ts';
import { planRelease } from '../planning/release-plan.ts';
import { oweSharedKey } from '../planning/rotation-debt.ts';
import { acceptanceViolation } from './acceptance-checks.ts';
import { claimGraceEndsAt } from './claim-grace.ts';
import { planElsewhere } from './elsewhere-plan.ts';
import { planSettlement } from './settlement/settlement-plan.ts';
import { targetsOf } from './facts.ts';
import { environmentFacts } from './environment.ts';
import { isWhollyImported, isWhollyRevoked, revocationOf, rotationOf } from './lifecycle.ts';
import { presentTriggers } from './spec.ts';
import { deliveries, hasUnsealedRecreation, withdrawals } from './secret-work.ts';
import { isReported, projectStatus } from './status/status.ts';
import { isNarrower, isPublished } from './status/verifier-view.ts';
import type { Step } from './step.ts';
import type { JudgedFacts, KeyObjectFacts, DeclaredFacts } from '../planning/key-rules.ts';

/** What every part of one plan looks at: the facts, and what follows from them and is costly. */
interface View extends JudgedFacts {
  /** The status the key should have, worked out when it is first asked for. */
  readonly status: () => KeyStatus;
}

/** Pure. Undefined: the world is as it should be, or only somebody else can change it. */
export function planKey(facts: KeyObjectFacts): Step | undefined {
  if (facts.object === undefined) return planWithoutObject(facts);
  const declared = { ...facts, object: facts.object };
  if (facts.project.kind === 'Elsewhere') return planElsewhere(declared);
  let status: KeyStatus | undefined;
  const view: View = {
    ...declared,
    violation: acceptanceViolation(declared),
    status: () => (status ??= projectStatus(view)),
  };
  const step = nextStep(view);
  if (step === undefined || step.kind === 'WriteStatus' || mayOmitStatus(view)) return step;
  return restriction(view, step.kind === 'WriteRecord' ? step.change.mints : []) ?? step;
}

/**
 * A deletion whose status others keep from being written goes on without: it ends with the object gone, which
 * verifiers refuse as well, and no flood of edits holds its record and Secrets up.
 */
function mayOmitStatus({ object, isContested }: DeclaredFacts): boolean {
  return object.metadata.deletionTimestamp !== undefined && isContested === true;
}

/**
 * What verifiers may no longer accept is published before anything else is tried, so that a record that cannot be
 * written keeps no suspended, expired or narrowed key alive. What is granted waits for the record: status shows
 * what is stored.
 *
 * @param due Versions that the record write after it mints: without them the key is not what is declared, so that
 *   its status says so even if everything else is in place.
 */
function restriction(view: View, due: readonly MintOrder[]): Step | undefined {
  const { object, status, rules } = view;
  if (!isNarrower(object.status, status, rules)) return undefined;
  return { kind: 'WriteStatus', status: due.length === 0 ? status() : projectStatus({ ...view, making: due }) };
}

function nextStep(facts: View): Step | undefined {
  if (facts.installation !== 'Ready') return report(facts);
  const isDeleting = facts.object.metadata.deletionTimestamp !== undefined;
  // A terminating CRD takes every object with it; that is no order to withdraw a company's keys, whatever their records.
  if (isDeleting && facts.kindIsTerminating) return letGo(facts);
  if (facts.record.kind === 'Invalid') return report(facts);
  const settlement = isRolledBack(facts) ? planSettlement(facts) : undefined;
  if (settlement !== undefined) return settlement.kind === 'WriteRecord' && mayBeHeld(facts) ? HOLD : settlement;
  if (isDeleting) return planDeletion(facts);
  return isRolledBack(facts) ? report(facts) : planDeclared(facts);
}

function planDeclared(facts: View): Step | undefined {
  const isAccepted = facts.violation === undefined;
  if (isUnheld(facts)) return { kind: 'AddFinalizer' };
  return (
    planChange(facts, revocationChange(facts)) ??
    (isAccepted ? planRecreation(facts) : undefined) ??
    planChange(facts, isAccepted ? wantedChange(facts) : frozenChange(facts)) ??
    planSecrets(facts, isAccepted ? deliveries(facts) : []) ??
    planPublication(facts) ??
    planChange(facts, releaseChange(facts)) ??
    report(facts)
  );
}

/** What is sealed before a Secret is made anew is read from live looks, and so is that it may be dropped afterwards. */
function planRecreation(facts: View): Step | undefined {
  return !facts.isLive && hasUnsealedRecreation(facts) ? { kind: 'ConfirmLive' } : undefined;
}

const HOLD: Step = { kind: 'AddFinalizer' };

/** An object that a record may be written for only once our finalizer holds it. */
function mayBeHeld({ object: { metadata } }: DeclaredFacts): boolean {
  return metadata.deletionTimestamp === undefined && metadata.finalizers?.includes(FINALIZER) !== true;
}

/** Somebody took our finalizer off a key that has Secrets out: its deletion would leave them behind. */
function isUnheld({ object, record, identity }: DeclaredFacts): boolean {
  if (record.kind !== 'Valid' || record.ledger.namespace !== identity.namespace || record.ledger.phase !== 'Active')
    return false;
  return object.metadata.finalizers?.includes(FINALIZER) !== true;
}

/**
 * A deleted key: withdraw everything into a tombstone, then let go. Unreachable places stay owed and hold nothing. A
 * record that is older than the world, and was not settled, is no word to go by: it stays as it is.
 */
function planDeletion(facts: View): Step | undefined {
  const { record, identity } = facts;
  const isOther = record.kind === 'Valid' && record.ledger.namespace !== identity.namespace;
  if (record.kind !== 'Valid' || isOther || isRolledBack(facts)) return letGo(facts);
  const { ledger } = record;
  const change = revocationChange(facts) ?? deletionChange(facts, ledger);
  return planChange(facts, change) ?? planSecrets(facts, []) ?? planChange(facts, releaseChange(facts)) ?? letGo(facts);
}

function letGo({ object }: DeclaredFacts): Step | undefined {
  return object.metadata.finalizers?.includes(FINALIZER) === true ? { kind: 'RemoveFinalizer' } : undefined;
}

/** Until its object is let go, its author may still decide that nothing is to stay. What is withdrawn does not come back. */
function deletionChange(facts: DeclaredFacts, ledger: Ledger): PlannedChange | undefined {
  const isRetained = facts.object.spec.deletionPolicy === 'Retain';
  if (ledger.phase === 'Active') return isRetained ? retentionChange(facts, ledger) : withdrawalChange(facts, ledger);
  const isTakenBack = ledger.phase === 'Retained' && !isRetained && letGo(facts) !== undefined;
  return isTakenBack ? withdrawalChange(facts, ledger) : tombstoneChange(facts, ledger);
}

/**
 * A tombstone is worked off; an orphan is left as it is until an admin orders its withdrawal, and a record that is
 * older than the world until one accepts that. What was retained stays until an admin orders its withdrawal too; what
 * it gave up before goes on being worked off. The same holds for records that stayed with us when their project was
 * handed over: they are ours, and touch only Secrets that prove to be.
 */
function planWithoutObject(facts: KeyObjectFacts): Step | undefined {
  const { record } = facts;
  if (facts.installation !== 'Ready' || record.kind !== 'Valid') return undefined;
  if (isRolledBack(facts)) return planSettlement(facts);
  const { ledger } = record;
  const isOrdered = ledger.phase !== 'Withdrawn' && record.withdrawOrder === ownerOf(facts.identity);
  if (isOrdered) return planChange(facts, withdrawalChange(facts, ledger));
  if (ledger.phase === 'Active') return undefined;
  return (
    planChange(facts, tombstoneChange(facts, ledger)) ??
    planWithdrawal(facts) ??
    planChange(facts, releaseChange(facts))
  );
}

/**
 * A record write, with what has to come before it: a live look when it takes something away, the finalizer when
 * there is an object.
 */
function planChange(facts: KeyObjectFacts, change: PlannedChange | undefined): Step | undefined {
  if (change === undefined) return undefined;
  if (facts.making !== undefined && change.record.mints.some(isSlow)) return undefined;
  if (change.needsLive && !facts.isLive) return { kind: 'ConfirmLive' };
  const { object } = facts;
  const isDeleting = object?.metadata.deletionTimestamp !== undefined;
  if (object !== undefined && !isDeleting && object.metadata.finalizers?.includes(FINALIZER) !== true)
    return { kind: 'AddFinalizer' };
  return { kind: 'WriteRecord', change: change.record };
}

/** Status before Secrets where verifiers have to know first, then Secrets: new ones before old ones go. */
function planSecrets(view: View, targets: readonly DeliveryTarget[]): Step | undefined {
  const { object, status } = view;
  const step: Step | undefined = targets.length > 0 ? { kind: 'Deliver', targets } : planWithdrawal(view);
  if (step === undefined) return undefined;
  return mayOmitStatus(view) || isPublished(object.status, status(), view.rules)
    ? step
    : { kind: 'WriteStatus', status: status() };
}

/** The time of a superseded version runs from when verifiers know its successor, wherever that can be delivered. */
function planPublication(view: View): Step | undefined {
  const isOverlapping = entriesOf(view).some(({ versions }) => versions.some(({ state }) => state === 'Retiring'));
  if (!isOverlapping || isPublished(view.object.status, view.status(), view.rules)) return undefined;
  return { kind: 'WriteStatus', status: view.status() };
}

function planWithdrawal(facts: KeyObjectFacts): Step | undefined {
  const targets = withdrawals(facts);
  return targets.length === 0 ? undefined : { kind: 'Withdraw', targets };
}

function report(view: View): Step | undefined {
  if (claimGraceEndsAt(view) !== undefined || isCheckedAgain(view)) return undefined;
  const { object, status } = view;
  return isReported(object.status, status()) ? undefined : { kind: 'WriteStatus', status: status() };
}

/** What was said of a source stands while it is checked once more: what is refused is looked at every few minutes. */
function isCheckedAgain({ object, imports }: DeclaredFacts): boolean {
  const ready = conditionOf(object.status, READY);
  if (ready?.status !== 'False' || ready.observedGeneration !== (object.metadata.generation ?? 0)) return false;
  return environmentsUnderCheck(imports).length > 0;
}

interface PlannedChange {
  readonly record: RecordChange;
  /** It takes something away, so the spec is read live first. */
  readonly needsLive: boolean;
}

/** An accepted key: every environment as spec, project and ledger together want it. */
function wantedChange(facts: DeclaredFacts): PlannedChange | undefined {
  const targets = targetsOf(facts);
  const entries = entriesOf(facts);
  const mayMint = facts.object.spec.suspended !== true && !isWhollyRevoked(facts);
  const environments = [
    ...entries.map((entry) =>
      environmentFacts(
        facts,
        entry,
        targets.find(({ name }) => name === entry.name),
        mayMint,
      ),
    ),
    ...targets
      .filter(({ name }) => !entries.some((entry) => entry.name === name))
      .map((target) => environmentFacts(facts, undefined, target, mayMint)),
  ];
  const edits = oweSharedKey(environments.map((environment) => [environment, planEnvironment(environment)]));
  return planned(facts, edits);
}

/** A frozen key: nothing is minted or delivered, but what its own spec drops or lets expire still goes. */
function frozenChange(facts: DeclaredFacts): PlannedChange | undefined {
  const { record } = facts;
  if (record.kind !== 'Valid' || !mayWriteRecord(facts)) return undefined;
  if (record.ledger.phase !== 'Active') return tombstoneChange(facts, record.ledger);
  const targets = targetsOf(facts);
  const edits = record.ledger.environments.map((entry): EnvironmentEdit => {
    const target = targets.find(({ name }) => name === entry.name);
    const environment = environmentFacts(facts, entry, target, false);
    const isOver = target === undefined || target.expired || isRevokedOut(entry, environment.revokedThrough);
    return isOver ? planEnvironment(environment) : sealOrDestroy(environment, entry);
  });
  return planned(facts, edits);
}

/** A record write of its own, so that what replaces a revoked version is minted on what is revoked already. */
function revocationChange(facts: DeclaredFacts): PlannedChange | undefined {
  const { record, now } = facts;
  if (record.kind !== 'Valid' || !mayWriteRecord(facts)) return undefined;
  const change = planRevocation(record.ledger, revocationOf(facts), now, record.sealed);
  return change === undefined ? undefined : { record: change, needsLive: false };
}

/** What a deleted key left behind is sealed, and destroyed when its time has come. What is revoked then goes at once. */
function tombstoneChange(facts: KeyObjectFacts, ledger: Ledger): PlannedChange | undefined {
  const through = revokedThrough(ledger.revocation);
  const edits = ledger.environments.map((entry) =>
    isRevokedOut(entry, through) && holdsPlaces(entry)
      ? giveUpPlaces(entry)
      : sealOrDestroy(environmentFacts(facts, entry, undefined, false), entry),
  );
  return combined(ledger, edits);
}

function holdsPlaces({ places }: EnvironmentEntry): boolean {
  return places.some(({ state }) => state === 'Held');
}

function combined(
  ledger: Ledger,
  edits: readonly EnvironmentEdit[],
  followed: readonly string[] = [],
): PlannedChange | undefined {
  const record = combineEdits(ledger, edits, followed);
  return record === undefined ? undefined : { record, needsLive: edits.some(({ needsLive }) => needsLive === true) };
}

/** A tombstone that comes back to life is written and read live first, whatever else changes. */
function planned(facts: DeclaredFacts, edits: readonly EnvironmentEdit[]): PlannedChange | undefined {
  const { record } = facts;
  const base = activeLedger(facts);
  const isReclaimed = record.kind === 'Valid' && base !== record.ledger;
  const followed = followedTriggers(facts);
  if (!isReclaimed) return combined(base, edits, followed);
  return { record: combineEdits(base, edits, followed) ?? headChange(base), needsLive: true };
}

/**
 * A rotation follows every order that is there, and so does the first issue; other mints leave one that waits. Where
 * everything is imported, a changed source is what an order can ask for.
 */
function followedTriggers(facts: DeclaredFacts): readonly string[] {
  const isFirst = entriesOf(facts).every((entry) => currentVersion(entry) === undefined);
  const isFollowed = isFirst || isWhollyImported(facts) || rotationOf(facts).cause !== undefined;
  return isFollowed ? presentTriggers(facts.object) : [];
}

/** The ledger to build on: a new one, the tombstone brought back to life, or the one that is there. */
function activeLedger({ record, identity, object, now }: DeclaredFacts): Ledger {
  if (record.kind !== 'Valid') {
    const { project, kind, name, namespace } = identity;
    const fresh = {
      format: 1,
      project,
      kind,
      name,
      namespace,
      type: object.spec.type,
      sequence: 0,
      lastVersion: 0,
    } as const;
    return { ...fresh, phase: 'Active', createdAt: timestamp(now), environments: [] };
  }
  const { ledger } = record;
  if (ledger.phase === 'Active') return ledger;
  return { ...ledger, phase: 'Active', namespace: identity.namespace };
}

function withdrawalChange(facts: KeyObjectFacts, ledger: Ledger): PlannedChange {
  const edits = ledger.environments.map((entry) => {
    const environment = environmentFacts(facts, entry, undefined, false);
    return entry.state === 'Active' ? withdraw(environment, entry) : sealOrDestroy(environment, entry);
  });
  const record = combineEdits(ledger, edits) ?? headChange(ledger);
  return { record: { ...record, ledger: { ...record.ledger, phase: 'Withdrawn' } }, needsLive: true };
}

/** Secrets stay, but for those of which nothing is in force any more. */
function retentionChange(facts: DeclaredFacts, ledger: Ledger): PlannedChange {
  const through = revokedThrough(revocationOf(facts));
  const edits = ledger.environments.map((entry): EnvironmentEdit =>
    isRevokedOut(entry, through) ? giveUpPlaces(entry) : { entry },
  );
  const record = combineEdits(ledger, edits) ?? headChange(ledger);
  return { record: { ...record, ledger: { ...record.ledger, phase: 'Retained' } }, needsLive: true };
}

/** After Secrets moved: forget places that are clean, drop tokens that every namespace carries. */
function releaseChange(facts: KeyObjectFacts): PlannedChange | undefined {
  const { record, object } = facts;
  if (record.kind !== 'Valid' || !mayWriteRecord(facts)) return undefined;
  const targets = object === undefined || record.ledger.phase !== 'Active' ? [] : targetsOf({ ...facts, object });
  const edits = record.ledger.environments.map((entry) => {
    const target = targets.find(({ name }) => name === entry.name);
    return planRelease(environmentFacts(facts, entry, target, false), facts.identity);
  });
  return combined(record.ledger, edits);
}

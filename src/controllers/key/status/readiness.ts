import { ACCEPTED, DEPLOYED, ISSUED, Reason } from '../../../api/conditions.ts';
import { ADOPT_ANNOTATION, ROTATE_ANNOTATION } from '../../../api/labels.ts';
import type { KeywrightError } from '../../../errors.ts';
import type { ConditionPatch } from '../../../kube/objects/conditions.ts';
import { currentVersion } from '../../planning/environment-facts.ts';
import { environmentsUnderCheck } from '../../planning/import-facts.ts';
import { isSlow } from '../../planning/record-change.ts';
import { INSTALLATION_PROBLEMS } from '../../planning/installation-problems.ts';
import { entriesOf, isRolledBack } from '../../planning/key-facts.ts';
import { rollbackMessage } from './rollback-message.ts';
import { ownerOf } from '../../planning/place-state.ts';
import type { Violation } from '../../planning/policy.ts';
import type { TargetEnvironment } from '../../planning/targets.ts';
import type { KeyIdentity } from '../../../sealing/ledger.ts';
import {
  appearanceGraceEndsAt,
  failureVerdict,
  readyPatches,
  verdictPatches,
  type SubCondition,
  type Verdict,
} from '../../planning/verdict.ts';
import { targetsOf } from '../facts.ts';
import { isOutOfForce, isTriggered, isWhollyImported, openRefusals, revocationOf } from '../lifecycle.ts';
import { isRotateAnnotationTooLong, MAX_TRIGGER_LENGTH } from '../spec.ts';
import { expiryVerdict } from './expiry-verdict.ts';
import { expiryWarning } from './expiry-warning.ts';
import type { NamespaceRow } from './namespace-rows.ts';
import type { JudgedFacts, DeclaredFacts } from '../../planning/key-rules.ts';

const NEEDS_EDIT: ReadonlySet<Reason> = new Set([
  Reason.SecretConflict,
  Reason.NamespaceTaken,
  Reason.NamespaceReserved,
  Reason.ImportSourceMissing,
]);

/**
 * All conditions of a key. Merging with what is there decides the transition times.
 *
 * @param failure Why the pass that gathered the facts failed.
 */
export function conditionPatches(
  facts: JudgedFacts,
  rows: readonly NamespaceRow[],
  failure?: KeywrightError,
): readonly ConditionPatch[] {
  const observedGeneration = facts.object.metadata.generation ?? 0;
  const verdict = failure === undefined ? readyVerdict(facts, rows) : failureVerdict(failure);
  const warning = expiryWarning(facts);
  const others = [
    acceptedPatch(facts),
    issuedPatch(facts),
    deployedPatch(rows),
    ...(warning === undefined ? [] : [warning]),
  ];
  return verdict === undefined
    ? readyPatches(withIgnoredOrder(facts, readyReason(facts, rows)), others, observedGeneration)
    : verdictPatches(verdict, others, observedGeneration);
}

/** The moment the grace for what has yet to appear is over, while that is still ahead. */
export function graceEndsAt({ object, now }: DeclaredFacts): Date | undefined {
  return appearanceGraceEndsAt(object.metadata.creationTimestamp, now);
}

/** Why the key is not ready, worst first; undefined when it is. */
function readyVerdict(facts: JudgedFacts, rows: readonly NamespaceRow[]): Verdict | undefined {
  const acceptance = acceptanceVerdict(facts);
  const expiry = expiryVerdict(facts);
  const declared = isOfProject(acceptance) ? (expiry ?? acceptance) : (acceptance ?? expiry);
  return operatorVerdict(facts) ?? declared ?? deliveryVerdict(facts, rows);
}

function operatorVerdict(facts: DeclaredFacts): Verdict | undefined {
  const { installation, record } = facts;
  if (installation !== 'Ready')
    return { severity: 'stalled', reason: Reason[installation], message: INSTALLATION_PROBLEMS[installation] };
  if (record.kind === 'Invalid') {
    return {
      severity: 'stalled',
      reason: Reason.RecordInvalid,
      message: `The key's record does not verify (${record.problem}); restore it from a backup, or delete it to have it rebuilt from the delivered Secrets`,
    };
  }
  if (isRolledBack(facts)) {
    return {
      severity: 'stalled',
      reason: Reason.RecordRolledBack,
      message: rollbackMessage(facts),
    };
  }
  if (facts.object.metadata.deletionTimestamp !== undefined) {
    return {
      severity: 'working',
      reason: Reason.Withdrawing,
      message: 'The key is being deleted; its Secrets are withdrawn',
    };
  }
  return undefined;
}

/** Why the key, or what one of its environments is to import, is not accepted. */
function acceptanceVerdict(facts: JudgedFacts): Verdict | undefined {
  const violation = violationVerdict(facts);
  return violation === undefined || isOfProject(violation) ? (sourceVerdict(facts) ?? violation) : violation;
}

/** A project on its way out says nothing about the key; what ails the key itself does. */
function isOfProject(verdict: Verdict | undefined): boolean {
  return verdict?.reason === Reason.ProjectTerminating;
}

function sourceVerdict(facts: DeclaredFacts): Verdict | undefined {
  const [first, ...others] = openRefusals(facts);
  if (first === undefined) return undefined;
  const { environment, reason, message } = first;
  return { severity: 'stalled', reason, message: `Environment "${environment}": ${message}${andMore(others.length)}` };
}

function violationVerdict(facts: JudgedFacts): Verdict | undefined {
  const { violation } = facts;
  if (violation === undefined) return undefined;
  const mayAppear =
    violation.reason === Reason.Pending ||
    (violation.reason === Reason.ProjectNotFound && graceEndsAt(facts) !== undefined);
  return { ...violation, severity: mayAppear ? 'working' : 'stalled' };
}

function deliveryVerdict(facts: DeclaredFacts, rows: readonly NamespaceRow[]): Verdict | undefined {
  const failures = rows.filter(({ outcome }) => outcome === 'failed');
  const worst = failures.find(({ reason }) => NEEDS_EDIT.has(reason)) ?? failures[0];
  const isWorking = rows.some(({ outcome }) => outcome === 'working');
  if (worst !== undefined) {
    const mayAppear = worst.reason === Reason.NamespaceMissing && graceEndsAt(facts) !== undefined;
    const more = andMore(failures.length - 1);
    return {
      severity: mayAppear ? 'working' : NEEDS_EDIT.has(worst.reason) ? 'stalled' : 'broken',
      reason: worst.reason,
      message: `Environment "${worst.environment}", namespace "${worst.namespace}": ${worst.message}${consentHint(facts, worst)}${more}`,
    };
  }
  if (facts.object.spec.suspended === true) return undefined;
  const waiting = targetsOf(facts).find((target) => !target.suspended && target.namespaces.length === 0);
  if (waiting !== undefined) {
    return {
      severity: graceEndsAt(facts) === undefined ? 'broken' : 'working',
      reason: Reason.NamespaceMissing,
      message: `Environment "${waiting.name}" maps to no namespace yet; create one, or correct the KeyProject`,
    };
  }
  return checkingVerdict(facts) ?? makingVerdict(facts) ?? (isWorking ? DELIVERING : undefined);
}

const DELIVERING: Verdict = {
  severity: 'working',
  reason: Reason.Delivering,
  message: 'Versions are minted and Secrets written',
};

/** What an environment is to import is not known to be good or bad yet. */
function checkingVerdict({ imports }: DeclaredFacts): Verdict | undefined {
  const open = environmentsUnderCheck(imports);
  const [first] = open;
  if (first !== undefined) {
    const message = `Checking what environment "${first}" is to import${andMore(open.length - 1)}`;
    return { severity: 'working', reason: Reason.Checking, message };
  }
  const failed = [...imports].find(([, found]) => found.kind === 'Unanswered' && found.isRead === true);
  if (failed === undefined) return undefined;
  const message = `What environment "${failed[0]}" is to import could not be checked, as the thread that checks keys ended; this is retried`;
  return { severity: 'broken', reason: Reason.InternalError, message };
}

/** Under way although every Secret may carry what was current until now: the key is not what is declared yet. */
function makingVerdict({ making = [] }: DeclaredFacts): Verdict | undefined {
  if (making.length === 0) return undefined;
  const slow = making.find(isSlow);
  if (slow?.material.kind !== 'Crypto') return DELIVERING;
  const more = andMore(making.length - 1);
  return {
    severity: 'working',
    reason: Reason.Generating,
    message: `Generating ${slow.material.algorithm} for environment "${slow.environment}"${more}`,
  };
}

function andMore(count: number): string {
  return count === 0 ? '' : ` (and ${count} more)`;
}

/** The annotation by which whoever owns a Secret that stands in the way lets this key overwrite it. */
function consentHint({ identity }: DeclaredFacts, { reason }: NamespaceRow): string {
  return reason === Reason.SecretConflict ? ` (${ADOPT_ANNOTATION}=${ownerOf(identity)})` : '';
}

function readyReason(facts: DeclaredFacts, rows: readonly NamespaceRow[]): Violation<Reason> {
  const revoked = revokedEnvironments(facts);
  if (revoked.length > 0) return { reason: Reason.Revoked, message: revokedMessage(facts, revoked) };
  if (facts.object.spec.suspended === true) {
    return { reason: Reason.Suspended, message: isIssued(facts) ? SUSPENDED[facts.identity.kind] : SUSPENDED_UNISSUED };
  }
  const delivered = rows.filter(({ outcome }) => outcome === 'delivered').length;
  const waits = isTriggered(facts) && isWhollyImported(facts) ? TRIGGER_WAITS : '';
  return { reason: Reason.Delivered, message: `Delivered to ${delivered} of ${delivered} namespaces${waits}` };
}

/** Somebody waits for a rotation that does not come. */
function withIgnoredOrder({ object }: DeclaredFacts, { reason, message }: Violation<Reason>): Violation<Reason> {
  return { reason, message: isRotateAnnotationTooLong(object) ? message + ORDER_IGNORED : message };
}

const ORDER_IGNORED = `; the annotation ${ROTATE_ANNOTATION} has more than ${MAX_TRIGGER_LENGTH} characters and is not followed; shorten it`;

/** Of the wanted ones, those in which nothing is in force any more. */
function revokedEnvironments(facts: DeclaredFacts): readonly string[] {
  return targetsOf(facts)
    .map(({ name }) => name)
    .filter((name) => isOutOfForce(facts, name));
}

function revokedMessage(facts: DeclaredFacts, revoked: readonly string[]): string {
  const { reason = 'Unspecified', throughVersion } = revocationOf(facts) ?? {};
  if (throughVersion === undefined)
    return `Revoked for good (${reason}): verifiers refuse the key and its Secrets are gone; declare a key of another name`;
  const names = revoked.map((name) => `"${name}"`).join(', ');
  const isImported = revoked.every((name) => facts.imports.has(name));
  const isExpired = targetsOf(facts).some(({ name, expired }) => expired && revoked.includes(name));
  const how = REPLACEMENT[isImported ? 'import' : 'mint'][isExpired ? 'expired' : 'valid'];
  return `Versions up to ${throughVersion} are revoked (${reason}), and ${names} has no newer one; ${how} to have one issued`;
}

/** How a version that is revoked is replaced; nothing is issued after an expiry. */
const REPLACEMENT = {
  mint: {
    valid: 'set spec.rotation.trigger to a new text',
    expired: 'set spec.rotation.trigger to a new text and a later expiresAt',
  },
  import: { valid: 'import another', expired: 'import another and set a later expiresAt' },
} as const;

const TRIGGER_WAITS = '; the rotation that is asked for waits for another key in the import source';
/** Only tokens have verifiers: what a crypto key is used for, its consumers decide. */
const SUSPENDED: Readonly<Record<KeyIdentity['kind'], string>> = {
  ApiKey: 'Suspended: verifiers refuse the key, its Secrets stay',
  CryptoKey: 'Suspended: no version is issued, its Secrets stay; consumers that are to stop have to read status',
};
const SUSPENDED_UNISSUED =
  'Suspended, and nothing is in force: there are no Secrets; set spec.suspended to false to have them issued';

function isIssued(facts: DeclaredFacts): boolean {
  return entriesOf(facts).some((entry) => currentVersion(entry) !== undefined);
}

function acceptedPatch(facts: JudgedFacts): SubCondition {
  const verdict = acceptanceVerdict(facts);
  if (verdict === undefined)
    return { type: ACCEPTED, status: 'True', reason: Reason.Valid, message: 'The spec agrees with the project' };
  const { reason, message } = verdict;
  return { type: ACCEPTED, status: verdict.severity === 'working' ? 'Unknown' : 'False', reason, message };
}

function issuedPatch(facts: DeclaredFacts): SubCondition {
  const entries = entriesOf(facts);
  const isMinted = ({ name }: TargetEnvironment): boolean =>
    currentVersion(entries.find((entry) => entry.name === name)) !== undefined;
  const targets = targetsOf(facts);
  const wanted = targets.filter(({ suspended, expired }) => !suspended && !expired);
  const revoked = new Set(revokedEnvironments(facts));
  const missing = wanted.find((target) => !isMinted(target) && !revoked.has(target.name));
  if (missing !== undefined) {
    const message = `Environment "${missing.name}" has no version yet`;
    return { type: ISSUED, status: 'Unknown', reason: Reason.Pending, message };
  }
  if (revoked.size > 0)
    return { type: ISSUED, status: 'False', reason: Reason.Revoked, message: 'What was issued is revoked' };
  if (targets.some(isMinted)) return { type: ISSUED, status: 'True', ...issued(targets.every(isMinted)) };
  return targets.every(({ expired }) => expired)
    ? { type: ISSUED, status: 'False', ...NONE_AFTER_EXPIRY }
    : { type: ISSUED, status: 'Unknown', ...NONE_WHILE_SUSPENDED };
}

function issued(isEverywhere: boolean): Violation<Reason> {
  const which = isEverywhere ? '' : ' that is neither expired nor suspended';
  return { reason: Reason.Generated, message: `Every environment${which} has a current version` };
}

const NONE_AFTER_EXPIRY = { reason: Reason.Expired, message: 'Every environment has expired, and none has a version' };
const NONE_WHILE_SUSPENDED = {
  reason: Reason.EnvironmentSuspended,
  message: 'Nothing is issued while the project suspends every environment',
};

function deployedPatch(rows: readonly NamespaceRow[]): SubCondition {
  const counted = rows.filter(({ outcome }) => outcome !== 'suspended');
  const failure = counted.find(({ outcome }) => outcome === 'failed');
  const delivered = counted.filter(({ outcome }) => outcome === 'delivered').length;
  const message = `${delivered} of ${counted.length} namespaces carry the current version`;
  if (failure !== undefined) return { type: DEPLOYED, status: 'False', reason: failure.reason, message };
  const working = counted.find(({ outcome }) => outcome === 'working');
  if (working !== undefined) return { type: DEPLOYED, status: 'Unknown', reason: working.reason, message };
  if (rows.length === 0) return { type: DEPLOYED, status: 'Unknown', reason: Reason.Pending, message };
  return { type: DEPLOYED, status: 'True', reason: Reason.AllReady, message };
}

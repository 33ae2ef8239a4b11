import { isDeepStrictEqual } from 'node:util';

import { ACCEPTED, RECONCILING, Reason, STALLED } from '../../api/conditions.ts';
import { INSTALLATION_ANNOTATION, WITHDRAW_ANNOTATION } from '../../api/labels.ts';
import type { KeyProjectStatus, KeyProjectStatusEnvironment } from '../../api/generated/key-project.ts';
import type { KeywrightError } from '../../errors.ts';
import { mergeConditions, type ConditionPatch } from '../../kube/objects/conditions.ts';
import { compact } from '../planning/draft.ts';
import { INSTALLATION_PROBLEMS } from '../planning/installation-problems.ts';
import type { MappedEnvironment, NamespaceState } from '../planning/targets.ts';
import {
  appearanceGraceEndsAt,
  failureVerdict,
  readyPatches,
  verdictPatches,
  type SubCondition,
  type Verdict,
} from '../planning/verdict.ts';
import type { KeyProjectFacts } from './facts.ts';

/** Names listed per environment and state; the counts tell of the rest. */
const MAX_NAMES = 32;

/** The status a KeyProject should have. The same facts give the same status. */
export function projectStatus(facts: KeyProjectFacts): KeyProjectStatus {
  const { project } = facts;
  return compact<KeyProjectStatus>({
    observedGeneration: project.metadata.generation,
    installation: facts.installation ?? project.status?.installation,
    // What it was, until it is known again: a key that is only missing for now is the one people sealed to.
    importKey: facts.importKey === undefined ? project.status?.importKey : { fingerprint: facts.importKey },
    environments: facts.environments.map(environmentStatus),
    keys: facts.keys,
    conditions: mergeConditions(project.status?.conditions ?? [], conditionPatches(facts), {
      now: facts.now,
      onlyWhileTrue: [RECONCILING, STALLED],
    }),
  });
}

/** The conditions say that this installation no longer serves the project. */
export function elsewhereStatus(facts: KeyProjectFacts, owner: string): KeyProjectStatus {
  const reason = Reason.ClaimedElsewhere;
  const own = facts.installation ?? '';
  const message = `Installation "${owner}" has it by the annotation ${INSTALLATION_ANNOTATION}; this one is "${own}" and leaves it alone. If that one is lost, restore its backup, or take the project over: set the annotation to "${own}"`;
  const refused = { type: ACCEPTED, status: 'False', reason, message } as const;
  return withVerdict(facts, { severity: 'stalled', reason, message }, [refused]);
}

/** The conditions say why a pass over the project failed. Whether it is accepted is as it was: it may not be claimed yet. */
export function failedStatus(facts: KeyProjectFacts, failure: KeywrightError): KeyProjectStatus {
  return withVerdict(facts, failureVerdict(failure), []);
}

/** What was reported before stays; only these conditions change. */
function withVerdict(facts: KeyProjectFacts, verdict: Verdict, others: readonly SubCondition[]): KeyProjectStatus {
  const { project, now } = facts;
  const patches = verdictPatches(verdict, others, project.metadata.generation ?? 0);
  return compact<KeyProjectStatus>({
    ...project.status,
    observedGeneration: project.metadata.generation,
    conditions: mergeConditions(project.status?.conditions ?? [], patches, {
      now,
      onlyWhileTrue: [RECONCILING, STALLED],
    }),
  });
}

export function isReported(before: KeyProjectStatus | undefined, wanted: KeyProjectStatus): boolean {
  return before !== undefined && isDeepStrictEqual(before, wanted);
}

/** Does more than a count differ? Then the report does not wait. */
export function isUrgent(before: KeyProjectStatus | undefined, wanted: KeyProjectStatus): boolean {
  const { keys: _before, ...shown } = before ?? {};
  const { keys: _wanted, ...rest } = wanted;
  return !isDeepStrictEqual(shown, rest);
}

/** The moment the grace for namespaces is over, while that is ahead. */
export function graceEndsAt({ project, now }: KeyProjectFacts): Date | undefined {
  return appearanceGraceEndsAt(project.metadata.creationTimestamp, now);
}

function environmentStatus({ name, namespaces }: MappedEnvironment): KeyProjectStatusEnvironment {
  const named = (...states: NamespaceState[]): string[] =>
    namespaces.filter(({ state }) => states.includes(state)).map((namespace) => namespace.name);
  const [live, missing, terminating] = [named('Live', 'Taken'), named('Missing'), named('Terminating')];
  return {
    name,
    counts: { live: live.length, missing: missing.length, terminating: terminating.length },
    live: live.slice(0, MAX_NAMES),
    missing: missing.slice(0, MAX_NAMES),
    terminating: terminating.slice(0, MAX_NAMES),
  };
}

function conditionPatches(facts: KeyProjectFacts): readonly ConditionPatch[] {
  const observedGeneration = facts.project.metadata.generation ?? 0;
  const verdict = readyVerdict(facts);
  const others = [
    { type: ACCEPTED, status: 'True', reason: Reason.Valid, message: 'Claimed by this installation' } as const,
  ];
  return verdict === undefined
    ? readyPatches({ reason: Reason.Mapped, message: 'Every namespace is there' }, others, observedGeneration)
    : verdictPatches(verdict, others, observedGeneration);
}

/** Nobody can delete a key that is gone, so what else lets the project go has to be said. */
function orphansHint({ orphans }: KeyProjectFacts): string {
  if (orphans === 0) return '';
  return `; orphans, gone without a deletion: ${orphans}, for which records have to be annotated with ${WITHDRAW_ANNOTATION}, or the keys applied again and deleted`;
}

function readyVerdict(facts: KeyProjectFacts): Verdict | undefined {
  const { project } = facts;
  if (facts.health !== 'Ready') {
    return {
      severity: 'stalled',
      reason: Reason[facts.health],
      message: INSTALLATION_PROBLEMS[facts.health],
    };
  }
  if (project.metadata.deletionTimestamp !== undefined) {
    return {
      severity: 'broken',
      reason: Reason.InUse,
      message: `Keys that use this project hold it: ${facts.activeRecords}; they stay as they are, and it goes when they are deleted${orphansHint(facts)}. To keep it, take its finalizer off and apply it again`,
    };
  }
  const selecting = facts.isNamespaced && project.spec.environments.find(({ namespaceSelector }) => namespaceSelector);
  if (selecting) {
    const message = `Environment "${selecting.name}" selects namespaces by label, and this installation works in named ones only; list them in namespaces, or install it for the whole cluster`;
    return { severity: 'stalled', reason: Reason.SelectorNotServed, message };
  }
  const wanting = facts.environments.flatMap(({ name, namespaces }) =>
    namespaces.map((namespace) => ({ environment: name, ...namespace })),
  );
  const reserved = wanting.find(({ state }) => state === 'Reserved');
  if (reserved !== undefined) {
    const message = `Environment "${reserved.environment}": namespace "${reserved.name}" is the operator's own and never served; take it out`;
    return { severity: 'stalled', reason: Reason.NamespaceReserved, message };
  }
  const taken = wanting.find(({ state }) => state === 'Taken');
  if (taken !== undefined) {
    const message = `Namespace "${taken.name}" is selected by environment "${taken.environment}" and by an earlier one, which has it; take it out of one of them`;
    return { severity: 'stalled', reason: Reason.NamespaceTaken, message };
  }
  const missing = wanting.find(({ state }) => state === 'Missing');
  if (missing !== undefined) {
    const message = `Environment "${missing.environment}": namespace "${missing.name}" does not exist; create it, or take it out`;
    return {
      severity: graceEndsAt(facts) === undefined ? 'broken' : 'working',
      reason: Reason.NamespaceMissing,
      message,
    };
  }
  const terminating = wanting.find(({ state }) => state === 'Terminating');
  if (terminating === undefined) return undefined;
  const message = `Environment "${terminating.environment}": namespace "${terminating.name}" is being deleted; create it again once it is gone, or take it out`;
  return { severity: 'broken', reason: Reason.NamespaceTerminating, message };
}

import { FINALIZER, INSTALLATION_ANNOTATION } from '../../api/labels.ts';
import type { KeyProjectStatus } from '../../api/generated/key-project.ts';
import { projectOwner } from '../planning/project-owner.ts';
import type { KeyProjectFacts } from './facts.ts';
import { elsewhereStatus, graceEndsAt, isReported, isUrgent, projectStatus } from './status.ts';

export type Step =
  /** Writes our id and our finalizer in one patch. */
  | { readonly kind: 'Claim' }
  | { readonly kind: 'RemoveFinalizer' }
  | { readonly kind: 'WriteStatus'; readonly status: KeyProjectStatus };

export interface Plan {
  readonly step: Step | undefined;
  /** Milliseconds until a report that waits is due. */
  readonly laterMs: number | undefined;
}

/** Status is written at most this often when only counts changed: a wave of keys is one report. */
export const REPORT_INTERVAL_MS = 5_000;

const NOTHING: Plan = { step: undefined, laterMs: undefined };

/** Pure. A project of another installation is left alone, but told so while that one has not reported on it. */
export function planKeyProject(facts: KeyProjectFacts): Plan {
  const { project, installation } = facts;
  const owner = projectOwner(project);
  if (installation !== undefined && owner !== undefined && owner !== installation) return planElsewhere(facts, owner);
  if (project.metadata.deletionTimestamp !== undefined) return planDeletion(facts);
  const isClaimed = project.metadata.annotations?.[INSTALLATION_ANNOTATION] === installation && isHeld(facts);
  return installation !== undefined && !isClaimed ? { ...NOTHING, step: { kind: 'Claim' } } : report(facts);
}

/** Two installations never write one status in turn: ours is silent once the owner has put its id there. */
function planElsewhere(facts: KeyProjectFacts, owner: string): Plan {
  const { status } = facts.project;
  if (isLeftToUs(facts, owner)) return { ...NOTHING, step: { kind: 'RemoveFinalizer' } };
  const isLeaving = status?.installation === facts.installation;
  const isAnswered = status?.installation === owner || (!isLeaving && graceEndsAt(facts) !== undefined);
  return isAnswered ? NOTHING : report(facts, elsewhereStatus(facts, owner));
}

/**
 * The finalizer of a deleted project is ours to take off while the owner has never reported on it: then it is not
 * there to do so, and holding the project back would protect no key, as ours are no longer served by it. While the CRD
 * goes with it, whoever sees it lets go.
 */
function isLeftToUs(facts: KeyProjectFacts, owner: string): boolean {
  const { project, installation, health, activeRecords, kindIsTerminating } = facts;
  const isDeleting = project.metadata.deletionTimestamp !== undefined;
  if (!isDeleting || !isHeld(facts) || health !== 'Ready') return false;
  if (kindIsTerminating) return true;
  const reporter = project.status?.installation;
  return reporter !== owner && (reporter === installation || activeRecords > 0);
}

/**
 * A pruned project must never revoke a company's keys: it waits for them. One whose CRD is being deleted does not: keys
 * that went with theirs leave active records behind, and the CRD would wait for ever. Without it, keys freeze.
 */
function planDeletion(facts: KeyProjectFacts): Plan {
  if (!isHeld(facts)) return NOTHING;
  const isFree = facts.health === 'Ready' && (facts.activeRecords === 0 || facts.kindIsTerminating);
  return isFree ? { ...NOTHING, step: { kind: 'RemoveFinalizer' } } : report(facts);
}

function isHeld({ project }: KeyProjectFacts): boolean {
  return project.metadata.finalizers?.includes(FINALIZER) ?? false;
}

function report(facts: KeyProjectFacts, status: KeyProjectStatus = projectStatus(facts)): Plan {
  const before = facts.project.status;
  if (isReported(before, status)) return NOTHING;
  const waitMs = facts.sinceReportMs === undefined ? 0 : REPORT_INTERVAL_MS - facts.sinceReportMs;
  return waitMs > 0 && !isUrgent(before, status)
    ? { step: undefined, laterMs: waitMs }
    : { ...NOTHING, step: { kind: 'WriteStatus', status } };
}

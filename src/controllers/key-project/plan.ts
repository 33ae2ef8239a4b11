import { FINALIZER, INSTALLATION_ANNOTATION } from '../../api/labels.ts';
import type { KeyProjectStatus } from '../../api/generated/key-project.ts';
import { projectOwner } from '../shared/project-owner.ts';
import type { KeyProjectFacts } from './facts.ts';
import { isReported, isUrgent, projectStatus } from './status.ts';

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

/** Pure. A project of another installation is left alone. */
export function planKeyProject(facts: KeyProjectFacts): Plan {
  const { project, installation } = facts;
  const owner = projectOwner(project);
  if (installation !== undefined && owner !== undefined && owner !== installation) return NOTHING;
  if (project.metadata.deletionTimestamp !== undefined) return planDeletion(facts);
  const isClaimed = project.metadata.annotations?.[INSTALLATION_ANNOTATION] === installation && isHeld(facts);
  return installation !== undefined && !isClaimed ? { ...NOTHING, step: { kind: 'Claim' } } : report(facts);
}

/** A pruned project must never revoke a company's keys: it waits for them. */
function planDeletion(facts: KeyProjectFacts): Plan {
  if (!isHeld(facts)) return NOTHING;
  const isFree = facts.activeRecords === 0 && facts.health === 'Ready';
  return isFree ? { ...NOTHING, step: { kind: 'RemoveFinalizer' } } : report(facts);
}

function isHeld({ project }: KeyProjectFacts): boolean {
  return project.metadata.finalizers?.includes(FINALIZER) ?? false;
}

function report(facts: KeyProjectFacts): Plan {
  const before = facts.project.status;
  const status = projectStatus(facts);
  if (isReported(before, status)) return NOTHING;
  const waitMs = facts.sinceReportMs === undefined ? 0 : REPORT_INTERVAL_MS - facts.sinceReportMs;
  return waitMs > 0 && !isUrgent(before, status)
    ? { step: undefined, laterMs: waitMs }
    : { ...NOTHING, step: { kind: 'WriteStatus', status } };
}

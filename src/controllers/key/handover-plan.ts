import { FINALIZER } from '../../api/labels.ts';
import type { Step } from './step.ts';
import type { DeclaredFacts } from '../planning/key-rules.ts';

/**
 * A key of a project that another installation owns is that one's business, but for our own finalizer: its deletion
 * must not wait for an installation that may never come. It goes with nothing destroyed: Secrets and record stay,
 * as under Retain, because whoever handed the project over did not order a withdrawal from us.
 */
export function planHandedOver(facts: DeclaredFacts): Step | undefined {
  const { deletionTimestamp, finalizers = [] } = facts.object.metadata;
  if (deletionTimestamp === undefined || !finalizers.includes(FINALIZER)) return undefined;
  if (facts.installation !== 'Ready' || !isOurFinalizer(facts)) return undefined;
  // A cache may not have heard yet that the project was handed back.
  return facts.isLive ? { kind: 'RemoveFinalizer' } : { kind: 'ConfirmLive' };
}

/**
 * All installations use one finalizer, so what tells whose it is are their reports. The one that wrote the key's
 * status last serves it. Where status is silent, it is ours as long as the owner has not reported on the project:
 * then it never served any key of it. An owner that has takes off what it does not need. While the CRD goes with the
 * key nothing is withdrawn by anybody, so whoever sees it lets go.
 */
function isOurFinalizer({ project, record, statusIsSigned, kindIsTerminating }: DeclaredFacts): boolean {
  if (project.kind !== 'Elsewhere') return false;
  if (statusIsSigned || kindIsTerminating) return true;
  return project.reportedBy === 'Us' || (project.reportedBy === 'Unknown' && record.kind !== 'Absent');
}

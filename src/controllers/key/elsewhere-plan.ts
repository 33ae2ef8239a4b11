import { ACCEPTED, READY, RECONCILING, Reason, STALLED } from '../../api/conditions.ts';
import type { KeyStatus } from '../../api/key-object.ts';
import { INSTALLATION_ANNOTATION } from '../../api/labels.ts';
import { conditionOf, mergeConditions } from '../../kube/objects/conditions.ts';
import type { ProjectFacts } from '../planning/key-facts.ts';
import type { DeclaredFacts } from '../planning/key-rules.ts';
import { verdictPatches } from '../planning/verdict.ts';
import { planHandedOver } from './handover-plan.ts';
import { graceEndsAt } from './status/readiness.ts';
import { isReported } from './status/status.ts';
import type { Step } from './step.ts';

/** A key of a project that another installation owns: ours has only a finalizer to take off, or a word to say. */
export function planElsewhere(facts: DeclaredFacts): Step | undefined {
  return planHandedOver(facts) ?? planReport(facts);
}

/**
 * A key that nobody reported on within a minute, such as one that was restored where the owner of its project does not
 * run, would be pending for ever. An owner that comes writes over what we say, and is not answered: two installations
 * never write one status in turn.
 */
function planReport(facts: DeclaredFacts): Step | undefined {
  const { project, object, installation } = facts;
  if (project.kind !== 'Elsewhere' || installation !== 'Ready' || graceEndsAt(facts) !== undefined) return undefined;
  if (!isOursToReport(object.status)) return undefined;
  const status = elsewhereStatus(facts, project);
  return isReported(object.status, status) ? undefined : { kind: 'WriteStatus', status };
}

/** The schema's default status observes generation -1. No owner says of its own key that it is claimed elsewhere. */
function isOursToReport(status: KeyStatus | undefined): boolean {
  const isUnreported = (status?.observedGeneration ?? -1) < 0;
  return isUnreported || conditionOf(status, READY)?.reason === Reason.ClaimedElsewhere;
}

function elsewhereStatus(
  { object, identity, now }: DeclaredFacts,
  { owner, installation }: Extract<ProjectFacts, { readonly kind: 'Elsewhere' }>,
): KeyStatus {
  const reason = Reason.ClaimedElsewhere;
  const message = `KeyProject "${identity.project}" belongs to installation "${owner}", which does not serve this key; this one is "${installation}" and leaves it alone. If that one is lost, restore its backup, or take the project over: set its annotation ${INSTALLATION_ANNOTATION} to "${installation}"`;
  const refused = { type: ACCEPTED, status: 'False', reason, message } as const;
  const observedGeneration = object.metadata.generation ?? 0;
  return {
    ...object.status,
    observedGeneration,
    conditions: mergeConditions(
      object.status?.conditions ?? [],
      verdictPatches({ severity: 'stalled', reason, message }, [refused], observedGeneration),
      { now, onlyWhileTrue: [RECONCILING, STALLED] },
    ),
  };
}

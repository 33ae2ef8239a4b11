import type { Outcome, ReconcileContext } from '../../kube/queue/controller.ts';
import type { KeyPorts } from '../shared/ports.ts';
import { actOn } from './act.ts';
import { gatherKeyProject } from './gather.ts';
import { planKeyProject } from './plan.ts';
import { graceEndsAt } from './status.ts';

/** Claim, finalizer, status; or finalizer off. */
const MAX_STEPS = 4;
const MISSING_LOOK_MS = 300_000;

/** Reconciles one KeyProject by name: claims it, reports on it, and lets it go when no key needs it. */
export class KeyProjectController {
  readonly #ports: KeyPorts;
  /** Monotonic: a wall clock that is set back must not hold a report for as long. */
  readonly #reportedMs = new Map<string, number>();

  constructor(ports: KeyPorts) {
    this.#ports = ports;
  }

  async reconcile(name: string, { signal }: Pick<ReconcileContext, 'signal'>): Promise<Outcome> {
    let project = this.#ports.caches.projects.lister.get(name);
    for (let steps = 0; project !== undefined && steps < MAX_STEPS; steps += 1) {
      const facts = gatherKeyProject(this.#ports, project, this.#sinceReportMs(name));
      const { step, laterMs } = planKeyProject(facts);
      if (step === undefined) {
        const graceMs = graceEndsAt(facts)?.getTime();
        const lookMs = graceMs === undefined ? MISSING_LOOK_MS : graceMs - facts.now.getTime();
        return { kind: 'requeueAfter', ms: Math.min(laterMs ?? lookMs, lookMs) };
      }
      project = await actOn(this.#ports, step, facts, signal);
      if (step.kind === 'WriteStatus') this.#reportedMs.set(name, this.#ports.clock.monotonicMs());
    }
    this.#reportedMs.delete(name);
    return { kind: 'done' };
  }

  #sinceReportMs(name: string): number | undefined {
    const reportedMs = this.#reportedMs.get(name);
    return reportedMs === undefined ? undefined : this.#ports.clock.monotonicMs() - reportedMs;
  }
}

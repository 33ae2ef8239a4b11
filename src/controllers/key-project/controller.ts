import type { KeyProject } from '../../api/generated/key-project.ts';
import { KeywrightError } from '../../errors.ts';
import type { Outcome, ReconcileContext } from '../../kube/queue/controller.ts';
import { Failures } from '../shared/failures.ts';
import type { KeyPorts } from '../shared/ports.ts';
import { actOn } from './act.ts';
import type { KeyProjectFacts } from './facts.ts';
import type { ClaimedElsewhere } from './claimed-elsewhere.ts';
import { gatherKeyProject } from './gather.ts';
import { planKeyProject, type Step } from './plan.ts';
import { failedStatus, graceEndsAt, isReported } from './status.ts';

/** Claim and status, or finalizer off, with room for a change meanwhile; more mean that somebody fights us, or a fault of ours. */
const MAX_STEPS = 4;
const MISSING_LOOK_MS = 300_000;

/** Reconciles one KeyProject by name: claims it, reports on it, and lets it go when no key needs it. */
export class KeyProjectController {
  readonly #ports: KeyPorts;
  readonly #elsewhere: ClaimedElsewhere;
  /** Monotonic: a wall clock that is set back must not hold a report for as long. */
  readonly #reportedMs = new Map<string, number>();
  readonly #failures = new Failures();

  constructor(ports: KeyPorts, elsewhere: ClaimedElsewhere) {
    this.#ports = ports;
    this.#elsewhere = elsewhere;
  }

  /** @throws KW_PLAN_UNSETTLED and what acting throws; status tells of what people have to know. */
  async reconcile(name: string, { signal }: Pick<ReconcileContext, 'signal'>): Promise<Outcome> {
    let project = this.#ports.caches.projects.lister.get(name);
    for (let steps = 0; project !== undefined; steps += 1) {
      const facts = await gatherKeyProject(this.#ports, project, this.#sinceReportMs(name), signal);
      this.#elsewhere.observe(name, facts);
      const { step, laterMs } = planKeyProject(facts);
      if (step === undefined) {
        this.#failures.succeeded(name);
        const graceMs = graceEndsAt(facts)?.getTime();
        const lookMs = graceMs === undefined ? MISSING_LOOK_MS : graceMs - facts.now.getTime();
        return { kind: 'requeueAfter', ms: Math.min(laterMs ?? lookMs, lookMs) };
      }
      project = await this.#act(step, steps, facts, signal);
      if (step.kind === 'WriteStatus') this.#reportedMs.set(name, this.#ports.clock.monotonicMs());
    }
    this.#reportedMs.delete(name);
    this.#elsewhere.observe(name, undefined);
    this.#failures.succeeded(name);
    return { kind: 'done' };
  }

  async #act(
    step: Step,
    stepsDone: number,
    facts: KeyProjectFacts,
    signal: AbortSignal,
  ): Promise<KeyProject | undefined> {
    const { name } = facts.project.metadata;
    try {
      if (stepsDone === MAX_STEPS) throw new KeywrightError('KW_PLAN_UNSETTLED', { lastStep: step.kind });
      return await actOn(this.#ports, step, facts, signal);
    } catch (error) {
      const failure = signal.aborted ? undefined : this.#failures.toTell(name, error);
      if (failure !== undefined && step.kind !== 'WriteStatus') await this.#report(failure, facts, signal);
      throw error;
    }
  }

  /** Never throws: what failed is the queue's, and a status that cannot be written now is written by a later pass. */
  async #report(failure: KeywrightError, facts: KeyProjectFacts, signal: AbortSignal): Promise<void> {
    const status = failedStatus(facts, failure);
    if (isReported(facts.project.status, status)) return;
    await actOn(this.#ports, { kind: 'WriteStatus', status }, facts, signal).catch(() => {});
  }

  #sinceReportMs(name: string): number | undefined {
    const reportedMs = this.#reportedMs.get(name);
    return reportedMs === undefined ? undefined : this.#ports.clock.monotonicMs() - reportedMs;
  }
}

import type { Clock } from '../../clock.ts';
import { secretsOf, withOwnSecrets, type Judged, type JudgeJob } from '../../judging/judge-job.ts';
import type { JudgingPool } from '../../judging/judging-pool.ts';
import type { KeyIdentity } from '../../sealing/ledger.ts';
import { ownerOf } from '../planning/place-state.ts';
import { JudgingLine, type JudgingJob, type JudgingResult } from './judging-line.ts';
import { KnownRefusals } from './known-refusals.ts';

export interface JudgingDeskOptions {
  readonly pool: Pick<JudgingPool, 'judge'>;
  readonly clock: Clock;
  /** How many callers may wait a moment at a time: few of all workers, so that the others go on. */
  readonly seats: number;
  /** Told when it is worth asking again. @param owner "<kind>/<namespace>/<name>". */
  readonly onReady: (owner: string) => void;
  /** Ends what is being judged, when this process stops leading. */
  readonly signal: AbortSignal;
}

/** One key to judge. The caller wipes the bytes of the job. */
export interface JudgingOrder {
  readonly identity: KeyIdentity;
  /** The same for equal jobs, and tells nothing of their bytes. */
  readonly text: string;
  readonly job: JudgeJob;
  /** How long the caller would wait, in ms: most keys are judged in less, and are spared a second pass. */
  readonly patienceMs: number;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
}

/**
 * Where imported keys are handed in to be judged, so that no pass waits for one that was made to cost seconds: whoever
 * left too early is woken. What was accepted is kept until its owner forgets it, and a refusal for a while.
 */
export class JudgingDesk {
  readonly #options: JudgingDeskOptions;
  readonly #refusals: KnownRefusals;
  /** By project. */
  readonly #lines = new Map<string, JudgingLine>();
  #seated = 0;

  constructor(options: JudgingDeskOptions) {
    this.#options = options;
    this.#refusals = new KnownRefusals(options.clock);
    options.signal.addEventListener('abort', () => this.#closeAll(), { once: true });
  }

  /**
   * The material of an accepted key is the caller's own, to be wiped. Undefined: it is being judged or waits for its
   * turn, and its owner will be woken.
   *
   * @throws {JobError} which says nothing about the key; asking again tries again.
   */
  async ask(order: JudgingOrder): Promise<Judged | undefined> {
    const { identity, text, signal } = order;
    this.#options.signal.throwIfAborted();
    const refusal = this.#refusals.get(text);
    if (refusal !== undefined) return { outcome: refusal, moduli: [] };
    const owner = ownerOf(identity);
    const line = this.#lineOf(identity.project);
    let job = line.find(owner, text);
    if (job === undefined && !line.hasRoomFor(owner)) return undefined;
    job ??= this.#begin(line, owner, order);
    if (job.result === undefined) await this.#sit(job, order);
    signal.throwIfAborted();
    if (job.result !== undefined) return take(line, job, job.result);
    job.isAwaited = true;
    return undefined;
  }

  /** Drops what a key handed in and does not ask for any more. @param but Texts of what it does ask for. */
  forget(identity: KeyIdentity, but: ReadonlySet<string> = new Set()): void {
    this.#lines.get(identity.project)?.forget(ownerOf(identity), but);
    this.#wakeNext(identity.project);
  }

  #lineOf(project: string): JudgingLine {
    const line = this.#lines.get(project) ?? new JudgingLine();
    this.#lines.set(project, line);
    return line;
  }

  #begin(line: JudgingLine, owner: string, { identity: { project }, text, job: given }: JudgingOrder): JudgingJob {
    const stop = new AbortController();
    const own = withOwnSecrets(given);
    const finish = (result: JudgingResult): void => {
      for (const secret of secretsOf(own)) secret.fill(0);
      if ('outcome' in result && result.outcome.kind === 'Refused') this.#refusals.add(text, result.outcome);
      line.end(job, result);
      if (job.isAwaited && !stop.signal.aborted) this.#options.onReady(owner);
      this.#wakeNext(project);
    };
    const done = this.#options.pool.judge(project, own, stop.signal).then(finish, (error: unknown) => {
      finish({ error });
    });
    const job: JudgingJob = { owner, text, stop, done, result: undefined, isAwaited: false };
    line.begin(job);
    return job;
  }

  /** Until the key is judged or patience is at its end. Who finds no seat goes at once. */
  async #sit({ done }: JudgingJob, { patienceMs, signal }: JudgingOrder): Promise<void> {
    const { seats, clock } = this.#options;
    if (patienceMs <= 0 || this.#seated >= seats) return;
    this.#seated += 1;
    const over = new AbortController();
    const timer = clock.sleep(patienceMs, AbortSignal.any([signal, over.signal])).catch(() => undefined);
    try {
      await Promise.race([done, timer]);
    } finally {
      over.abort();
      this.#seated -= 1;
    }
  }

  #wakeNext(project: string): void {
    const line = this.#lines.get(project);
    const owner = line?.nextInLine();
    if (owner !== undefined) this.#options.onReady(owner);
    if (line?.isEmpty === true) this.#lines.delete(project);
  }

  #closeAll(): void {
    for (const line of this.#lines.values()) line.forgetAll();
  }
}

/** Only an accepted key stays for the next look: a refusal is known, and what failed is tried again. */
function take(line: JudgingLine, job: JudgingJob, result: JudgingResult): Judged {
  if ('error' in result) {
    line.remove(job);
    throw result.error;
  }
  const { outcome, moduli } = result;
  if (outcome.kind === 'Refused') {
    line.remove(job);
    return result;
  }
  const { material } = outcome;
  return { outcome: { ...outcome, material: { ...material, bytes: Uint8Array.from(material.bytes) } }, moduli };
}

import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../support/harness/eventually.ts';
import { sumOf } from '../support/prometheus-text.ts';
import { startOperatorProcess, type OperatorOptions, type OperatorProcess } from '../support/operator.ts';
import type { Dice } from './dice.ts';

/** A leader that is paused for longer than this has lost its lease when it wakes. */
const LEASE_MS = 3_000;
const LEASES = ['--lease-duration=3s', '--renew-deadline=2s', '--retry-period=200ms'];
/** Two processes start within seconds; on a machine that does much else, within a minute. */
const LED_WITHIN_MS = 120_000;
const KILL_EVERY_MS = 14_000;
/** Longer than the lease, so that two leaders meet. */
const PAUSE_MS = LEASE_MS + 1_500;

export interface OperatorCounts {
  readonly started: number;
  /** Leaders ended by SIGKILL. */
  readonly killed: number;
  /** Leaders stopped for longer than their lease, and woken. */
  readonly paused: number;
}

/** Two operator processes, one of which leads. One that ends is replaced until the pair is stopped. */
export class OperatorPair implements AsyncDisposable {
  readonly #options: OperatorOptions;
  readonly #running = new Set<OperatorProcess>();
  readonly #logs: (readonly string[])[] = [];
  readonly #counts = { started: 0, killed: 0, paused: 0 };
  readonly #keepers: Promise<void>[] = [];
  readonly #end = new AbortController();

  private constructor(options: OperatorOptions) {
    this.#options = options;
  }

  /** Resolves as soon as both processes were spawned. */
  static async start(options: OperatorOptions): Promise<OperatorPair> {
    const pair = new OperatorPair({ ...options, until: 'nothing', flags: [...LEASES, ...(options.flags ?? [])] });
    // One after the other: the first start makes the operator's namespace and roles.
    for (const first of [await pair.#spawn(), await pair.#spawn()]) pair.#keepers.push(pair.#keep(first));
    return pair;
  }

  get counts(): OperatorCounts {
    return this.#counts;
  }

  /** Every line that any of them logged. */
  get logLines(): readonly string[] {
    return this.#logs.flat();
  }

  /** The one that leads, and undefined while none does. */
  async leader(): Promise<OperatorProcess | undefined> {
    for (const operator of this.#running) {
      const metrics = await operator.metricsText().catch(() => '');
      if (sumOf(metrics, 'leader_election_master_status') === 1) return operator;
    }
    return undefined;
  }

  /** Resolves with the leader as soon as there is one. */
  async whenLed(): Promise<OperatorProcess> {
    return eventually(
      async () => {
        const leader = await this.leader();
        if (leader === undefined) throw new Error(`nobody leads; last lines:\n${this.logLines.slice(-10).join('\n')}`);
        return leader;
      },
      { timeoutMs: LED_WITHIN_MS },
    );
  }

  /** Kills the leader, or has it sleep until another leads, every few seconds until `signal` aborts. */
  async harass(dice: Dice, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await pause(KILL_EVERY_MS / 2 + dice.below(KILL_EVERY_MS), undefined, { signal }).catch(() => {});
      const leader = signal.aborted ? undefined : await this.leader();
      if (leader === undefined) continue;
      if (dice.chance(0.6)) {
        this.#counts.killed += 1;
        leader.kill('SIGKILL');
      } else {
        this.#counts.paused += 1;
        leader.kill('SIGSTOP');
        await pause(PAUSE_MS);
        leader.kill('SIGCONT');
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    for (const operator of this.#running) await operator[Symbol.asyncDispose]();
    await Promise.all(this.#keepers);
  }

  async #keep(first: OperatorProcess): Promise<void> {
    for (let operator = first; ;) {
      await operator.exited;
      this.#running.delete(operator);
      if (this.#end.signal.aborted) return;
      operator = await this.#spawn();
    }
  }

  async #spawn(): Promise<OperatorProcess> {
    const operator = await startOperatorProcess(this.#options);
    this.#counts.started += 1;
    this.#running.add(operator);
    this.#logs.push(operator.logLines);
    if (this.#end.signal.aborted) operator.kill('SIGKILL');
    return operator;
  }
}

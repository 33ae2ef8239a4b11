import { assertMintOrder } from '../keys/crypto/mint-order.ts';
import type { Minted, MintOrder } from '../keys/crypto/mint-order.ts';
import { FairQueue } from './fair-queue.ts';
import { MintingError } from './minting-error.ts';
import type { MintingWorker } from './minting-worker.ts';

export interface MintingPoolOptions {
  /** How many keys are made at once: processors less one, so that the event loop keeps one, and at least 1. */
  readonly size: number;
  /** Called when an order finds no idle worker, and to replace a lost one. */
  readonly createWorker: () => MintingWorker;
}

/** One order, from its arrival until its promise has settled. */
interface Waiting {
  readonly order: MintOrder;
  readonly answer: PromiseWithResolvers<Minted>;
  /** Gone away: nobody waits for the answer any more. */
  isAbandoned: boolean;
}

/**
 * Mints slow keys away from the event loop. Projects take turns: one with fifty orders delays another's by at
 * most one order for each worker and project. Workers are made when first needed and then kept.
 */
export class MintingPool {
  readonly #size: number;
  readonly #createWorker: () => MintingWorker;
  readonly #waiting = new FairQueue<Waiting>();
  readonly #idle: MintingWorker[] = [];
  readonly #running = new Set<Promise<void>>();
  #isClosed = false;

  /** @throws {RangeError} unless `size` is an integer of at least 1. */
  constructor({ size, createWorker }: MintingPoolOptions) {
    if (!Number.isInteger(size) || size < 1) {
      throw new RangeError(`Cannot make a minting pool: size must be an integer >= 1, got ${size}`);
    }
    this.#size = size;
    this.#createWorker = createWorker;
  }

  /**
   * Mints one key when it is the project's turn. The caller wipes the bytes.
   *
   * When `signal` aborts, the promise rejects with its reason at once. A waiting order is taken out; a key
   * that is being made cannot be stopped, so it is finished, wiped and dropped.
   *
   * @throws {RangeError} as `assertMintOrder` does, before anything waits.
   * @throws {MintingError} Failed, WorkerLost or Closed.
   */
  async mint(project: string, order: MintOrder, signal: AbortSignal): Promise<Minted> {
    signal.throwIfAborted();
    assertMintOrder(order);
    if (this.#isClosed) throw new MintingError('Closed');
    const waiting: Waiting = { order, answer: Promise.withResolvers(), isAbandoned: false };
    const abandon = (): void => {
      waiting.isAbandoned = true;
      this.#waiting.remove(project, waiting);
      waiting.answer.reject(signal.reason);
    };
    signal.addEventListener('abort', abandon, { once: true });
    this.#waiting.push(project, waiting);
    this.#start();
    try {
      return await waiting.answer.promise;
    } finally {
      signal.removeEventListener('abort', abandon);
    }
  }

  /** Refuses what waits and what is yet to come, lets keys under way be finished, then ends the workers. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (let next = this.#waiting.take(); next !== undefined; next = this.#waiting.take()) {
      next.answer.reject(new MintingError('Closed'));
    }
    await Promise.all(this.#running);
    await Promise.all(this.#idle.splice(0).map((worker) => worker.close()));
  }

  #start(): void {
    while (this.#running.size < this.#size) {
      const next = this.#waiting.take();
      if (next === undefined) return;
      const running = this.#carryOut(next).finally(() => {
        this.#running.delete(running);
        this.#start();
      });
      this.#running.add(running);
    }
  }

  /** Never rejects: what goes wrong is the answer to the order. */
  async #carryOut(next: Waiting): Promise<void> {
    try {
      const minted = await this.#mintOnWorker(next.order);
      if (next.isAbandoned) minted.material.bytes.fill(0);
      else next.answer.resolve(minted);
    } catch (error) {
      next.answer.reject(error);
    }
  }

  async #mintOnWorker(order: MintOrder): Promise<Minted> {
    const worker = this.#takeIdle() ?? this.#createWorker();
    try {
      return await worker.mint(order);
    } finally {
      this.#idle.push(worker);
    }
  }

  /** Drops the workers that were lost, under an order or while idle. */
  #takeIdle(): MintingWorker | undefined {
    for (let worker = this.#idle.pop(); worker !== undefined; worker = this.#idle.pop()) {
      if (!worker.isLost) return worker;
    }
    return undefined;
  }
}

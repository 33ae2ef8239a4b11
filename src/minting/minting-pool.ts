import { assertMintOrder } from '../keys/crypto/mint-order.ts';
import type { Minted, MintOrder } from '../keys/crypto/mint-order.ts';
import { JobPool, type JobPoolOptions } from '../threads/job-pool.ts';

/** As of a pool. `size`: processors less one, so that the event loop keeps one. */
export type MintingPoolOptions = Omit<JobPoolOptions<MintOrder, Minted>, 'discard'>;

/** Mints slow keys away from the event loop. Projects take turns. */
export class MintingPool {
  readonly #pool: JobPool<MintOrder, Minted>;

  /** @throws {RangeError} unless `size` is an integer of at least 1. */
  constructor(options: MintingPoolOptions) {
    this.#pool = new JobPool({ ...options, discard: ({ material }) => material.bytes.fill(0) });
  }

  /**
   * Mints one key when it is the project's turn. The caller wipes the bytes. When `signal` aborts, the promise rejects
   * with its reason at once; a key that is being made is finished and wiped.
   *
   * @throws {RangeError} as `assertMintOrder` does, before anything waits.
   * @throws {JobError} Failed, WorkerLost or Closed.
   */
  async mint(project: string, order: MintOrder, signal: AbortSignal): Promise<Minted> {
    signal.throwIfAborted();
    assertMintOrder(order);
    return await this.#pool.run(project, order, signal);
  }

  /** Refuses what waits and what is yet to come, lets keys under way be finished, then ends the threads. */
  async close(): Promise<void> {
    await this.#pool.close();
  }
}

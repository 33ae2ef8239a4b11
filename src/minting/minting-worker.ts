import type { Minted, MintOrder } from '../keys/crypto/mint-order.ts';

/** Makes one key at a time, away from the event loop. */
export interface MintingWorker {
  /** True for good once the worker can take no more orders. */
  readonly isLost: boolean;

  /**
   * Called only while no other order is under way. The caller owns and wipes what it gets; no copy stays behind.
   *
   * @throws {MintingError} Failed; WorkerLost, and then `isLost` is true.
   */
  mint(order: MintOrder): Promise<Minted>;

  /** Ends the worker; an order under way ends with WorkerLost. May be called more than once. */
  close(): Promise<void>;
}

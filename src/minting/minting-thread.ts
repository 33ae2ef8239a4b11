import type { Clock } from '../clock.ts';
import type { Minted, MintOrder } from '../keys/crypto/mint-order.ts';
import { JobThread } from '../threads/job-thread.ts';

/** A thread that makes one key at a time, for however long that takes. */
export class MintingThread extends JobThread<MintOrder, Minted> {
  /** @param main Tests hand in one that dies. */
  constructor(clock: Clock, main: URL = new URL('thread-main.ts', import.meta.url)) {
    super({ clock, main });
  }
}

import { Worker } from 'node:worker_threads';
import type { WorkerOptions } from 'node:worker_threads';
import type { Minted, MintOrder } from '../keys/crypto/mint-order.ts';
import { MintingError } from './minting-error.ts';
import type { MintingWorker } from './minting-worker.ts';
import type { ThreadReply } from './thread-reply.ts';

/** Without the environment of the process, which a thread that only mints has no use for. */
const BARE: WorkerOptions = { env: {}, execArgv: [] };

/** A worker in a thread of its own. While idle it does not keep the process alive. */
export class MintingThread implements MintingWorker {
  readonly #thread: Worker;
  #pending: PromiseWithResolvers<Minted> | undefined;
  #isLost = false;

  /** @param main The module the thread runs. Tests hand in one that dies. */
  constructor(main: URL = new URL('thread-main.ts', import.meta.url)) {
    this.#thread = new Worker(main, BARE);
    this.#thread.unref();
    this.#thread.on('message', (reply: ThreadReply) => this.#settle(reply));
    this.#thread.on('messageerror', () => void this.close());
    // 'exit' follows and says all that may be said; without a listener the process would end.
    this.#thread.on('error', () => {});
    this.#thread.on('exit', () => this.#lose());
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  async mint(order: MintOrder): Promise<Minted> {
    if (this.#isLost) throw new MintingError('WorkerLost');
    if (this.#pending !== undefined) throw new RangeError('A minting thread takes one order at a time');
    const pending = Promise.withResolvers<Minted>();
    this.#pending = pending;
    this.#thread.ref();
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
    this.#thread.postMessage(order);
    try {
      return await pending.promise;
    } finally {
      this.#pending = undefined;
      this.#thread.unref();
    }
  }

  async close(): Promise<void> {
    await this.#thread.terminate();
  }

  #settle({ minted }: ThreadReply): void {
    if (minted === undefined) this.#pending?.reject(new MintingError('Failed'));
    else this.#pending?.resolve(minted);
  }

  #lose(): void {
    this.#isLost = true;
    this.#pending?.reject(new MintingError('WorkerLost'));
  }
}

import type { Minted, MintOrder } from '../../../src/keys/crypto/mint-order.ts';
import { JobError } from '../../../src/threads/job-error.ts';
import type { JobWorker } from '../../../src/threads/job-worker.ts';

/** A worker that finishes, fails or dies when the test says so. */
export class ScriptedWorker implements JobWorker<MintOrder, Minted> {
  isLost = false;
  isClosed = false;
  order: MintOrder | undefined;
  #answer: PromiseWithResolvers<Minted> = Promise.withResolvers();

  run(order: MintOrder): Promise<Minted> {
    if (this.order !== undefined) throw new RangeError('One order at a time');
    this.order = order;
    this.#answer = Promise.withResolvers();
    return this.#answer.promise;
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }

  /** Finishes the order under way; returns the bytes it handed over. */
  async finish(): Promise<Uint8Array> {
    const bytes = Uint8Array.of(1, 2, 3);
    this.#answer.resolve({ material: { algorithm: 'RSA-2048', form: 'Pkcs8', bytes } });
    await this.#settled();
    return bytes;
  }

  async fail(): Promise<void> {
    this.#answer.reject(new JobError('Failed'));
    await this.#settled();
  }

  async die(): Promise<void> {
    this.isLost = true;
    this.#answer.reject(new JobError('WorkerLost'));
    await this.#settled();
  }

  async #settled(): Promise<void> {
    this.order = undefined;
    // The pool goes on in microtasks; a macrotask comes after all of them.
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

import type { Minted } from '../../keys/crypto/mint-order.ts';
import type { MintingPool } from '../../minting/minting-pool.ts';
import type { KeyIdentity } from '../../sealing/ledger.ts';
import { ownerOf } from '../planning/place-state.ts';
import type { CryptoOrder, MintOrder } from '../planning/record-change.ts';

export interface MintingDeskOptions {
  readonly pool: Pick<MintingPool, 'mint'>;
  readonly now: () => Date;
  /** Told when what a key waits for is there, or could not be made. @param owner "<kind>/<namespace>/<name>". */
  readonly onReady: (owner: string) => void;
  /** Ends what is being made, when this process stops leading. */
  readonly signal: AbortSignal;
}

/** By environment. The taker wipes the bytes. */
export type MadeKeys = ReadonlyMap<string, Minted>;

interface Job {
  /** What was ordered: a key that asks for something else by now begins anew. */
  readonly text: string;
  readonly stop: AbortController;
  outcome: { readonly made: MadeKeys } | { readonly error: unknown } | undefined;
}

/**
 * Where slow keys are ordered and fetched, so that no pass waits for one: whoever asks too early comes again when it
 * is woken. Material that nobody fetches is wiped with its job; nothing was promised for it, as only a record
 * makes a version.
 */
export class MintingDesk {
  readonly #options: MintingDeskOptions;
  readonly #jobs = new Map<string, Job>();

  constructor(options: MintingDeskOptions) {
    this.#options = options;
    options.signal.addEventListener('abort', () => this.#closeAll(), { once: true });
  }

  /**
   * Takes what was made for just these orders; whatever else was made for the key is wiped. Undefined: it is being
   * made, and the key will be woken.
   * @throws what kept it from being made; asking again tries again. Once this process leads no more, why.
   */
  take(identity: KeyIdentity, orders: readonly MintOrder[]): MadeKeys | undefined {
    this.#options.signal.throwIfAborted();
    if (orders.length === 0) {
      this.forget(identity);
      return new Map();
    }
    const key = keyOf(identity);
    const text = JSON.stringify(orders.map(({ environment, material }) => [environment, material]));
    const job = this.#jobs.get(key);
    if (job?.text !== text) {
      this.forget(identity);
      this.#begin(key, identity, orders, text);
      return undefined;
    }
    if (job.outcome === undefined) return undefined;
    this.#jobs.delete(key);
    if ('error' in job.outcome) throw job.outcome.error;
    return job.outcome.made;
  }

  /** For a key that is gone, or asks for nothing slow any more: stops what is being made, and wipes what was. */
  forget(identity: KeyIdentity): void {
    const key = keyOf(identity);
    const job = this.#jobs.get(key);
    if (job === undefined) return;
    this.#jobs.delete(key);
    discard(job);
  }

  #begin(key: string, identity: KeyIdentity, orders: readonly MintOrder[], text: string): void {
    const stop = new AbortController();
    const job: Job = { text, stop, outcome: undefined };
    this.#jobs.set(key, job);
    const finish = (outcome: Job['outcome']): void => {
      job.outcome = outcome;
      if (stop.signal.aborted) discard(job);
      else this.#options.onReady(ownerOf(identity));
    };
    this.#make(identity.project, orders, stop.signal).then(
      (made) => finish({ made }),
      (error: unknown) => finish({ error }),
    );
  }

  /** One key for all that share it, else one for each. */
  async #make(project: string, orders: readonly MintOrder[], signal: AbortSignal): Promise<MadeKeys> {
    const createdAt = this.#options.now();
    const made = new Map<string, Minted>();
    const makeOne = async ({ environment, material }: MintOrder): Promise<void> => {
      if (material.kind !== 'Crypto') return;
      made.set(environment, await this.#options.pool.mint(project, poolOrder(material, createdAt), signal));
    };
    const [first] = orders;
    const isShared = first?.material.kind === 'Crypto' && first.material.isShared;
    // Those that others are made with come to an end too: what comes after the failure is wiped like the rest.
    const settled = await Promise.allSettled((isShared ? [first] : orders).map(makeOne));
    const failed = settled.find((one) => one.status === 'rejected');
    if (failed === undefined) return made;
    wipe(made);
    throw failed.reason;
  }

  #closeAll(): void {
    for (const job of this.#jobs.values()) discard(job);
    this.#jobs.clear();
  }
}

function keyOf(identity: KeyIdentity): string {
  return `${identity.project}/${ownerOf(identity)}`;
}

function poolOrder({ algorithm, openpgp }: CryptoOrder, createdAt: Date): Parameters<MintingPool['mint']>[1] {
  return { algorithm, createdAt, ...(openpgp !== undefined && { openpgp }) };
}

function discard({ stop, outcome }: Job): void {
  stop.abort();
  if (outcome !== undefined && 'made' in outcome) wipe(outcome.made);
}

function wipe(made: MadeKeys): void {
  for (const { material } of made.values()) material.bytes.fill(0);
}

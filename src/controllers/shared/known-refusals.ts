import type { Clock } from '../../clock.ts';
import type { ImportOutcome } from '../../keys/crypto/import/import-outcome.ts';
import { RecentMap } from '../../kube/queue/recent-map.ts';

type Refusal = Extract<ImportOutcome, { readonly kind: 'Refused' }>;

/** Until the next look without a change: a machine may have been slow, or the time of a key has come since. */
const KEPT_MS = 5 * 60_000;
const MAX_REFUSALS = 4_096;

/**
 * What was refused a while ago, by a text that tells nothing of it: judging may cost seconds, and a key that is refused
 * is looked at again with whatever changes around it.
 */
export class KnownRefusals {
  readonly #clock: Clock;
  readonly #refusals = new RecentMap<string, { readonly refusal: Refusal; readonly untilMs: number }>(MAX_REFUSALS);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get(asked: string): Refusal | undefined {
    const known = this.#refusals.get(asked);
    return known !== undefined && known.untilMs > this.#clock.monotonicMs() ? known.refusal : undefined;
  }

  add(asked: string, refusal: Refusal): void {
    this.#refusals.set(asked, { refusal, untilMs: this.#clock.monotonicMs() + KEPT_MS });
  }
}

import { setTimeout as pause } from 'node:timers/promises';
import { tenPercentFaults } from '../support/ten-percent-faults.ts';
import { seededRandom } from '../support/seeded-random.ts';
import type { WriteProxy } from '../support/write-proxy.ts';
import { diceOf } from './dice.ts';

const LONGEST_DELAY_MS = 400;
const WATCHES_CUT_EVERY_MS = 8_000;

/** What became of requests, and how often watches were cut. */
export interface FaultCounts {
  readonly dropped: number;
  readonly answersLost: number;
  readonly refused: number;
  readonly delayed: number;
  readonly watchesCut: number;
}

/** Disposal ends it, as `stop` does. */
export interface Disturbance extends AsyncDisposable {
  readonly counts: () => FaultCounts;
  readonly stop: () => Promise<void>;
}

/**
 * Makes the network of the operators a bad one: a tenth of all requests fails in one of four ways, another tenth is
 * late, and every few seconds all watches break.
 */
export function disturb(proxy: WriteProxy, seed: number): Disturbance {
  const dice = diceOf(seededRandom(seed));
  const faults = tenPercentFaults(seed + 1);
  const end = new AbortController();
  let [delayed, watchesCut] = [0, 0];
  proxy.treat((request) => {
    const fate = faults.fateOf(request);
    if (fate.kind !== 'forward' || !dice.chance(0.1)) return fate;
    delayed += 1;
    return { kind: 'hold', until: pause(dice.below(LONGEST_DELAY_MS)) };
  });
  const cutting = (async () => {
    while (!end.signal.aborted) {
      await pause(WATCHES_CUT_EVERY_MS / 2 + dice.below(WATCHES_CUT_EVERY_MS), undefined, { signal: end.signal });
      watchesCut += proxy.watches;
      proxy.cutWatches();
    }
  })().catch((error: unknown) => {
    if (!end.signal.aborted) throw error;
  });
  const stop = async (): Promise<void> => {
    end.abort();
    await cutting;
    proxy.behave();
  };
  return {
    counts: () => {
      const { drop, loseAnswer, refuse } = faults.counts;
      return { dropped: drop, answersLost: loseAnswer, refused: refuse, delayed, watchesCut };
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

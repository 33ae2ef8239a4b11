import { digestOf } from '../../keys/hash.ts';
import type { KeyIdentity } from '../../sealing/ledger.ts';

/** What is waited for is spread over this part of the wait at most. */
const SPREAD_SHARE = 1 / 20;
/** Digits of a digest, in hex, that decide a key's turn among others. */
const TURN_DIGITS = 8;

/**
 * How much later than at its due time a key has its turn, so that keys that are due together do not come all at once:
 * always the same for one key, never early, below a twentieth of the wait and below `limitMs`. All in milliseconds.
 */
export function spreadMs(identity: KeyIdentity, waitMs: number, limitMs: number): number {
  return Math.floor(turnOf(identity) * Math.min(waitMs * SPREAD_SHARE, limitMs));
}

/** In [0, 1), spread evenly over keys. */
function turnOf({ project, kind, name }: KeyIdentity): number {
  const digits = digestOf(`${project}/${kind}/${name}`).slice(0, TURN_DIGITS);
  return Number.parseInt(digits, 16) / 16 ** TURN_DIGITS;
}

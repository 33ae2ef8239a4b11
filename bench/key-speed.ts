import { randomBytes } from 'node:crypto';
import { ALGORITHMS, type Algorithm } from '../src/keys/crypto/algorithm.ts';
import { isOpenPgp } from '../src/keys/crypto/key-type.ts';
import { mintMaterial } from '../src/keys/crypto/mint.ts';
import type { MintOrder } from '../src/keys/crypto/mint-order.ts';
import { MintingPool } from '../src/minting/minting-pool.ts';
import { MintingThread } from '../src/minting/minting-thread.ts';
import { bareKey, USER_ID } from './bare-key.ts';
import { systemClock } from '../src/system-clock.ts';

const PROJECT = 'bench';
const never = new AbortController().signal;

/** The same number of keys, one time each. Milliseconds. */
export interface SpeedPair {
  readonly oursMs: number;
  readonly bareMs: number;
}

export interface KeySpeed {
  readonly algorithm: Algorithm;
  /** Of each half of a pair. */
  readonly keys: number;
  readonly pairs: readonly SpeedPair[];
}

export interface KeySpeedOptions {
  /** Threads that make slow keys, ours and the library's alike. */
  readonly workers: number;
  /** Pairs of each kind. */
  readonly rounds: number;
  readonly progress: (line: string) => void;
}

/** Every kind that is minted, as the operator mints it, beside the bare call of its library in the same process. */
export async function keySpeeds({ workers, rounds, progress }: KeySpeedOptions): Promise<readonly KeySpeed[]> {
  const pool = new MintingPool({ size: workers, createWorker: () => new MintingThread(systemClock) });
  try {
    const speeds: KeySpeed[] = [];
    for (const algorithm of mintableAlgorithms()) {
      const keys = keysPerRound(algorithm);
      progress(`${keys} × ${algorithm}, ${rounds} times by us and by the bare library`);
      speeds.push({ algorithm, keys, pairs: await speedPairs(algorithm, { pool, workers, rounds, keys }) });
    }
    return speeds;
  } finally {
    await pool.close();
  }
}

export function mintableAlgorithms(): readonly Algorithm[] {
  return (Object.keys(ALGORITHMS) as Algorithm[]).filter((algorithm) => ALGORITHMS[algorithm].isMintable);
}

interface RoundOptions extends Pick<KeySpeedOptions, 'workers' | 'rounds'> {
  readonly pool: MintingPool;
  readonly keys: number;
}

async function speedPairs(
  algorithm: Algorithm,
  { pool, workers, rounds, keys }: RoundOptions,
): Promise<readonly SpeedPair[]> {
  const { isSlow } = ALGORITHMS[algorithm];
  const order = orderFor(algorithm);
  // All orders wait in the pool from the start, as those of a project do; a bare caller has one call under way.
  const ours = isSlow
    ? { make: () => pool.mint(PROJECT, order, never), ways: keys }
    : { make: () => mintMaterial(order, randomBytes), ways: 1 };
  const bare = { make: bareKey(algorithm), ways: isSlow ? workers : 1 };
  // Threads are started, libraries loaded and code compiled before the clock runs.
  const warmUp = isSlow ? workers : keys;
  await elapsedMs(ours, warmUp);
  await elapsedMs(bare, warmUp);
  const pairs: SpeedPair[] = [];
  for (let round = 0; round < rounds; round += 1) {
    // Who is first changes, so that a machine that grows warm or busy harms both.
    const [first, second] = round % 2 === 0 ? [ours, bare] : [bare, ours];
    const [firstMs, secondMs] = [await elapsedMs(first, keys), await elapsedMs(second, keys)];
    pairs.push(round % 2 === 0 ? { oursMs: firstMs, bareMs: secondMs } : { oursMs: secondMs, bareMs: firstMs });
  }
  return pairs;
}

interface Maker {
  readonly make: () => unknown;
  /** Calls under way at once. */
  readonly ways: number;
}

async function elapsedMs({ make, ways }: Maker, keys: number): Promise<number> {
  let left = keys;
  const startedMs = performance.now();
  const caller = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const made = make();
      // A call that has its key at once is not made to wait for the event loop.
      if (made instanceof Promise) await made;
    }
  };
  await Promise.all(Array.from({ length: ways }, caller));
  return performance.now() - startedMs;
}

function orderFor(algorithm: Algorithm): MintOrder {
  const order = { algorithm, createdAt: new Date() };
  return isOpenPgp(algorithm) ? { ...order, openpgp: { userIds: [USER_ID] } } : order;
}

/**
 * Searching primes takes now half and now twice the time, so that few keys tell little, and short runs are at the mercy
 * of the garbage collector: as many as take about as long as this, on 2 cores.
 */
const KEYS: Partial<Record<Algorithm, number>> = {
  'RSA-2048': 24, // 0.8 s
  'RSA-3072': 24, // 4 s
  'RSA-4096': 6, // 4 s
  'EC-P384': 300, // 0.3 s
  'EC-P521': 200, // 0.4 s
  'OpenPGP-ECC': 100, // 0.2 s
  'OpenPGP-RSA-3072': 6, // 2 s
  'OpenPGP-RSA-4096': 4, // 6 s
};
const CURVE_KEYS = 2_000; // 0.1 s, in curves for which OpenSSL has code of its own
const SECRET_KEYS = 20_000; // 0.05 s

function keysPerRound(algorithm: Algorithm): number {
  return KEYS[algorithm] ?? (ALGORITHMS[algorithm].quantumVulnerable ? CURVE_KEYS : SECRET_KEYS);
}

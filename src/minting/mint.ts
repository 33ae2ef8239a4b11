import type { RandomBytes } from '../clock.ts';
import { ALGORITHMS } from '../keys/crypto/algorithm.ts';
import type { Minted, MintOrder } from '../keys/crypto/mint-order.ts';
import { mintMaterial } from '../keys/crypto/mint.ts';
import type { MintingPool } from './minting-pool.ts';

export interface MintPorts {
  readonly pool: Pick<MintingPool, 'mint'>;
  readonly randomBytes: RandomBytes;
}

/**
 * Mints any key: a slow one in the pool, when it is the project's turn; every other one here and now, so that
 * cheap work never waits behind it. The caller wipes the bytes.
 *
 * @throws {RangeError} as `assertMintOrder` does, or if the random source fails to deliver.
 * @throws {KeyMaterialError} MintFailed.
 * @throws {MintingError} if the pool cannot.
 */
export async function mint(
  project: string,
  order: MintOrder,
  { pool, randomBytes }: MintPorts,
  signal: AbortSignal,
): Promise<Minted> {
  signal.throwIfAborted();
  if (ALGORITHMS[order.algorithm].isSlow) return pool.mint(project, order, signal);
  return mintMaterial(order, randomBytes);
}

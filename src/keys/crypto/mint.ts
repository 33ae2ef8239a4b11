import type { RandomBytes } from '../../clock.ts';
import { isAsymmetric, isOpenPgp } from './key-type.ts';
import { mintAsymmetric } from './mint-asymmetric.ts';
import { mintOpenPgp } from './mint-openpgp.ts';
import { assertMintOrder } from './mint-order.ts';
import type { Minted, MintOrder } from './mint-order.ts';
import { mintSymmetric } from './mint-symmetric.ts';

/**
 * Mints one key in this thread, which a slow algorithm (`AlgorithmFacts.isSlow`) keeps busy for seconds. The
 * caller wipes the bytes, which are in memory of their own, so that they can be transferred to another thread.
 *
 * @param randomBytes For symmetric keys; key pairs use the generator of their library.
 * @throws {RangeError} as `assertMintOrder` does, or if the random source fails to deliver.
 * @throws {KeyMaterialError} MintFailed.
 */
export async function mintMaterial(order: MintOrder, randomBytes: RandomBytes): Promise<Minted> {
  assertMintOrder(order);
  const { algorithm, openpgp, createdAt } = order;
  if (isAsymmetric(algorithm)) return { material: mintAsymmetric(algorithm) };
  if (!isOpenPgp(algorithm)) return { material: mintSymmetric(algorithm, randomBytes) };
  if (openpgp === undefined) throw new RangeError('Cannot mint an OpenPGP key without user IDs');
  return mintOpenPgp(algorithm, openpgp, createdAt);
}

import { randomBytes } from 'node:crypto';
import type { Algorithm } from '../../src/keys/crypto/algorithm.ts';
import type { Minted, MintOrder } from '../../src/keys/crypto/mint-order.ts';
import { mintMaterial } from '../../src/keys/crypto/mint.ts';
import { MintingThread } from '../../src/minting/minting-thread.ts';
import { systemClock } from '../../src/system-clock.ts';

export const USER_ID = 'Payments (Köln) <files@example.com>';

/** A fresh key; an OpenPGP one has `USER_ID` and lives for two days from `createdAt`. */
export function mintedKey(algorithm: Algorithm, createdAt: Date = new Date()): Promise<Minted> {
  return mintMaterial(orderFor(algorithm, createdAt), randomBytes);
}

/** The same made in a minting thread, as the operator makes slow keys. */
export async function mintedInThread(algorithm: Algorithm, createdAt: Date = new Date()): Promise<Minted> {
  const thread = new MintingThread(systemClock);
  try {
    return await thread.run(orderFor(algorithm, createdAt));
  } finally {
    await thread.close();
  }
}

function orderFor(algorithm: Algorithm, createdAt: Date): MintOrder {
  const order = { algorithm, createdAt };
  const openpgp = { userIds: [USER_ID], expiresInSeconds: 172_800 };
  return algorithm.startsWith('OpenPGP') ? { ...order, openpgp } : order;
}

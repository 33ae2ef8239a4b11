import { randomBytes } from 'node:crypto';
import type { Algorithm } from '../../src/keys/crypto/algorithm.ts';
import type { Minted } from '../../src/keys/crypto/mint-order.ts';
import { mintMaterial } from '../../src/keys/crypto/mint.ts';

export const USER_ID = 'Payments (Köln) <files@example.com>';

/** A fresh key; an OpenPGP one has `USER_ID` and lives for two days from `createdAt`. */
export function mintedKey(algorithm: Algorithm, createdAt: Date = new Date()): Promise<Minted> {
  const order = { algorithm, createdAt };
  const openpgp = { userIds: [USER_ID], expiresInSeconds: 172_800 };
  return mintMaterial(algorithm.startsWith('OpenPGP') ? { ...order, openpgp } : order, randomBytes);
}

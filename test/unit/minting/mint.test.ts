import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ALGORITHMS } from '../../../src/keys/crypto/algorithm.ts';
import type { Algorithm } from '../../../src/keys/crypto/algorithm.ts';
import type { Minted, MintOrder } from '../../../src/keys/crypto/mint-order.ts';
import { mint } from '../../../src/minting/mint.ts';

const createdAt = new Date('2026-11-23T00:00:00Z');
const never = new AbortController().signal;
const fromPool: Minted = { material: { algorithm: 'RSA-2048', form: 'Pkcs8', bytes: new Uint8Array() } };
const ports = { pool: { mint: async () => fromPool }, randomBytes };

function orderFor(algorithm: Algorithm): MintOrder {
  const order = { algorithm, createdAt };
  return algorithm.startsWith('OpenPGP') ? { ...order, openpgp: { userIds: ['a'] } } : order;
}

const mintable = Object.entries(ALGORITHMS).filter(([, { isMintable }]) => isMintable);

describe('mint', () => {
  it.each(mintable.map(([algorithm, { isSlow }]) => ({ algorithm: algorithm as Algorithm, isSlow })))(
    'has $algorithm made in the pool: $isSlow',
    async ({ algorithm, isSlow }) => {
      const minted = await mint('payments', orderFor(algorithm), ports, never);
      expect(minted === fromPool).toBe(isSlow);
    },
  );

  it('makes nothing for a signal that has aborted', async () => {
    const gone = AbortSignal.abort(new RangeError('gone'));
    await expect(mint('payments', orderFor('AES-256'), ports, gone)).rejects.toThrow('gone');
  });
});

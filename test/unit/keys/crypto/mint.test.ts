import { randomBytes } from 'node:crypto';
import { readPrivateKey } from 'openpgp';
import { describe, expect, it } from 'vitest';
import { ALGORITHMS } from '../../../../src/keys/crypto/algorithm.ts';
import type { Algorithm } from '../../../../src/keys/crypto/algorithm.ts';
import type { MintOrder } from '../../../../src/keys/crypto/mint-order.ts';
import { mintMaterial } from '../../../../src/keys/crypto/mint.ts';
import { byteStream } from '../byte-stream.ts';

const createdAt = new Date('2026-11-23T04:05:06.789Z');
const userIds = ['Payments <files@example.com>', 'Zahlungen Köln'];

function orderFor(algorithm: Algorithm): MintOrder {
  return algorithm.startsWith('OpenPGP') ? { algorithm, createdAt, openpgp: { userIds } } : { algorithm, createdAt };
}

/** The slow ones but the fastest of them are minted in test/integration/keys. */
const quick = Object.entries(ALGORITHMS)
  .filter(([algorithm, { isMintable, isSlow }]) => isMintable && (!isSlow || algorithm === 'RSA-2048'))
  .map(([algorithm]) => algorithm as Algorithm);

describe('mintMaterial', () => {
  it.each(quick)('makes %s in memory of its own, so that it can be transferred', async (algorithm) => {
    const { material } = await mintMaterial(orderFor(algorithm), randomBytes);
    expect(material.algorithm).toBe(algorithm);
    expect(material.bytes.constructor).toBe(Uint8Array);
    expect(material.bytes.buffer.byteLength).toBe(material.bytes.length);
  });

  it.each([
    { algorithm: 'AES-128', length: 16 },
    { algorithm: 'AES-192', length: 24 },
    { algorithm: 'AES-256', length: 32 },
    { algorithm: 'HMAC-SHA256', length: 32 },
    { algorithm: 'HMAC-SHA384', length: 48 },
    { algorithm: 'HMAC-SHA512', length: 64 },
  ] as const)('draws the $length bytes of $algorithm and wipes what it drew', async ({ algorithm, length }) => {
    const stream = Uint8Array.from({ length }, (_, at) => at + 1);
    const drawn: Uint8Array[] = [];
    const { material } = await mintMaterial({ algorithm, createdAt }, (wanted) => {
      const bytes = stream.slice(0, wanted);
      drawn.push(bytes);
      return bytes;
    });
    expect(material).toEqual({ algorithm, form: 'Raw', bytes: stream });
    expect(drawn).toEqual([new Uint8Array(length)]);
  });

  it('refuses a random source that gives too little', async () => {
    const order = { algorithm: 'AES-256', createdAt } as const;
    await expect(mintMaterial(order, byteStream(new Uint8Array(31)))).rejects.toThrow(RangeError);
  });

  it('makes an OpenPGP key with its user IDs, creation time and lifetime, not locked', async () => {
    const openpgp = { userIds, expiresInSeconds: 3600 };
    const { material } = await mintMaterial({ algorithm: 'OpenPGP-ECC', createdAt, openpgp }, randomBytes);
    const key = await readPrivateKey({ binaryKey: material.bytes.slice() });
    expect(key.isDecrypted()).toBe(true);
    expect(key.getUserIDs()).toEqual(userIds);
    expect(key.getCreationTime()).toEqual(new Date('2026-11-23T04:05:06Z'));
    expect(await key.getExpirationTime()).toEqual(new Date('2026-11-23T05:05:06Z'));
    expect(await key.getPrimaryUser()).toMatchObject({ user: { userID: { userID: userIds[0] } } });
  });

  it('makes an OpenPGP key that never expires unless a lifetime is ordered', async () => {
    const { material, revocation } = await mintMaterial(orderFor('OpenPGP-ECC'), randomBytes);
    const key = await readPrivateKey({ binaryKey: material.bytes.slice() });
    expect(await key.getExpirationTime()).toBe(Infinity);
    expect(revocation).toContain('BEGIN PGP PUBLIC KEY BLOCK');
  });

  it('makes another key each time', async () => {
    const order = orderFor('EC-P256');
    const [one, other] = await Promise.all([mintMaterial(order, randomBytes), mintMaterial(order, randomBytes)]);
    expect(one.material.bytes).not.toEqual(other.material.bytes);
  });

  it.each<{ name: string; order: MintOrder }>([
    { name: 'DES', order: { algorithm: 'DES', createdAt } },
    { name: 'DESede', order: { algorithm: 'DESede', createdAt } },
    { name: 'OpenPGP without user IDs', order: { algorithm: 'OpenPGP-ECC', createdAt } },
    { name: 'OpenPGP with bad user IDs', order: { algorithm: 'OpenPGP-ECC', createdAt, openpgp: { userIds: [] } } },
    { name: 'user IDs for AES', order: { algorithm: 'AES-256', createdAt, openpgp: { userIds } } },
    { name: 'an invalid creation time', order: { algorithm: 'AES-256', createdAt: new Date(Number.NaN) } },
    { name: 'a creation time before 1970', order: { algorithm: 'AES-256', createdAt: new Date(-1) } },
  ])('refuses $name', async ({ order }) => {
    await expect(mintMaterial(order, randomBytes)).rejects.toThrow(RangeError);
  });

  it.each([0, -1, 0.5, Number.NaN, 2 ** 32])('refuses an OpenPGP lifetime of %d seconds', async (expiresInSeconds) => {
    const openpgp = { userIds, expiresInSeconds };
    await expect(mintMaterial({ algorithm: 'OpenPGP-ECC', createdAt, openpgp }, randomBytes)).rejects.toThrow(
      RangeError,
    );
  });
});

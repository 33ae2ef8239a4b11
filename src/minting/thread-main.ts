/** Runs in a worker thread: mints what it is ordered to, one key after the other. */
import { randomBytes, webcrypto } from 'node:crypto';
import type { Minted, MintOrder } from '../keys/crypto/mint-order.ts';
import { mintMaterial } from '../keys/crypto/mint.ts';
import { serveJobs } from '../threads/serve-jobs.ts';
import { makeRsaInOwnThread } from './own-thread-rsa.ts';

makeRsaInOwnThread(webcrypto.subtle);
serveJobs<MintOrder, Minted>(
  (order) => mintMaterial(order, randomBytes),
  ({ material }) => [material.bytes],
);

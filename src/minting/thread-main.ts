/** Runs in a worker thread: mints what it is ordered to, one key after the other. */
import { randomBytes, webcrypto } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import type { MintOrder } from '../keys/crypto/mint-order.ts';
import { mintMaterial } from '../keys/crypto/mint.ts';
import { makeRsaInOwnThread } from './own-thread-rsa.ts';
import type { ThreadReply } from './thread-reply.ts';

function reply(message: ThreadReply, transfer: readonly ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer);
}

async function carryOut(order: MintOrder): Promise<void> {
  try {
    const minted = await mintMaterial(order, randomBytes);
    // Moved, not copied: no secret byte stays in this thread.
    reply({ minted }, [minted.material.bytes.buffer as ArrayBuffer]);
  } catch {
    reply({ minted: undefined });
  }
}

makeRsaInOwnThread(webcrypto.subtle);
parentPort?.on('message', (order: MintOrder) => void carryOut(order));

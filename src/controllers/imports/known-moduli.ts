import { createPublicKey } from 'node:crypto';
import { rsaPublicNumbers } from '../../keys/crypto/import/asymmetric-import.ts';
import type { CryptoEntry } from '../../sealing/ledger.ts';
import type { DecodedRecord } from '../../sealing/record.ts';
import type { KeyPorts } from '../shared/ports.ts';

/** By the record as it was decoded, of which there is one for each version of it. */
const read = new WeakMap<DecodedRecord, readonly bigint[]>();

/** A few ms of work. */
const RECORDS_A_TURN = 16;

/**
 * Moduli of all RSA keys that this installation has issued or imported, as their ledgers publish them. A key that
 * shares a prime with one of them is as good as factored (keys of machines that drew too little randomness do).
 * OpenPGP keys are not among them.
 */
export async function knownModuli({
  caches,
  clock,
  installation,
}: Pick<KeyPorts, 'caches' | 'clock' | 'installation'>): Promise<readonly bigint[]> {
  const moduli: bigint[] = [];
  let unread = 0;
  for (const { secret } of caches.records.lister.list()) {
    const record = secret === undefined ? undefined : installation.readRecord(secret);
    if (record?.state !== 'valid' || record.ledger.kind !== 'CryptoKey') continue;
    if (!read.has(record)) {
      read.set(record, moduliIn(record.ledger));
      unread += 1;
      // Others have their turn while many are read.
      if (unread % RECORDS_A_TURN === 0) await clock.sleep(0);
    }
    moduli.push(...(read.get(record) ?? []));
  }
  return moduli;
}

function moduliIn({ environments }: Extract<DecodedRecord, { state: 'valid' }>['ledger']): readonly bigint[] {
  return environments.flatMap(({ versions }) => versions.flatMap(({ crypto }) => modulusOf(crypto)));
}

function modulusOf(crypto: CryptoEntry | undefined): readonly bigint[] {
  if (crypto?.publicKey === undefined || !crypto.algorithm.startsWith('RSA-')) return [];
  return [rsaPublicNumbers(createPublicKey(crypto.publicKey)).n];
}

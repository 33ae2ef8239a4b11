import { RecordReader } from '../../src/controllers/caches/cached-record.ts';
import type { StoredRecord } from './stored-record.ts';
import type { KeyPorts } from '../../src/controllers/shared/ports.ts';
import type { Secret } from '../../src/kube/objects/objects.ts';
import type { Ledger } from '../../src/sealing/ledger.ts';
import { sealMaterial, type MaterialAddition } from '../../src/sealing/material.ts';
import { Peppers, type Pepper } from '../../src/sealing/peppers.ts';
import { encodeRecord, recordName } from '../../src/sealing/record.ts';
import type { RecordContext } from '../../src/sealing/record-context.ts';
import { partner } from './partner-key.ts';
import { keyBytes, recordContext } from './sealing.ts';

export const pepperOne: Pepper = { id: 'pepper-1', bytes: keyBytes(64), state: 'Hashing' };
/** The newer one hashes, the first one still matches. */
export const rotatedPeppers: readonly Pepper[] = [
  { id: 'pepper-2', bytes: keyBytes(96), state: 'Hashing' },
  { ...pepperOne, state: 'Matching' },
];

/** An installation whose state is Ready, as ports hand it over. */
export function readyInstallation(
  context: RecordContext = recordContext(),
  peppers: readonly Pepper[] = [pepperOne],
): KeyPorts['installation'] {
  const reader = new RecordReader(context);
  const holder = {
    recordContext: context,
    peppers: new Peppers(peppers),
    readRecord: (secret: Secret) => reader.read(secret),
  };
  return holder as unknown as KeyPorts['installation'];
}

/** What was put into a record and is stored there now. */
export async function sealedRecord(ledger: Ledger, additions: readonly MaterialAddition[]): Promise<StoredRecord> {
  const sealed = await sealMaterial(undefined, additions, partner, recordContext());
  return { ledger, sealed };
}

/** The Secret of a record, which is believed. */
export function recordSecret({ ledger, sealed }: StoredRecord): Secret {
  const content = sealed === undefined ? { ledger } : { ledger, sealed };
  const metadata = { name: recordName(ledger), namespace: 'keywright-system' };
  return { apiVersion: 'v1', kind: 'Secret', metadata, ...encodeRecord(content, recordContext()) };
}

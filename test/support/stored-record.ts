import type { Secret } from '../../src/kube/objects/objects.ts';
import type { Ledger } from '../../src/sealing/ledger.ts';
import type { SealedMaterial } from '../../src/sealing/sealed-material.ts';

/** What is in a key's record. */
export interface StoredRecord {
  readonly ledger: Ledger;
  readonly sealed: SealedMaterial | undefined;
}

/** Ledger and sealed material as they are stored: unverified, for judging. */
export function storedRecord(secret: Secret): StoredRecord {
  const parsed = (value: string): unknown => JSON.parse(Buffer.from(value, 'base64').toString());
  const { ledger = '', sealed } = secret.data ?? {};
  return {
    ledger: parsed(ledger) as Ledger,
    sealed: sealed === undefined ? undefined : (parsed(sealed) as SealedMaterial),
  };
}

import type { Ledger } from '../../sealing/ledger.ts';
import type { SealedMaterial } from '../../sealing/sealed-material.ts';

/** What a Secret is written from: the record as it is stored, never what is still in memory from minting. */
export interface StoredRecord {
  readonly ledger: Ledger;
  readonly sealed: SealedMaterial | undefined;
}

import { createDek, openDek, openEntry, sealEntry } from './envelope.ts';
import type { KekCallOptions } from './kek-provider.ts';
import type { KeyIdentity } from './ledger.ts';
import type { RecordContext } from './record-context.ts';
import { isSameMaterial, SEALED_FORMAT } from './sealed-material.ts';
import type { MaterialRef, SealedEntry, SealedMaterial } from './sealed-material.ts';
import { SealingError } from './sealing-error.ts';

// Bytes are wiped after use, so that less of them is left in what is freed and reused. That is no promise about the
// process's memory: a body that is sent or received is a string, which stays until it is collected.

/** One value to seal. The caller owns `plaintext` and wipes it. */
export interface MaterialAddition extends MaterialRef {
  readonly plaintext: Uint8Array;
}

/**
 * Adds values to what a record keeps sealed; a value for a place that has one replaces it. The record's
 * DEK is made with the first value and stays, so nothing that is already sealed is decrypted.
 *
 * @param existing What the record holds now; undefined for nothing.
 * @throws {RangeError} if there is nothing to seal, or two additions name one place.
 * @throws {SealingError} KekUnknown, KekUnavailable or OpenFailed if the existing DEK cannot be unwrapped,
 *   KekUnavailable if a new one cannot be wrapped.
 */
export async function sealMaterial(
  existing: SealedMaterial | undefined,
  additions: readonly MaterialAddition[],
  identity: KeyIdentity,
  context: RecordContext,
  options?: KekCallOptions,
): Promise<SealedMaterial> {
  if (additions.length === 0) throw new RangeError('Cannot seal an empty list of values');
  if (additions.some((one, index) => additions.findIndex((other) => isSameMaterial(one, other)) !== index)) {
    throw new RangeError('Cannot seal two values for one environment, version and field');
  }
  const dek = await (existing === undefined
    ? createDek(identity, context, options)
    : openDek(existing.dek, identity, context, options));
  try {
    const added = additions.map((addition) => sealEntry(dek, addition, addition.plaintext, identity, context));
    const kept = (existing?.entries ?? []).filter((entry) => !added.some((one) => isSameMaterial(one, entry)));
    return { format: SEALED_FORMAT, dek: dek.wrapped, entries: [...kept, ...added].toSorted(byPlace) };
  } finally {
    dek.bytes.fill(0);
  }
}

/**
 * The sealed value of one place, in an array the caller wipes.
 * @throws {SealingError} MaterialAbsent if the record holds none, OpenFailed if it was altered or moved here
 *   from another record, environment, version or field, KekUnknown or KekUnavailable if the DEK cannot be unwrapped.
 */
export async function openMaterial(
  sealed: SealedMaterial | undefined,
  ref: MaterialRef,
  identity: KeyIdentity,
  context: RecordContext,
  options?: KekCallOptions,
): Promise<Uint8Array> {
  const entry = sealed?.entries.find((candidate) => isSameMaterial(candidate, ref));
  if (sealed === undefined || entry === undefined) throw new SealingError('MaterialAbsent');
  const dek = await openDek(sealed.dek, identity, context, options);
  try {
    return openEntry(dek, ref, entry, identity, context);
  } finally {
    dek.bytes.fill(0);
  }
}

/** Leaves out the values the predicate names; undefined when none is left, and the DEK goes with the last one. */
export function dropMaterial(
  sealed: SealedMaterial | undefined,
  shouldDrop: (ref: MaterialRef) => boolean,
): SealedMaterial | undefined {
  const entries = sealed?.entries.filter((entry) => !shouldDrop(entry)) ?? [];
  return sealed === undefined || entries.length === 0 ? undefined : { ...sealed, entries };
}

/** Whether the record holds a value for the place. It says nothing about the KEK being there. */
export function hasMaterial(sealed: SealedMaterial | undefined, ref: MaterialRef): boolean {
  return sealed?.entries.some((entry) => isSameMaterial(entry, ref)) ?? false;
}

function byPlace(one: SealedEntry, other: SealedEntry): number {
  return compare(one.environment, other.environment) || one.version - other.version || compare(one.field, other.field);
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

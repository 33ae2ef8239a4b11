import type { Secret } from '../kube/objects/objects.ts';
import { openDek, wrapDek } from './envelope.ts';
import type { KekCallOptions, KekProvider } from './kek-provider.ts';
import type { KeyIdentity } from './ledger.ts';
import { decodeRecord } from './record.ts';
import type { RecordContext } from './record-context.ts';
import type { KekRef, SealedMaterial } from './sealed-material.ts';
import { SealingError } from './sealing-error.ts';

/** Which KEK wrapped the DEK of a stored record. Unreadable: it cannot be told. */
export type WrappedBy = KekRef | 'Unreadable';

/** As the record says, unverified; undefined if it seals nothing. */
export function wrappedBy({ data }: Secret): WrappedBy | undefined {
  const text = data?.['sealed'];
  if (text === undefined) return undefined;
  // JSON.parse quotes its input in the error, so the error ends here.
  try {
    const { dek } = JSON.parse(Buffer.from(text, 'base64').toString()) as Partial<SealedMaterial>;
    if (typeof dek?.provider !== 'string' || typeof dek.kekId !== 'string') return 'Unreadable';
    return { provider: dek.provider, kekId: dek.kekId };
  } catch {
    return 'Unreadable';
  }
}

/** Whether another KEK than the one that wraps now wrapped it, or another provider. What cannot be told is stale. */
export function isStale(wrapped: WrappedBy, kek: Pick<KekProvider, 'name' | 'wrappingKekId'>): boolean {
  return wrapped === 'Unreadable' || wrapped.provider !== kek.name || wrapped.kekId !== kek.wrappingKekId;
}

/**
 * The same sealed values with the same DEK, wrapped by the KEK that wraps now. No value is decrypted: the DEK's AAD
 * names no KEK, and the values' AAD neither.
 *
 * @throws {SealingError} KekUnknown, KekUnavailable or OpenFailed if the DEK cannot be unwrapped, KekUnavailable if
 *   it cannot be wrapped.
 */
export async function rewrapMaterial(
  sealed: SealedMaterial,
  identity: KeyIdentity,
  context: RecordContext,
  options?: KekCallOptions,
): Promise<SealedMaterial> {
  const { bytes } = await openDek(sealed.dek, identity, context, options);
  try {
    return { ...sealed, dek: await wrapDek(bytes, identity, context, options) };
  } finally {
    bytes.fill(0);
  }
}

/**
 * Whether a keyring belongs to the records: it opens one at least, or none holds anything sealed. One record that was
 * brought from elsewhere must not speak for all.
 *
 * @throws {SealingError} KekUnavailable if the provider gave no answer.
 */
export async function opensAnyRecord(records: Iterable<Secret>, context: RecordContext): Promise<boolean> {
  let isAnySealed = false;
  for (const secret of records) {
    const record = decodeRecord(secret, context);
    if (record.state === 'invalid' || record.sealed === undefined) continue;
    isAnySealed = true;
    if (await opensMaterial(record.sealed, record.ledger, context)) return true;
  }
  return !isAnySealed;
}

/**
 * Whether what is sealed belongs to this installation and its keyring.
 *
 * @throws {SealingError} KekUnavailable if the provider gave no answer.
 */
export async function opensMaterial(
  sealed: SealedMaterial,
  identity: KeyIdentity,
  context: Pick<RecordContext, 'installation' | 'kek'>,
): Promise<boolean> {
  try {
    const { bytes } = await openDek(sealed.dek, identity, context);
    bytes.fill(0);
    return true;
  } catch (error) {
    if (error instanceof SealingError && error.code !== 'KekUnavailable') return false;
    throw error;
  }
}

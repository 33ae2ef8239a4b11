import { IV_BYTES, decrypt, encrypt } from './aes-gcm.ts';
import { DEK_BYTES } from './kek-provider.ts';
import type { KekCallOptions } from './kek-provider.ts';
import type { KeyIdentity } from './ledger.ts';
import { lengthPrefixed } from './length-prefixed.ts';
import type { RecordContext } from './record-context.ts';
import { SealingError } from './sealing-error.ts';
import { SEALED_FORMAT } from './sealed-material.ts';
import type { MaterialRef, SealedDek, SealedEntry } from './sealed-material.ts';

/** A DEK in use beside its wrapped form. The holder wipes `bytes` when done. */
export interface OpenDek {
  readonly bytes: Uint8Array;
  readonly wrapped: SealedDek;
}

/** Makes the DEK of a new record and wraps it. Errors are those of KekProvider.wrap. */
export async function createDek(
  identity: KeyIdentity,
  context: RecordContext,
  options?: KekCallOptions,
): Promise<OpenDek> {
  const bytes = context.randomBytes(DEK_BYTES);
  try {
    return { bytes, wrapped: await wrapDek(bytes, identity, context, options) };
  } catch (error) {
    bytes.fill(0);
    throw error;
  }
}

/** Wraps a record's DEK under the KEK that wraps now; the caller wipes `bytes`. Errors are those of KekProvider.wrap. */
export async function wrapDek(
  bytes: Uint8Array,
  identity: KeyIdentity,
  { installation, kek }: RecordContext,
  options?: KekCallOptions,
): Promise<SealedDek> {
  const { kekId, ciphertext } = await kek.wrap(bytes, dekContext(installation, identity), options);
  return { provider: kek.name, kekId, ciphertext: base64url(ciphertext) };
}

/**
 * Unwraps the DEK of a stored record.
 * @throws {SealingError} KekUnknown also when another provider wrapped it; otherwise as KekProvider.unwrap.
 */
export async function openDek(
  wrapped: SealedDek,
  identity: KeyIdentity,
  { installation, kek }: Pick<RecordContext, 'installation' | 'kek'>,
  options?: KekCallOptions,
): Promise<OpenDek> {
  if (wrapped.provider !== kek.name) throw new SealingError('KekUnknown');
  const record = { kekId: wrapped.kekId, ciphertext: Buffer.from(wrapped.ciphertext, 'base64url') };
  const bytes = await kek.unwrap(record, dekContext(installation, identity), options);
  if (bytes.length !== DEK_BYTES) throw new SealingError('OpenFailed');
  return { bytes, wrapped };
}

/** Encrypts one value under the record's DEK with a fresh IV. */
export function sealEntry(
  dek: OpenDek,
  ref: MaterialRef,
  plaintext: Uint8Array,
  identity: KeyIdentity,
  { installation, randomBytes }: RecordContext,
): SealedEntry {
  const context = entryContext(installation, identity, ref);
  const { iv, ciphertext, tag } = encrypt(dek.bytes, randomBytes(IV_BYTES), context, plaintext);
  const { environment, version, field } = ref;
  return { environment, version, field, iv: base64url(iv), ciphertext: base64url(ciphertext), tag: base64url(tag) };
}

/** @throws {SealingError} OpenFailed if the entry was altered, or sealed for any other place than `ref` of this key. */
export function openEntry(
  dek: OpenDek,
  ref: MaterialRef,
  { iv, ciphertext, tag }: SealedEntry,
  identity: KeyIdentity,
  { installation }: RecordContext,
): Uint8Array {
  const encrypted = {
    iv: Buffer.from(iv, 'base64url'),
    ciphertext: Buffer.from(ciphertext, 'base64url'),
    tag: Buffer.from(tag, 'base64url'),
  };
  return decrypt(dek.bytes, encrypted, entryContext(installation, identity, ref));
}

// Names no KEK and no provider, so that a KEK rotation re-wraps DEKs and touches nothing else.
function dekContext(installation: string, { project, kind, name }: KeyIdentity): Uint8Array {
  return lengthPrefixed('keywright.dev/dek', [SEALED_FORMAT, installation, project, kind, name]);
}

function entryContext(installation: string, identity: KeyIdentity, ref: MaterialRef): Uint8Array {
  const { project, kind, namespace, name } = identity;
  const { environment, version, field } = ref;
  const where = [installation, project, kind, namespace, name, environment, version, field];
  return lengthPrefixed('keywright.dev/material', [SEALED_FORMAT, ...where]);
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
}

import { hash } from 'node:crypto';
import type { Secret } from '../kube/objects/objects.ts';
import { canonicalJson } from './canonical-json.ts';
import type { KeyIdentity, Ledger } from './ledger.ts';
import { LEDGER_FORMAT, isLedger } from './ledger-schema.ts';
import { lengthPrefixed } from './length-prefixed.ts';
import type { Part } from './length-prefixed.ts';
import { macKeyIdOf } from './mac.ts';
import type { MacContext } from './record-context.ts';
import { SEALED_FORMAT, isSealedMaterial } from './sealed-material.ts';
import type { SealedMaterial } from './sealed-material.ts';
import { SealingError } from './sealing-error.ts';
import { parseStored } from './stored-json.ts';

/** Type of the Secrets that are records. A Secret's type cannot be edited, so a list by it misses none. */
export const RECORD_TYPE = 'keywright.dev/record';

/** Largest sum of a record's values in bytes. The API server allows 1 MiB; the rest is room for a rotation. */
export const RECORD_MAX_BYTES: number = 700 * 1024;

/** What one record holds: the ledger that decides, and sealed material if any is kept. */
export interface RecordContent {
  readonly ledger: Ledger;
  readonly sealed?: SealedMaterial;
}

/**
 * Why a record is not believed:
 *
 * - Malformed: not a Secret of our type with our values in it.
 * - BadMac: some byte of the ledger or of the sealed material is not what we wrote, or the sealed material
 *   was removed; or the MAC keys are not those of this installation.
 * - UnknownFormat: a newer version of the operator wrote it.
 * - WrongName: it was copied from the record of another key.
 */
export type RecordProblem = 'Malformed' | 'BadMac' | 'UnknownFormat' | 'WrongName';

export type DecodedRecord =
  ({ readonly state: 'valid' } & RecordContent) | { readonly state: 'invalid'; readonly problem: RecordProblem };

const MAC_LABEL = 'keywright.dev/record/v1';
const NAME_LABEL = 'keywright.dev/record-name/v1';
const MAX_MAC_LENGTH = 256;

/** Name of a key's record: the same whichever namespace declares the key, so that POST decides who owns it. */
export function recordName({ project, kind, name }: Omit<KeyIdentity, 'namespace'>): string {
  const digest = hash('sha256', lengthPrefixed(NAME_LABEL, [project, kind, name]));
  return `kw-${kind.toLowerCase()}-${digest.slice(0, 40)}`;
}

/**
 * Type and data of a record's Secret. Equal content under the same MAC key gives equal bytes.
 *
 * @throws {SealingError} TooLarge beyond RECORD_MAX_BYTES, ContentInvalid if `decodeRecord` would not take the
 *   content back. Call it before anything is published: then either error means that nothing happened.
 */
export function encodeRecord(
  { ledger, sealed }: RecordContent,
  context: MacContext,
): { readonly type: typeof RECORD_TYPE; readonly data: Readonly<Record<string, string>> } {
  const ledgerBytes = Buffer.from(canonicalJson(ledger));
  const sealedBytes = sealed === undefined ? undefined : Buffer.from(canonicalJson(sealed));
  if (ledgerBytes.length + (sealedBytes?.length ?? 0) + MAX_MAC_LENGTH > RECORD_MAX_BYTES) {
    throw new SealingError('TooLarge');
  }
  if (!isLedger(ledger) || (sealed !== undefined && !isSealedMaterial(sealed))) {
    throw new SealingError('ContentInvalid');
  }
  const mac = Buffer.from(context.macKeys.sign(MAC_LABEL, macParts(context, ledgerBytes, sealedBytes)));
  const data = { ledger: ledgerBytes.toString('base64'), mac: mac.toString('base64') };
  return {
    type: RECORD_TYPE,
    data: sealedBytes === undefined ? data : { ...data, sealed: sealedBytes.toString('base64') },
  };
}

/** Which MAC key signed a record, as it says itself, unverified. */
export function signedBy({ data }: Secret): string | undefined {
  const mac = data?.['mac'];
  return mac === undefined || mac.length > MAX_MAC_LENGTH
    ? undefined
    : macKeyIdOf(Buffer.from(mac, 'base64').toString());
}

/** Reads a record's Secret and says whether to believe it. Never throws; nothing is parsed before its MAC matched. */
export function decodeRecord(secret: Secret, context: MacContext): DecodedRecord {
  const bytes = storedBytes(secret);
  const mac = secret.data?.['mac'];
  if (bytes === undefined || mac === undefined) return invalid('Malformed');
  if (mac.length > MAX_MAC_LENGTH) return invalid('BadMac');
  const parts = macParts(context, bytes.ledger, bytes.sealed);
  if (!context.macKeys.verify(MAC_LABEL, parts, Buffer.from(mac, 'base64').toString())) return invalid('BadMac');
  return decodeContent(secret.metadata.name, bytes.ledger, bytes.sealed);
}

/**
 * Reads a record without asking for its MAC: only for an admin who orders to take records as they stand, because the
 * MAC keys are lost. Never throws.
 */
export function readUnsignedRecord(secret: Secret): DecodedRecord {
  const bytes = storedBytes(secret);
  return bytes === undefined ? invalid('Malformed') : decodeContent(secret.metadata.name, bytes.ledger, bytes.sealed);
}

function storedBytes({ type, data = {} }: Secret): { ledger: Buffer; sealed: Buffer | undefined } | undefined {
  const { ledger, sealed } = data;
  if (type !== RECORD_TYPE || ledger === undefined) return undefined;
  if (encodedBytes(ledger) + encodedBytes(sealed ?? '') > RECORD_MAX_BYTES) return undefined;
  return {
    ledger: Buffer.from(ledger, 'base64'),
    sealed: sealed === undefined ? undefined : Buffer.from(sealed, 'base64'),
  };
}

function decodeContent(name: string, ledgerBytes: Buffer, sealedBytes: Buffer | undefined): DecodedRecord {
  const ledger = parseStored(ledgerBytes.toString(), LEDGER_FORMAT, isLedger);
  if (typeof ledger === 'string') return invalid(ledger);
  if (recordName(ledger) !== name) return invalid('WrongName');
  if (sealedBytes === undefined) return { state: 'valid', ledger };
  const sealed = parseStored(sealedBytes.toString(), SEALED_FORMAT, isSealedMaterial);
  return typeof sealed === 'string' ? invalid(sealed) : { state: 'valid', ledger, sealed };
}

// The sealed bytes go in as a hash, so that absent and empty differ and a large record is hashed once.
function macParts({ installation }: MacContext, ledger: Uint8Array, sealed: Uint8Array | undefined): readonly Part[] {
  const sealedHash = sealed === undefined ? undefined : hash('sha256', sealed, 'buffer');
  return [installation, ledger, sealedHash];
}

function invalid(problem: RecordProblem): DecodedRecord {
  return { state: 'invalid', problem };
}

function encodedBytes(base64: string): number {
  return Math.floor((base64.length * 3) / 4);
}

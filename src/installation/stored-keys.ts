import type { RandomBytes } from '../clock.ts';
import type { Secret } from '../kube/objects/objects.ts';
import { decodeKeyList, encodeKeyList } from './key-list.ts';
import type { KeyStates, ListedKey, StoredProblem } from './key-list.ts';

/** How a Secret of ours holds keys of 32 bytes, one of which is in use. */
export interface StoredKeys<S extends string> {
  /** The Secret's type. */
  readonly type: string;
  /** The Secret's data key with the list. */
  readonly dataKey: string;
  /** Before the 16 random hexadecimal digits of a key's id. */
  readonly idPrefix: string;
  readonly states: KeyStates<S>;
  /** The annotation that orders the end of a former key. */
  readonly dropAnnotation: string;
}

const KEY_BYTES = 32;
const ID_BYTES = 8;

/** A fresh key, which is to be the one in use. */
export function newStoredKey<S extends string>(
  { idPrefix, states }: StoredKeys<S>,
  randomBytes: RandomBytes,
): ListedKey<S> {
  const id = `${idPrefix}-${Buffer.from(randomBytes(ID_BYTES)).toString('hex')}`;
  return { id, bytes: randomBytes(KEY_BYTES), state: states.current };
}

/** Value of the data key of a new Secret, in base64: one fresh key. */
export function firstStoredKey<S extends string>(stored: StoredKeys<S>, randomBytes: RandomBytes): string {
  const key = newStoredKey(stored, randomBytes);
  const encoded = encodeStoredKeys([key]);
  key.bytes.fill(0);
  return encoded;
}

/** Value of the data key, in base64. */
export function encodeStoredKeys<S extends string>(keys: readonly ListedKey<S>[]): string {
  return Buffer.from(encodeKeyList(keys)).toString('base64');
}

/** The keys in a Secret, whose bytes the caller wipes. Never throws. */
export function readStoredKeys<S extends string>(
  { type: wantedType, dataKey, states }: StoredKeys<S>,
  { type, data }: Secret,
): readonly ListedKey<S>[] | StoredProblem {
  if (type !== wantedType) return 'WrongType';
  return decodeKeyList(Buffer.from(data?.[dataKey] ?? '', 'base64').toString(), states);
}

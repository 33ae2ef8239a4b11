import { ajv } from '../sealing/ajv.ts';
import { isKeyId } from '../sealing/mac.ts';
import { parseStored } from '../sealing/stored-json.ts';
import type { StoredJsonProblem } from '../sealing/stored-json.ts';

/** One key of a Secret of ours: MAC keys and KEKs are stored alike. */
export interface ListedKey<S extends string> {
  readonly id: string;
  /** 32 bytes. */
  readonly bytes: Uint8Array;
  readonly state: S;
}

/** The state of the one key that makes new things, and of those that only read what they made before. */
export interface KeyStates<S extends string> {
  readonly current: S;
  readonly former: S;
}

/** Why a Secret of ours cannot be used. */
export type StoredProblem = 'WrongType' | StoredJsonProblem;

const FORMAT = 1;
const KEY_BYTES = 32;
const MAX_LENGTH = 64 * 1024;

interface StoredKeys {
  readonly format: typeof FORMAT;
  readonly keys: readonly { readonly id: string; readonly bytes: string; readonly state: string }[];
}

const storedKey = {
  type: 'object',
  properties: {
    id: { type: 'string', maxLength: 64 },
    bytes: { type: 'string', pattern: '^[A-Za-z0-9+/]{43}=$' },
    state: { type: 'string', maxLength: 32 },
  },
  required: ['id', 'bytes', 'state'],
  additionalProperties: false,
} as const;

const isStoredKeys = ajv.compile<StoredKeys>({
  type: 'object',
  properties: { format: { const: FORMAT }, keys: { type: 'array', minItems: 1, maxItems: 256, items: storedKey } },
  required: ['format', 'keys'],
  additionalProperties: false,
});

/** JSON text of the keys: `{"format":1,"keys":[{"id","bytes" (base64),"state"}]}`. */
export function encodeKeyList<S extends string>(keys: readonly ListedKey<S>[]): string {
  const stored = keys.map(({ id, bytes, state }) => ({ id, bytes: Buffer.from(bytes).toString('base64'), state }));
  return JSON.stringify({ format: FORMAT, keys: stored });
}

/** Reads what `encodeKeyList` wrote: distinct ids, 32 bytes each, exactly one in the state `current`. Never throws. */
export function decodeKeyList<S extends string>(
  text: string,
  states: KeyStates<S>,
): readonly ListedKey<S>[] | StoredJsonProblem {
  if (text.length > MAX_LENGTH) return 'Malformed';
  const stored = parseStored(text, FORMAT, isStoredKeys);
  if (typeof stored === 'string') return stored;
  const keys = stored.keys.flatMap(({ id, bytes, state }) => {
    const known = [states.current, states.former].find((candidate) => candidate === state);
    return known === undefined || !isKeyId(id) ? [] : [{ id, bytes: Buffer.from(bytes, 'base64'), state: known }];
  });
  const isWhole =
    keys.length === stored.keys.length &&
    keys.every((key) => key.bytes.length === KEY_BYTES) &&
    new Set(keys.map((key) => key.id)).size === keys.length &&
    keys.filter((key) => key.state === states.current).length === 1;
  return isWhole ? keys : 'Malformed';
}

import { hash } from 'node:crypto';
import { ROTATE_ANNOTATION } from '../api/labels.ts';
import type { RandomBytes } from '../clock.ts';
import { withoutDataCopies } from '../kube/objects/data-copies.ts';
import type { Secret } from '../kube/objects/objects.ts';
import type { ListedKey } from './key-list.ts';
import { encodeStoredKeys, newStoredKey, readStoredKeys } from './stored-keys.ts';
import type { StoredKeys } from './stored-keys.ts';

/** Data key of the Secret with what `rotate` said before: one digest a line, the newest first. */
const CONSUMED = 'consumed';
const MAX_CONSUMED = 64;
const DIGEST_LENGTH = 32;
/** Far below what a list may hold, so that it never becomes one that cannot be read. */
const MAX_KEYS = 100;

/** What the annotations of a Secret with keys ask for and was not done yet. */
export interface KeyOrders {
  /** A text of keywright.dev/rotate that was never seen. */
  readonly rotate: string | undefined;
  /** The id in the annotation for drops, whether there is such a key or not. */
  readonly drop: string | undefined;
}

export function keyOrders(
  { dropAnnotation }: Pick<StoredKeys<string>, 'dropAnnotation'>,
  { metadata, data }: Secret,
): KeyOrders {
  const { [ROTATE_ANNOTATION]: rotate = '', [dropAnnotation]: drop = '' } = metadata.annotations ?? {};
  const isNew = rotate !== '' && !consumedIn(data).includes(digestOf(rotate));
  return { rotate: isNew ? rotate : undefined, drop: drop === '' ? undefined : drop };
}

/**
 * What to PUT so that a new key is in use, and the text that asked for it is used up; undefined if the list is full.
 * The other keys are former ones from then on.
 *
 * @throws {TypeError} if `live` is no Secret of their type.
 */
export function withNewKey<S extends string>(
  stored: StoredKeys<S>,
  live: Secret,
  trigger: string,
  randomBytes: RandomBytes,
): Secret | undefined {
  const consumed = [digestOf(trigger), ...consumedIn(live.data)].slice(0, MAX_CONSUMED).join('\n');
  return rewritten(stored, live, { [CONSUMED]: Buffer.from(consumed).toString('base64') }, (keys) =>
    keys.length >= MAX_KEYS
      ? undefined
      : [
          newStoredKey(stored, randomBytes),
          ...keys.map((key): ListedKey<S> => ({ ...key, state: stored.states.former })),
        ],
  );
}

/**
 * What to PUT so that a former key is gone, and the order with it; undefined if it is not there or in use.
 *
 * @throws {TypeError} if `live` is no Secret of their type.
 */
export function withoutKey<S extends string>(stored: StoredKeys<S>, live: Secret, keyId: string): Secret | undefined {
  const secret = rewritten(stored, live, {}, (keys) => {
    const kept = keys.filter(({ id, state }) => id !== keyId || state === stored.states.current);
    return kept.length === keys.length ? undefined : kept;
  });
  if (secret === undefined) return undefined;
  const { [stored.dropAnnotation]: _done, ...annotations } = secret.metadata.annotations ?? {};
  return { ...secret, metadata: { ...secret.metadata, annotations } };
}

/** Bound to the resourceVersion that was read; copies of the data that other tools keep in annotations go. */
function rewritten<S extends string>(
  stored: StoredKeys<S>,
  live: Secret,
  data: Readonly<Record<string, string>>,
  change: (keys: readonly ListedKey<S>[]) => readonly ListedKey<S>[] | undefined,
): Secret | undefined {
  const keys = readStoredKeys(stored, live);
  if (typeof keys === 'string') throw new TypeError(`Cannot change what is no ${stored.type}`);
  const changed = change(keys);
  const annotations = withoutDataCopies(live.metadata.annotations);
  const secret =
    changed === undefined
      ? undefined
      : {
          ...live,
          metadata: { ...live.metadata, annotations },
          data: { ...live.data, ...data, [stored.dataKey]: encodeStoredKeys(changed) },
        };
  for (const { bytes } of [...keys, ...(changed ?? [])]) bytes.fill(0);
  return secret;
}

function consumedIn(data: Secret['data'] = {}): readonly string[] {
  return Buffer.from(data[CONSUMED] ?? '', 'base64')
    .toString()
    .split('\n')
    .filter((line) => line.length === DIGEST_LENGTH);
}

/** 128 bits: enough to tell texts apart, whatever their length. */
function digestOf(text: string): string {
  return hash('sha256', text).slice(0, DIGEST_LENGTH);
}

import { hash } from 'node:crypto';
import { DROP_KEK_ANNOTATION, ROTATE_ANNOTATION } from '../api/labels.ts';
import type { RandomBytes } from '../clock.ts';
import { withoutDataCopies } from '../kube/objects/data-copies.ts';
import type { Secret } from '../kube/objects/objects.ts';
import { encodeKeks, newKek, readKeks } from './keyring-secret.ts';
import type { StoredKek } from './keyring-secret.ts';

/** Data key of the Secret with what `rotate` said before: one digest a line, the newest first. */
const CONSUMED = 'consumed';
const MAX_CONSUMED = 64;
const DIGEST_LENGTH = 32;
/** Far below what a keyring may hold, so that a list never becomes one that cannot be read. */
const MAX_KEKS = 100;

/** What the annotations of the keyring ask for and was not done yet. */
export interface KeyringOrders {
  /** A text of keywright.dev/rotate that was never seen. */
  readonly rotate: string | undefined;
  /** The id of keywright.dev/drop-kek, whether there is such a KEK or not. */
  readonly drop: string | undefined;
}

export function keyringOrders({ metadata, data }: Secret): KeyringOrders {
  const { [ROTATE_ANNOTATION]: rotate = '', [DROP_KEK_ANNOTATION]: drop = '' } = metadata.annotations ?? {};
  const isNew = rotate !== '' && !consumedIn(data).includes(digestOf(rotate));
  return { rotate: isNew ? rotate : undefined, drop: drop === '' ? undefined : drop };
}

/**
 * What to PUT so that a new KEK wraps, and the text that asked for it is used up; undefined if the keyring is full.
 * The former KEKs only unwrap from then on.
 *
 * @throws {TypeError} if `live` is no keyring.
 */
export function rotatedKeyring(live: Secret, trigger: string, randomBytes: RandomBytes): Secret | undefined {
  const consumed = [digestOf(trigger), ...consumedIn(live.data)].slice(0, MAX_CONSUMED).join('\n');
  return rewritten(live, { [CONSUMED]: Buffer.from(consumed).toString('base64') }, (keks) =>
    keks.length >= MAX_KEKS
      ? undefined
      : [newKek(randomBytes), ...keks.map((kek): StoredKek => ({ ...kek, state: 'Unwrapping' }))],
  );
}

/**
 * What to PUT so that a former KEK is gone, and the order with it; undefined if it is not there or wraps.
 *
 * @throws {TypeError} if `live` is no keyring.
 */
export function keyringWithout(live: Secret, kekId: string): Secret | undefined {
  const secret = rewritten(live, {}, (keks) => {
    const kept = keks.filter(({ id, state }) => id !== kekId || state === 'Wrapping');
    return kept.length === keks.length ? undefined : kept;
  });
  if (secret === undefined) return undefined;
  const { [DROP_KEK_ANNOTATION]: _done, ...annotations } = secret.metadata.annotations ?? {};
  return { ...secret, metadata: { ...secret.metadata, annotations } };
}

/** Bound to the resourceVersion that was read; copies of the data that other tools keep in annotations go. */
function rewritten(
  live: Secret,
  data: Readonly<Record<string, string>>,
  change: (keks: readonly StoredKek[]) => readonly StoredKek[] | undefined,
): Secret | undefined {
  const keks = readKeks(live);
  if (typeof keks === 'string') throw new TypeError('Cannot change what is no keyring');
  const changed = change(keks);
  const annotations = withoutDataCopies(live.metadata.annotations);
  const secret =
    changed === undefined
      ? undefined
      : {
          ...live,
          metadata: { ...live.metadata, annotations },
          data: { ...live.data, ...data, keks: encodeKeks(changed) },
        };
  for (const { bytes } of [...keks, ...(changed ?? [])]) bytes.fill(0);
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

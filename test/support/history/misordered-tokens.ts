import type { KeyObject } from '../../../src/api/key-object.ts';
import { hashToken } from '../../../src/keys/hash.ts';
import type { KubeObject, Secret } from '../../../src/kube/objects/objects.ts';
import type { RecordedEvent } from '../harness/watch-recorder.ts';

/** From the write of a key object that showed a hash first to the first one after it that does not any more. */
interface Span {
  readonly key: string;
  readonly from: number;
  until: number;
}

/**
 * What of delivered Secrets breaks the order that verifiers rely on: "<namespace>/<name> <data key> at <version>" for
 * each write of a Secret with a token whose hash status did not show yet, or does not show any more.
 *
 * @param keys What happened to all keys since there were any.
 * @param secrets Writes of their Secrets. All of one cluster, as its etcd numbers them in common.
 */
export function misorderedTokens(keys: readonly RecordedEvent<KeyObject>[], secrets: readonly Secret[]): string[] {
  const accepted = acceptedSpans(keys);
  return secrets.flatMap((secret) =>
    hashesIn(secret).flatMap(({ dataKey, hash }) => {
      const span = accepted.get(hash);
      const isInside = span !== undefined && span.from < at(secret) && at(secret) < span.until;
      return isInside ? [] : [`${secret.metadata.namespace}/${secret.metadata.name} ${dataKey} at ${at(secret)}`];
    }),
  );
}

/** The stored forms of the tokens in a Secret, the one of the overlap among them. */
export function hashesIn({ data = {} }: Secret): readonly { readonly dataKey: string; readonly hash: string }[] {
  return ['token', 'previous.token'].flatMap((dataKey) => {
    const value = data[dataKey];
    return value === undefined ? [] : [{ dataKey, hash: hashToken(Buffer.from(value, 'base64')) }];
  });
}

/** By hash, whatever was ever accepted. */
export function acceptedSpans(events: readonly RecordedEvent<KeyObject>[]): ReadonlyMap<string, Span> {
  const spans = new Map<string, Span>();
  for (const { object } of events) {
    const { name } = object.metadata;
    const versions = (object.status?.environments ?? []).flatMap((environment) => environment.versions ?? []);
    const shown = new Set(versions.flatMap(({ hash }) => hash ?? []));
    for (const hash of shown) {
      if (!spans.has(hash)) spans.set(hash, { key: name, from: at(object), until: Number.POSITIVE_INFINITY });
    }
    for (const [hash, span] of spans) {
      if (span.key === name && !shown.has(hash)) span.until = Math.min(span.until, at(object));
    }
  }
  return spans;
}

function at({ metadata }: KubeObject): number {
  return Number(metadata.resourceVersion);
}

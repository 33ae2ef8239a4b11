import type { KeyRange, StoredKey } from './etcd-store.ts';

/** How a cluster differs from what it was when it was clean. */
export interface Leftovers {
  /** What has come since, to be removed. */
  readonly ranges: readonly KeyRange[];
  /** What removing keys does not undo: keys that are gone or were written to, and objects that outlast theirs. */
  readonly lasting: readonly string[];
}

/** The control plane's own, which it writes to at all times. */
const ITS_OWN =
  /^\/registry\/(?:apiregistration\.k8s\.io|events|leases\/kube-system|masterleases|peerserverleases|ranges)\//;

/** Objects that an API server goes by for a second or more after they went away. */
const OUTLASTING = /^\/registry\/(?:apiextensions\.k8s\.io|mutating|validating)/;

/** @param clean In the order of their bytes, as `now`. */
export function leftovers(clean: readonly StoredKey[], now: readonly StoredKey[]): Leftovers {
  const revisions = new Map(clean.map(({ key, modRevision }) => [key, modRevision]));
  const present = new Set(now.map(({ key }) => key));
  const gone = clean.filter(({ key }) => !present.has(key));
  const written = now.filter(({ key, modRevision }) => (revisions.get(key) ?? modRevision) !== modRevision);
  const outlasting = now.filter(({ key }) => !revisions.has(key) && OUTLASTING.test(key));
  const lasting = [...gone, ...written, ...outlasting].map(({ key }) => key).filter((key) => !ITS_OWN.test(key));
  return { ranges: newRanges(revisions, now), lasting };
}

function newRanges(clean: ReadonlyMap<string, unknown>, now: readonly StoredKey[]): readonly KeyRange[] {
  const ranges: KeyRange[] = [];
  let first: string | undefined;
  for (const [index, { key }] of now.entries()) {
    if (clean.has(key)) continue;
    first ??= key;
    const next = now[index + 1];
    if (next !== undefined && !clean.has(next.key)) continue;
    ranges.push({ first, last: key });
    first = undefined;
  }
  return ranges;
}

import type { ObjectMeta } from '../../kube/objects/objects.ts';

/** Longer than any value of ours: an owner has 324 characters at most, a proof some 120. */
const MAX_VALUE_LENGTH = 1_024;

/** Which names decisions are made on; whatever else an object carries is not kept. */
export interface KeptNames {
  readonly labels?: readonly string[];
  readonly annotations?: readonly string[];
  readonly finalizers?: readonly string[];
}

/**
 * What a cache keeps of an object's metadata: a few hundred bytes, however much others put there. So it is never
 * what a PUT or a merge patch is made from: others' labels, annotations, finalizers and owners are read live then.
 */
export function keptMetadata(metadata: ObjectMeta, names: KeptNames): ObjectMeta {
  const { name, namespace, uid, resourceVersion, generation, creationTimestamp, deletionTimestamp } = metadata;
  const { labels = [], annotations = [], finalizers = [] } = names;
  return {
    name,
    ...(namespace !== undefined && { namespace }),
    ...(uid !== undefined && { uid }),
    ...(resourceVersion !== undefined && { resourceVersion }),
    ...(generation !== undefined && { generation }),
    ...(creationTimestamp !== undefined && { creationTimestamp }),
    ...(deletionTimestamp !== undefined && { deletionTimestamp }),
    labels: picked(metadata.labels, labels),
    annotations: picked(metadata.annotations, annotations),
    finalizers: finalizers.filter((finalizer) => metadata.finalizers?.includes(finalizer) === true),
  };
}

/** A text that is too long to be ours becomes the empty one: there, and not as wanted. */
export function bounded(text: string): string {
  return text.length > MAX_VALUE_LENGTH ? '' : text;
}

function picked(
  given: Readonly<Record<string, string>> = {},
  names: readonly string[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = given[name];
      return value === undefined ? [] : [[name, bounded(value)]];
    }),
  );
}

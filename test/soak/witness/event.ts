import type { KubeObject } from '../../../src/kube/objects/objects.ts';

/** One change as the API server tells it. */
export interface ServerEvent<T extends KubeObject = KubeObject> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: T;
}

/** All writes of a cluster are numbered by one etcd, so that this orders events of different kinds too. */
export function numberOf({ object }: ServerEvent): number {
  return Number(object.metadata.resourceVersion);
}

/** Told in words, with names, numbers and versions, never with data. */
export type Violation = string;

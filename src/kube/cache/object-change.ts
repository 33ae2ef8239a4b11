/** One change of a cached object, as handlers see it. */
export interface ObjectChange<T> {
  /** `resync` says "look again" without a change of the object. */
  readonly type: 'added' | 'updated' | 'deleted' | 'resync';
  readonly key: string;
  /** For `deleted` the last known state: the final one, or the cached one if the deletion was missed. */
  readonly object: T;
  /** What handlers were told last about this key; absent for `added`. */
  readonly previous?: T;
  /** True for the objects of the first list of a namespace. */
  readonly initial: boolean;
  /** True if the object carries a resourceVersion that we wrote, so that whoever wrote need not look again. */
  readonly ownWrite: boolean;
}

import type { Cached } from './store.ts';

/** What we wrote to one object and the watch has not confirmed yet. */
export interface Overlay<T> {
  /** What our last write made; undefined after a delete. */
  readonly shown: T | undefined;
  /** What the server said last, by watch or list: older than `shown`. */
  readonly streamed: T | undefined;
  /** What handlers were told last. */
  readonly reported: T | undefined;
  /** Resource versions we made, the one of `shown` included. */
  readonly own: ReadonlySet<string>;
  /** Resource versions known to be older than `shown`: what our writes replaced, our earlier writes included. */
  readonly older: ReadonlySet<string>;
  /** Of the object we show, or of the one we deleted; undefined while the watch has not told of the latter. */
  readonly uid: string | undefined;
  /**
   * A version the watch will deliver and has not yet; whatever it delivers before is older. Set while the watch is
   * behind the version our write replaced, and after a create, which replaced none, until the create itself comes.
   */
  readonly awaited: string | undefined;
  readonly observedMs: number;
}

/** What the server says now about an object that is overlaid; `object` is the final state for `deleted`. */
export interface Sighting<T> {
  readonly type: 'set' | 'deleted';
  readonly object: T;
}

/**
 * - own: this is our last write, or the end of the object we deleted
 * - older: from before our last write
 * - newer: someone else wrote after us
 */
export type Verdict = 'own' | 'older' | 'newer';

/** Judges an event of a watch. Resource versions are compared for equality only: they have no order. */
export function judgeEvent<T extends Cached>(overlay: Overlay<T>, { type, object }: Sighting<T>): Verdict {
  const { uid = '', resourceVersion = '' } = object.metadata;
  if (resourceVersion === overlay.shown?.metadata.resourceVersion) return 'own';
  if (overlay.older.has(resourceVersion)) return 'older';
  if (type === 'deleted' && uid === overlay.uid) {
    // A uid never comes back: this is the end we made ourselves, or one that came after our write.
    return overlay.shown === undefined ? 'own' : 'newer';
  }
  return judgeUnknown(overlay, uid);
}

/**
 * Judges what a list that was requested before our last write was observed says; `listed` is undefined if it
 * lacks the object. (A list requested later contains our write and is right whatever it says.)
 */
export function judgeListed<T extends Cached>(overlay: Overlay<T>, listed: T | undefined): Verdict {
  const { shown, streamed } = overlay;
  if (listed === undefined) {
    // If the server never told us of the object, the snapshot may be from before we created it. Or the object came
    // and went meanwhile: then no event will tell, and OwnWrites.endUnconfirmed() does.
    if (streamed === undefined || streamed.metadata.uid !== overlay.uid) return 'older';
    return shown === undefined ? 'own' : 'newer';
  }
  const { uid = '', resourceVersion = '' } = listed.metadata;
  if (resourceVersion === shown?.metadata.resourceVersion) return 'own';
  if (overlay.older.has(resourceVersion)) return 'older';
  return judgeUnknown(overlay, uid);
}

/** Judges a version that is neither ours nor one that ours replaced. */
function judgeUnknown<T extends Cached>({ awaited, own, uid, streamed }: Overlay<T>, seenUid: string): Verdict {
  if (awaited === undefined) return 'newer';
  // Versions of an object that began with our create came after it.
  const isOurCreation = own.has(awaited) && streamed?.metadata.uid !== uid;
  return isOurCreation && seenUid === uid ? 'newer' : 'older';
}

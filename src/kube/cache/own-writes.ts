import type { Clock } from '../../clock.ts';
import { HeldBack } from './held-back.ts';
import type { ObjectChange } from './object-change.ts';
import { objectKey } from '../objects/objects.ts';
import { judgeEvent, judgeListed } from './overlay.ts';
import type { Overlay, Sighting } from './overlay.ts';
import { RecentVersions } from './recent-versions.ts';
import type { Cached, Store } from './store.ts';

/** Longer than any call may take, so that an answer never finds its own past forgotten. */
const SUPERSEDED_MEMORY_MS = 120_000;
const OWN_MEMORY_MS = 600_000;
/** The API server's watch cache trails its storage by far less, so a bookmark this late covers the write. */
const SETTLE_MS = 10_000;

export interface ListedScope {
  /** Whether a key belongs to what was listed. */
  readonly covers: (key: string) => boolean;
  /** When the list was requested, on the monotonic clock. */
  readonly requestedMs: number;
  readonly initial: boolean;
}

/**
 * Keeps a store at the newest state known: what list and watch say, overlaid by our own writes from the moment
 * they are observed until the watch confirms them. Resource versions are compared for equality only.
 *
 * - Our write is shown at once. The event that carries it is reported with `ownWrite`; events from before it
 *   (what it replaced and what led there, our earlier writes, the object a create took the place of) are not
 *   reported.
 * - Any other event says that someone wrote after us: it is taken, and the overlay ends.
 * - A list requested after a write was observed contains it, so it ends the overlay. A list that was under way
 *   may be older: it ends the overlay too, unless what it says is older for all we know. An object we have just
 *   created is not lost to it.
 * - An overlay that nothing has confirmed ends with the first bookmark that comes 10 s or more after the write:
 *   a bookmark says that all events before it were sent. So a wrong guess never lasts.
 *
 * We write one object only after the answer to the write before it.
 *
 * About every second event outruns the answer to the write it carries. While a key is held, from before a write
 * until its answer was observed, what the server says about it waits, so that our own is still recognised. Without
 * that such an event is reported without `ownWrite`.
 */
export class OwnWrites<T extends Cached> {
  readonly #store: Store<T>;
  readonly #clock: Clock;
  readonly #overlays = new Map<string, Overlay<T>>();
  readonly #heldBack = new HeldBack<ObjectChange<T> | undefined>();
  /** What the store has moved past: a write of ours that is among it came and went before its answer. */
  readonly #superseded: RecentVersions;
  /** Our versions whose overlay ended before the watch delivered them. */
  readonly #unseenOwn: RecentVersions;

  constructor({ store, clock }: { store: Store<T>; clock: Clock }) {
    this.#store = store;
    this.#clock = clock;
    this.#superseded = new RecentVersions({ clock, maxAgeMs: SUPERSEDED_MEMORY_MS });
    this.#unseenOwn = new RecentVersions({ clock, maxAgeMs: OWN_MEMORY_MS });
  }

  /** Call before a write of ours is sent, and `release` after its answer was observed, or it failed. */
  hold(key: string): void {
    this.#heldBack.hold(key);
  }

  /** Returns what to report of what the server said meanwhile. */
  release(key: string): readonly ObjectChange<T>[] {
    return this.#heldBack.release(key).filter((change) => change !== undefined);
  }

  /**
   * Shows what a create or update of ours made. The object must be one that the watch will deliver.
   * @param replaced The resourceVersion our write was bound to; undefined for a create.
   */
  observeWrite(object: T, replaced: string | undefined): void {
    const key = objectKey(object);
    const { uid, resourceVersion } = object.metadata;
    const current = this.#store.get(key);
    const isOld =
      this.#superseded.has(key, resourceVersion) ||
      // The server told of what became of our create before its answer came.
      (replaced === undefined && uid !== undefined && uid === current?.metadata.uid);
    if (isOld || versionOf(current) === resourceVersion) return;
    // The server gives the version that was there if a write changes nothing: then someone else made it.
    if (resourceVersion === replaced) return;
    this.#overlay(key, object, replaced);
  }

  /** Shows that an object is gone. @param replaced The resourceVersion our delete was bound to. */
  observeDelete(key: string, replaced: string): void {
    this.#overlay(key, undefined, replaced);
  }

  /** Does the store show a write of ours that the server has not told of yet? */
  isAhead(key: string): boolean {
    return this.#overlays.has(key);
  }

  /** Takes one event of a watch. Returns what to report, if anything. */
  applyEvent(sighting: Sighting<T>): ObjectChange<T> | undefined {
    const key = objectKey(sighting.object);
    return this.#heldBack.run(key, () => this.#applySeen(key, sighting));
  }

  /** Takes a complete list. Returns what to report; unchanged objects as `resync`. */
  applyList(items: readonly T[], scope: ListedScope): readonly ObjectChange<T>[] {
    const listed = new Map(items.map((item) => [objectKey(item), item]));
    const known = [...this.#store.keys(), ...this.#overlays.keys(), ...this.#heldBack.keys()].filter(scope.covers);
    const keys = new Set([...known, ...listed.keys()]);
    const changes = Array.from(keys, (key) => {
      return this.#heldBack.run(key, () => this.#applyListed(key, listed.get(key), scope));
    });
    return changes.filter((change) => change !== undefined);
  }

  /** A bookmark came: ends the overlays among `covers` that it proves wrong. Returns what to report. */
  endUnconfirmed(covers: (key: string) => boolean): readonly ObjectChange<T>[] {
    const settledMs = this.#clock.monotonicMs() - SETTLE_MS;
    const changes: ObjectChange<T>[] = [];
    for (const [key, overlay] of this.#overlays) {
      // The event that confirms a held one may have been sent, and waits.
      if (overlay.observedMs > settledMs || !covers(key) || this.#heldBack.has(key)) continue;
      this.#endOverlay(key, overlay, 'newer');
      const ownWrite = overlay.own.has(versionOf(overlay.streamed) ?? '');
      const change = this.#take(key, overlay.streamed, { initial: false, ownWrite, overlay });
      if (change !== undefined) changes.push(change);
    }
    return changes;
  }

  #overlay(key: string, shown: T | undefined, replaced: string | undefined): void {
    // The store has left the version behind that our write followed directly, so it is past our write too.
    if (this.#superseded.has(key, replaced)) return;
    const current = this.#store.get(key);
    const before: Partial<Overlay<T>> = this.#overlays.get(key) ?? { streamed: current, reported: current };

    const isUpToDate = replaced !== undefined && replaced === versionOf(current);
    const uidDeleted = isUpToDate ? current?.metadata.uid : undefined;
    this.#overlays.set(key, {
      shown,
      streamed: before.streamed,
      reported: before.reported,
      own: union(before.own, versionOf(shown)),
      older: union(before.older, versionOf(current), replaced),
      uid: shown === undefined ? uidDeleted : shown.metadata.uid,
      awaited: isUpToDate ? before.awaited : (replaced ?? versionOf(shown)),
      observedMs: this.#clock.monotonicMs(),
    });
    this.#show(key, shown);
  }

  #applySeen(key: string, sighting: Sighting<T>): ObjectChange<T> | undefined {
    const overlay = this.#overlays.get(key);
    const streamed = sighting.type === 'set' ? sighting.object : undefined;
    if (overlay === undefined) {
      const ownWrite = this.#unseenOwn.has(key, versionOf(sighting.object));
      return this.#take(key, streamed, { initial: false, ownWrite, final: sighting.object });
    }
    const verdict = judgeEvent(overlay, sighting);
    if (verdict === 'older') {
      const hasArrived = versionOf(sighting.object) === overlay.awaited;
      const caughtUp = { uid: overlay.uid ?? sighting.object.metadata.uid, awaited: undefined };
      this.#overlays.set(key, { ...overlay, streamed, ...(hasArrived && caughtUp) });
      return undefined;
    }
    this.#endOverlay(key, overlay, verdict);
    return this.#take(key, streamed, { initial: false, ownWrite: verdict === 'own', final: sighting.object, overlay });
  }

  #applyListed(key: string, listed: T | undefined, scope: ListedScope): ObjectChange<T> | undefined {
    const overlay = this.#overlays.get(key);
    const { initial } = scope;
    if (overlay === undefined) {
      const ownWrite = listed !== undefined && this.#unseenOwn.has(key, versionOf(listed));
      return this.#take(key, listed, { initial, ownWrite }) ?? resyncOf(key, listed);
    }
    const containsOurs = overlay.observedMs < scope.requestedMs;
    const verdict = judgeListed(overlay, listed);
    if (verdict === 'older' && !containsOurs) {
      this.#overlays.set(key, { ...overlay, streamed: listed });
      return undefined;
    }
    this.#endOverlay(key, overlay, verdict);
    const change = this.#take(key, listed, { initial, ownWrite: verdict === 'own', overlay });
    return change ?? resyncOf(key, listed);
  }

  /** The server's word becomes what the store shows. Undefined if handlers have nothing to learn from it. */
  #take(
    key: string,
    next: T | undefined,
    { initial, ownWrite, final, overlay }: Taking<T>,
  ): ObjectChange<T> | undefined {
    const shown = this.#store.get(key);
    const previous = overlay === undefined ? shown : overlay.reported;
    const isSame = next !== undefined && versionOf(next) === versionOf(previous);
    if (isSame && overlay === undefined) return undefined;

    this.#superseded.add(key, versionOf(previous));
    this.#show(key, next);
    if (isSame) return resyncOf(key, next);
    const told = previous === undefined ? {} : { previous };
    if (next !== undefined) {
      const type = previous === undefined ? 'added' : 'updated';
      return { type, key, object: next, ...told, initial, ownWrite };
    }
    const last = shown ?? previous;
    return last && { type: 'deleted', key, object: final ?? last, ...told, initial, ownWrite };
  }

  #endOverlay(key: string, overlay: Overlay<T>, verdict: 'own' | 'older' | 'newer'): void {
    this.#overlays.delete(key);
    if (verdict === 'own') return;
    for (const version of overlay.own) this.#unseenOwn.add(key, version);
    this.#superseded.add(key, versionOf(overlay.shown));
  }

  #show(key: string, object: T | undefined): void {
    if (object === undefined) this.#store.delete(key);
    else this.#store.set(key, object);
    this.#superseded.delete(key, versionOf(object));
  }
}

interface Taking<T> {
  readonly initial: boolean;
  readonly ownWrite: boolean;
  /** The state a DELETED event carried. */
  readonly final?: T;
  /** The overlay that ends here. */
  readonly overlay?: Overlay<T>;
}

function resyncOf<T>(key: string, object: T | undefined): ObjectChange<T> | undefined {
  if (object === undefined) return undefined;
  return { type: 'resync', key, object, previous: object, initial: false, ownWrite: false };
}

function versionOf(object: Cached | undefined): string | undefined {
  return object?.metadata.resourceVersion;
}

function union(set: ReadonlySet<string> | undefined, ...values: readonly (string | undefined)[]): ReadonlySet<string> {
  return new Set([...(set ?? []), ...values.filter((value) => value !== undefined)]);
}

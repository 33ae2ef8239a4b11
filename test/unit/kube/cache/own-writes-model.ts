import { expect } from 'vitest';
import type { ObjectChange } from '../../../../src/kube/cache/object-change.ts';
import { OwnWrites } from '../../../../src/kube/cache/own-writes.ts';
import { Store } from '../../../../src/kube/cache/store.ts';
import type { Cached } from '../../../../src/kube/cache/store.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { frozen } from '../../../support/frozen.ts';

interface LogEntry {
  readonly type: 'set' | 'deleted';
  readonly revision: number;
  readonly key: string;
  readonly object: Cached;
}

/** A write of ours that the server has done, but whose answer has not come yet. */
interface Answer {
  readonly entry: LogEntry;
  readonly replaced: string | undefined;
  readonly isHeld: boolean;
  readonly doneMs: number;
}

interface Listing {
  readonly requestedMs: number;
  snapshot?: { readonly items: readonly Cached[]; readonly position: number };
}

export type Basis = 'cache' | 'live';
export type Wish = 'put' | 'delete';

/**
 * An API server with a log of writes, a network that holds back events, answers and lists, and the cache under
 * test. Revisions are numbers here, so the model can see the order that the cache must not rely on.
 */
export class OwnWritesModel {
  readonly #clock = new FakeClock();
  readonly #store = new Store<Cached>();
  readonly #cache = new OwnWrites({ store: this.#store, clock: this.#clock });
  readonly #truth = new Map<string, Cached>();
  readonly #log: LogEntry[] = [];
  readonly #answers: Answer[] = [];
  /** Versions that handlers must hear of as ours: those answered, and all whose key was held. */
  readonly #ourVersions = new Set<string>();
  readonly #lastOurs = new Map<string, number>();
  readonly #lastDelivered = new Map<string, number>();
  readonly #lastChange = new Map<string, ObjectChange<Cached>>();
  #position = 0;
  #listing: Listing | undefined;
  #hasListed = false;
  #uids = 0;

  /** Someone else writes. Nothing comes of a wish that the server would refuse. */
  theirWrite(key: string, wish: Wish): void {
    this.#serve(key, wish);
  }

  /** We write, from what the cache shows or from a live read; with `isHeld`, the key is held for the time. */
  ourWrite(key: string, wish: Wish, basis: Basis, isHeld: boolean): void {
    const replaced = versionOf(this.#truth.get(key));
    const isConflict = basis === 'cache' && versionOf(this.#store.get(key)) !== replaced;
    const isWaiting = this.#answers.some(({ entry }) => entry.key === key); // we write one after the other
    if (isConflict || isWaiting) return;
    const entry = this.#serve(key, wish);
    if (entry === undefined) return;
    if (isHeld) {
      this.#cache.hold(key);
      this.#ourVersions.add(String(entry.revision));
    }
    this.#answers.push({ entry, replaced, isHeld, doneMs: this.#clock.monotonicMs() });
  }

  /** Our write to that object is answered. */
  answer(key: string): void {
    const index = this.#answers.findIndex(({ entry }) => entry.key === key);
    const [answer] = index < 0 ? [] : this.#answers.splice(index, 1);
    if (answer === undefined) return;
    const { entry, replaced, isHeld } = answer;
    this.#lastOurs.set(key, entry.revision);
    this.#ourVersions.add(String(entry.revision));
    if (entry.type === 'deleted') this.#cache.observeDelete(key, replaced as string);
    else this.#cache.observeWrite(entry.object, replaced);
    if (isHeld) for (const change of this.#cache.release(key)) this.#report(change);
  }

  event(): void {
    if (this.#listing !== undefined) return; // a list is under way only while no watch is
    const entry = this.#log[this.#position];
    if (entry === undefined) return;
    this.#position += 1;
    const isHeld = this.#answers.some((each) => each.isHeld && each.entry.key === entry.key);
    if (!isHeld) this.#lastDelivered.set(entry.key, entry.revision);
    const change = this.#cache.applyEvent({ type: entry.type, object: entry.object });
    if (change !== undefined) this.#report(change);
  }

  bookmark(): void {
    if (this.#listing !== undefined) return;
    while (this.#position < this.#log.length) this.event();
    for (const change of this.#cache.endUnconfirmed(() => true)) this.#report(change);
  }

  /** Requests a list, or lets the server read for it, or delivers it: whatever is next. */
  list(): void {
    this.#hasListed = true;
    if (this.#listing === undefined) this.#listing = { requestedMs: this.#clock.monotonicMs() };
    else if (this.#listing.snapshot === undefined) {
      this.#listing.snapshot = { items: [...this.#truth.values()], position: this.#log.length };
    } else {
      const { requestedMs, snapshot } = this.#listing;
      this.#listing = undefined;
      this.#position = snapshot.position;
      const scope = { covers: () => true, requestedMs, initial: false };
      for (const change of this.#cache.applyList(snapshot.items, scope)) this.#report(change);
    }
  }

  async tick(ms: number): Promise<void> {
    await this.#clock.advance(ms);
    const overdue = this.#answers.filter(({ doneMs }) => this.#clock.monotonicMs() - doneMs > 30_000);
    for (const { entry } of overdue) this.answer(entry.key); // calls have a deadline
  }

  /** Everything that is on its way arrives. */
  async settle(): Promise<void> {
    while (this.#listing !== undefined) this.list();
    while (this.#answers[0] !== undefined) this.answer(this.#answers[0].entry.key);
    await this.tick(11_000);
    this.bookmark();
  }

  assertShowsServerState(): void {
    const shown = new Set(this.#store.list().map(versionOf));
    expect(shown).toEqual(new Set([...this.#truth.values()].map(versionOf)));
  }

  /** What handlers heard last about each object is what the server holds. */
  assertHandlersKnowServerState(): void {
    for (const [key, object] of this.#truth)
      expect(versionOf(this.#lastChange.get(key)?.object)).toBe(versionOf(object));
    for (const [key, { type }] of this.#lastChange) if (!this.#truth.has(key)) expect(type).toBe('deleted');
  }

  /** No object is shown in a state from before the last write of ours that was answered. */
  assertShowsOurWrites(): void {
    this.#assertShowsAtLeast(this.#lastOurs);
  }

  /** No object is shown in a state from before the last event. */
  assertShowsDelivered(): void {
    this.#assertShowsAtLeast(this.#lastDelivered);
  }

  /** The server does one write. */
  #serve(key: string, wish: Wish): LogEntry | undefined {
    const base = this.#truth.get(key);
    if (wish === 'delete' && base === undefined) return undefined;
    const revision = this.#log.length + 1;
    const uid = base?.metadata.uid ?? `uid-${++this.#uids}`;
    const object = frozen({ metadata: { name: key, uid, resourceVersion: String(revision) } });
    const entry: LogEntry = { type: wish === 'put' ? 'set' : 'deleted', revision, key, object };
    this.#log.push(entry);
    if (wish === 'put') this.#truth.set(key, object);
    else this.#truth.delete(key);
    return entry;
  }

  #assertShowsAtLeast(revisions: ReadonlyMap<string, number>): void {
    for (const [key, least] of revisions) {
      const shown = this.#store.get(key);
      const deletions = this.#log.filter((entry) => entry.key === key && entry.type === 'deleted');
      const revision = shown === undefined ? (deletions.at(-1)?.revision ?? 0) : Number(versionOf(shown));
      expect(revision, `revision shown of ${key}`).toBeGreaterThanOrEqual(least);
    }
  }

  #report(change: ObjectChange<Cached>): void {
    this.#lastChange.set(change.key, change);
    if (change.type === 'resync') return;
    // After a list a deletion is known by absence only, so nobody can tell whose it was.
    if (change.type === 'deleted' && this.#hasListed) return;
    expect(change.ownWrite).toBe(this.#ourVersions.has(versionOf(change.object) as string));
  }
}

function versionOf(object: Cached | undefined): string | undefined {
  return object?.metadata.resourceVersion;
}

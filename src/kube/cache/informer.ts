import type { Clock, Random } from '../../clock.ts';
import type { Logger } from '../../logger.ts';
import type { Refusal } from '../errors/api-error.ts';
import type { KubeClient } from '../client/client.ts';
import type { ObjectChange } from './object-change.ts';
import { objectKey } from '../objects/objects.ts';
import type { KubeObject } from '../objects/objects.ts';
import { OwnWrites } from './own-writes.ts';
import { Reflector } from './reflector.ts';
import type { ReflectorSink } from './reflector.ts';
import type { Resource } from '../objects/resource.ts';
import { isOlder } from './server-state.ts';
import { abortable } from '../transport/abortable.ts';
import { Store } from './store.ts';
import type { Cached, IndexFunction, Lister } from './store.ts';

export interface InformerOptions<Raw extends KubeObject, T extends Cached> {
  readonly client: Pick<KubeClient, 'list' | 'watch'>;
  readonly resource: Resource<Raw>;
  /** Absent: the whole cluster. Each is listed and watched on its own; an empty list watches nothing. */
  readonly namespaces?: readonly string[];
  /** Do not wait for a namespace that is refused (403): it counts as synced, and what it has comes once it is granted. */
  readonly skipsRefused?: boolean;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Ask for metadata only; `transform` then sees nothing else. */
  readonly metadataOnly?: boolean;
  /**
   * What to keep of an object, called once for each version; what it does not return is dropped from memory.
   * Keeps name, namespace, uid and resourceVersion. Objects that come by a list carry no apiVersion and kind.
   * If it throws, the object is left out.
   */
  readonly transform: (raw: Raw) => T;
  /** If one throws, that is logged and it does not find the object. */
  readonly indexes?: Readonly<Record<string, IndexFunction<T>>>;
  /** Called in order, right after the cache changed. Only enqueues; what it throws is logged. */
  readonly onChange: (change: ObjectChange<T>) => void;
  /** Told of each list and watch whether it was refused; undefined: it was granted. */
  readonly onAccess?: (subject: AccessSubject, refusal: Refusal | undefined) => void;
  /**
   * Told when the server turns out to have an older state than this cache has seen, as after a restore of its storage.
   * Each cache finds that out by itself, and versions are given out again: what several caches say together, and
   * what they take for known, is not to be relied on any more.
   */
  readonly onOlderState?: () => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Objects per page where the server cannot stream its state. @default {500} */
  readonly pageSize?: number;
  /** How often the server sends a bookmark; three silent periods end a watch. @default {60000} */
  readonly bookmarkPeriodMs?: number;
}

/** What is listed and watched; without a namespace, in the whole cluster. */
export interface AccessSubject {
  readonly resource: Resource;
  readonly namespace?: string;
}

interface Part<Raw extends KubeObject, T> {
  readonly reflector: Reflector<Raw, T>;
  readonly covers: (key: string) => boolean;
}

/**
 * A cache of one kind that follows the server, shows our own writes at once (own-writes.ts), and reports each
 * change. Survives any failure of the server, the network or a handler; ends only by the signal of `run`.
 */
export class Informer<Raw extends KubeObject, T extends Cached> {
  readonly #options: InformerOptions<Raw, T>;
  readonly #store: Store<T>;
  readonly #ownWrites: OwnWrites<T>;
  readonly #parts: readonly Part<Raw, T>[];
  readonly #unsynced = new Set<Part<Raw, T>>();
  /** Of which nothing is known yet. */
  readonly #unlisted = new Set<Part<Raw, T>>();
  readonly #synced = Promise.withResolvers<void>();

  constructor(options: InformerOptions<Raw, T>) {
    const { indexes = {}, namespaces, clock } = options;
    this.#options = options;
    const guarded = Object.entries(indexes).map(([name, valuesOf]) => [name, this.#guarded(valuesOf)] as const);
    this.#store = new Store({ indexes: Object.fromEntries(guarded) });
    this.#ownWrites = new OwnWrites({ store: this.#store, clock });
    this.#parts = namespaces === undefined ? [this.#part()] : [...new Set(namespaces)].map((name) => this.#part(name));
    for (const part of this.#parts) {
      this.#unsynced.add(part);
      this.#unlisted.add(part);
    }
    if (this.#unsynced.size === 0) this.#synced.resolve();
  }

  get lister(): Lister<T> {
    return this.#store;
  }

  /** Follows the server until `signal` aborts. Call once. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#parts.map(({ reflector }) => reflector.run(signal)));
  }

  /** Whether every namespace was listed once, or skipped, and `onChange` has seen it all. Never goes back to false. */
  hasSynced(): boolean {
    return this.#unsynced.size === 0;
  }

  /** Was everything in a namespace listed once? Until then, and where it is not watched, what is not shown may be there. */
  hasListed(namespace: string): boolean {
    return this.#parts.some((part) => part.covers(`${namespace}/`) && !this.#unlisted.has(part));
  }

  /** Rejects with the signal's reason if that aborts first. */
  async whenSynced(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await abortable(this.#synced.promise, signal);
  }

  /** Monotonic time of the last event, bookmark or list, of the namespace that is furthest behind. */
  lastActivityMs(): number {
    return Math.min(...this.#parts.map(({ reflector }) => reflector.lastActivityMs));
  }

  /**
   * Monotonic time at which each namespace has last received or at least asked for something. Unlike
   * `lastActivityMs` it goes on while the server is away, so it tells an outage from a loop that is stuck.
   */
  lastAttemptMs(): number {
    return Math.min(...this.#parts.map(({ reflector }) => reflector.lastAttemptMs));
  }

  /**
   * Runs a create or update of ours and shows what it returns. What the server says about the object meanwhile
   * waits, so that the event of our write is recognised even if it outruns the answer, as about every second does.
   * @param replaced The resourceVersion the write is bound to; undefined for a create.
   */
  trackWrite<W extends Raw>(key: string, replaced: string | undefined, write: () => Promise<W>): Promise<W> {
    return this.#holding(key, async () => {
      const raw = await write();
      this.observeOwnWrite(raw, replaced);
      return raw;
    });
  }

  /** Runs a delete of ours, bound to `resourceVersion`, and shows the object as gone; as `trackWrite`. */
  trackDelete(key: string, resourceVersion: string, remove: () => Promise<void>): Promise<void> {
    return this.#holding(key, async () => {
      await remove();
      this.observeOwnDelete(key, resourceVersion);
    });
  }

  /**
   * Shows what a successful create or update of ours returned, if it is in a watched namespace. The caller sees
   * to it that the object matches the selectors. Its event may have come before and been reported as foreign: where
   * that matters, use `trackWrite`.
   * @param replaced The resourceVersion the write was bound to; undefined for a create.
   */
  observeOwnWrite(raw: Raw, replaced: string | undefined): void {
    const object = this.#covers(objectKey(raw)) ? this.#convert(raw) : undefined;
    if (object !== undefined) this.#ownWrites.observeWrite(object, replaced);
  }

  /** Shows that a delete of ours, bound to `resourceVersion`, succeeded; as `observeOwnWrite`. */
  observeOwnDelete(key: string, resourceVersion: string): void {
    this.#ownWrites.observeDelete(key, resourceVersion);
  }

  #part(namespace?: string): Part<Raw, T> {
    const { labelSelector, fieldSelector, metadataOnly, resource, skipsRefused = false } = this.#options;
    const selection = {
      ...(namespace !== undefined && { namespace }),
      ...(labelSelector !== undefined && { labelSelector }),
      ...(fieldSelector !== undefined && { fieldSelector }),
      ...(metadataOnly !== undefined && { metadataOnly }),
    };
    const prefix = namespace === undefined ? '' : `${namespace}/`;
    const covers = (key: string): boolean => key.startsWith(prefix);
    const sink: ReflectorSink<Raw, T> = {
      convert: (raw) => this.#convert(raw),
      replace: (items, requestedMs) => this.#replace(part, items, requestedMs),
      set: (object) => this.#report(this.#ownWrites.applyEvent({ type: 'set', object })),
      remove: (raw) => this.#remove(raw),
      bookmark: () => this.#reportAll(this.#ownWrites.endUnconfirmed(covers)),
    };
    const subject: AccessSubject = { resource, ...(namespace !== undefined && { namespace }) };
    const onAccess = (refusal: Refusal | undefined): void => {
      this.#options.onAccess?.(subject, refusal);
      if (skipsRefused && refusal === 403) this.#endWait(part);
    };
    const part: Part<Raw, T> = { covers, reflector: new Reflector({ ...this.#options, selection, sink, onAccess }) };
    return part;
  }

  async #holding<R>(key: string, write: () => Promise<R>): Promise<R> {
    this.#ownWrites.hold(key);
    try {
      return await write();
    } finally {
      this.#reportAll(this.#ownWrites.release(key));
    }
  }

  #replace(part: Part<Raw, T>, items: readonly T[], requestedMs: number): void {
    if (items.some((item) => this.#wentBack(item))) this.#options.onOlderState?.();
    const initial = this.#unlisted.delete(part);
    this.#reportAll(this.#ownWrites.applyList(items, { covers: part.covers, requestedMs, initial }));
    this.#endWait(part);
  }

  #endWait(part: Part<Raw, T>): void {
    this.#unsynced.delete(part);
    if (this.#unsynced.size === 0) this.#synced.resolve();
  }

  /** A list shows an older version than the server told of before. */
  #wentBack(listed: T): boolean {
    const key = objectKey(listed);
    const known = this.#store.get(key);
    if (known === undefined || this.#ownWrites.isAhead(key)) return false;
    return isOlder(listed.metadata.resourceVersion ?? '', known.metadata.resourceVersion ?? '');
  }

  #remove(raw: Raw): void {
    // An object that cannot be converted any more must still go.
    const object = this.#convert(raw) ?? this.#store.get(objectKey(raw));
    if (object !== undefined) this.#report(this.#ownWrites.applyEvent({ type: 'deleted', object }));
  }

  #convert(raw: Raw): T | undefined {
    // Our own write comes back by the watch, and a list brings what is known: that is converted already.
    const known = this.#store.get(objectKey(raw));
    if (known !== undefined && isSameVersion(known, raw)) return known;
    try {
      const object = this.#options.transform(raw);
      assertIdentityKept(raw, object);
      return object;
    } catch (error) {
      this.#logFault(objectKey(raw), error, 'Could not transform an object; left it out');
      return undefined;
    }
  }

  #guarded(valuesOf: IndexFunction<T>): IndexFunction<T> {
    return (object) => {
      try {
        return valuesOf(object);
      } catch (error) {
        this.#logFault(objectKey(object), error, 'Could not index an object');
        return [];
      }
    };
  }

  #covers(key: string): boolean {
    return this.#parts.some((part) => part.covers(key));
  }

  #reportAll(changes: readonly ObjectChange<T>[]): void {
    for (const change of changes) this.#report(change);
  }

  #report(change: ObjectChange<T> | undefined): void {
    if (change === undefined) return;
    try {
      this.#options.onChange(change);
    } catch (error) {
      this.#logFault(change.key, error, 'Could not handle a change');
    }
  }

  #logFault(key: string, error: unknown, message: string): void {
    // The name only: the text of an error may quote the object, and the object may be a Secret.
    const name = error instanceof Error ? error.name : typeof error;
    this.#options.logger.error({ resource: this.#options.resource.plural, key, error: name }, message);
  }
}

function isSameVersion(known: Cached, raw: KubeObject): boolean {
  const { uid, resourceVersion } = raw.metadata;
  return (
    resourceVersion !== undefined && known.metadata.resourceVersion === resourceVersion && known.metadata.uid === uid
  );
}

function assertIdentityKept(raw: KubeObject, object: Cached): void {
  const { uid, resourceVersion } = raw.metadata;
  const isKept = object.metadata.uid === uid && object.metadata.resourceVersion === resourceVersion;
  if (!isKept || objectKey(object) !== objectKey(raw)) {
    throw new TypeError('Cannot cache an object: the transform changed its name, namespace, uid or resourceVersion');
  }
}

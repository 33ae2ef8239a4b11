import type { ApiKey } from '../../api/generated/api-key.ts';
import type { KeyProject } from '../../api/generated/key-project.ts';
import type { ObjectChange } from '../../kube/cache/object-change.ts';
import type { WorkQueue } from '../../kube/queue/work-queue.ts';
import type { CachedRecord } from '../caches/cached-record.ts';
import { claimedOwner, type CachedSecret } from '../caches/cached-secret.ts';
import type { Caches } from '../caches/caches.ts';

/** Objects of a first list or a resync wait behind what people are changing right now. */
const RELAXED_PRIORITY = -100;
const OWNER_PREFIX = 'ApiKey/';

/** Keys blocked at a place or by a full project, so that whoever frees it wakes them. In memory only: a restart looks at every key anyway. */
export class Contenders {
  readonly #waiting = new Map<string, Set<string>>();

  wait(place: string, key: string): void {
    const keys = this.#waiting.get(place) ?? new Set();
    this.#waiting.set(place, keys.add(key));
  }

  /** A key waits until its project has room for one more. */
  waitForRoom(project: string, key: string): void {
    this.wait(roomIn(project), key);
  }

  /** Everyone who waits for the place; they wait again when they find it taken. */
  take(place: string): Iterable<string> {
    const keys = this.#waiting.get(place) ?? [];
    this.#waiting.delete(place);
    return keys;
  }
}

export interface WakeDependencies {
  readonly queue: WorkQueue;
  readonly caches: () => Caches;
  readonly contenders: Contenders;
}

/** Maps every change to the ApiKeys it may concern. Decides nothing: a woken key that is settled writes nothing. */
export class ApiKeyWaker {
  readonly #queue: WorkQueue;
  readonly #caches: () => Caches;
  readonly #contenders: Contenders;

  constructor({ queue, caches, contenders }: WakeDependencies) {
    this.#queue = queue;
    this.#caches = caches;
    this.#contenders = contenders;
  }

  apiKey(change: ObjectChange<ApiKey>): void {
    if (!change.ownWrite) this.#add(change.key, change);
  }

  /** Status of a project is a report: only its spec, claim and deletion concern keys. */
  project(change: ObjectChange<KeyProject>): void {
    const { object, previous } = change;
    if (change.type === 'updated' && previous !== undefined && concernsKeys(object) === concernsKeys(previous)) return;
    this.projectKeys(object.metadata.name, change);
  }

  /** Wakes every key of a project. */
  projectKeys(project: string, change: Pick<ObjectChange<unknown>, 'initial' | 'type'>): void {
    for (const { metadata } of this.#caches().apiKeys.lister.byIndex('project', project)) {
      this.#add(`${metadata.namespace ?? ''}/${metadata.name}`, change);
    }
  }

  secret(change: ObjectChange<CachedSecret>): void {
    if (change.type === 'deleted') this.freed(change.key);
    if (change.ownWrite) return;
    this.#wakeOwner(claimedOwner(change.object), change);
    // A Secret stripped of its annotations is still wanted by whoever holds the place.
    for (const { hint } of this.#caches().records.lister.byIndex('place', change.key)) this.#wakeHint(hint, change);
  }

  record(change: ObjectChange<CachedRecord>): void {
    const { object, previous } = change;
    const hint = change.type === 'deleted' ? undefined : object.hint;
    this.#freeWhatIsLeft((previous ?? object).hint, hint);
    for (const { metadata } of this.#caches().apiKeys.lister.byIndex('record', object.metadata.name)) {
      // What we write for the owner may be what frees the name for another namespace.
      const isOther = metadata.namespace !== object.hint?.namespace;
      if (!change.ownWrite || isOther) this.#add(`${metadata.namespace ?? ''}/${metadata.name}`, change);
    }
    if (!change.ownWrite) this.#wakeHint(object.hint, change);
  }

  /** A look at everything there is, without a change. */
  all(): void {
    for (const { metadata } of this.#caches().apiKeys.lister.list()) {
      this.#queue.add(`${metadata.namespace ?? ''}/${metadata.name}`, { priority: RELAXED_PRIORITY });
    }
    for (const { hint } of this.#caches().records.lister.list()) {
      if (hint?.kind === 'ApiKey') this.#queue.add(`${hint.namespace}/${hint.name}`, { priority: RELAXED_PRIORITY });
    }
  }

  /** A place that stood in the way of keys changed hands or became free. */
  freed(place: string): void {
    for (const key of this.#contenders.take(place)) this.#queue.add(key);
  }

  #freeWhatIsLeft(before: CachedRecord['hint'], after: CachedRecord['hint']): void {
    if (before === undefined) return;
    const kept = new Set(after?.places);
    for (const place of before.places) if (!kept.has(place)) this.freed(place);
    if (before.isActive && after?.isActive !== true) this.freed(roomIn(before.project));
  }

  #wakeOwner(owner: string | undefined, change: Pick<ObjectChange<unknown>, 'initial' | 'type'>): void {
    if (owner?.startsWith(OWNER_PREFIX) === true) this.#add(owner.slice(OWNER_PREFIX.length), change);
  }

  #wakeHint(hint: CachedRecord['hint'], change: Pick<ObjectChange<unknown>, 'initial' | 'type'>): void {
    if (hint?.kind === 'ApiKey') this.#add(`${hint.namespace}/${hint.name}`, change);
  }

  #add(key: string, { initial, type }: Pick<ObjectChange<unknown>, 'initial' | 'type'>): void {
    this.#queue.add(key, { priority: initial || type === 'resync' ? RELAXED_PRIORITY : 0 });
  }
}

/** No namespace has a colon in its name, so this is no place. */
function roomIn(project: string): string {
  return `project:${project}`;
}

function concernsKeys({ metadata, spec }: KeyProject): string {
  return JSON.stringify([metadata.generation, metadata.annotations, metadata.deletionTimestamp, spec.company]);
}

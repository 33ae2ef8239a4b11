import { isDeepStrictEqual } from 'node:util';

import type { KeyObject } from '../../../api/key-object.ts';
import type { KeyProject } from '../../../api/generated/key-project.ts';
import type { Clock } from '../../../clock.ts';
import type { ObjectChange } from '../../../kube/cache/object-change.ts';
import { KeyedTokenBuckets } from '../../../kube/queue/keyed-token-buckets.ts';
import type { WorkQueue } from '../../../kube/queue/work-queue.ts';
import type { CachedRecord } from '../../caches/cached-record.ts';
import type { CachedSecret } from '../../caches/cached-secret.ts';
import type { CachedSource, Caches } from '../../caches/caches.ts';
import type { StatusRules } from '../../planning/key-rules.ts';
import type { ProvenClaim } from '../../planning/secret-view.ts';
import { KEY_KINDS, type KeyKind } from '../../../sealing/ledger.ts';
import { ownerOf } from '../../planning/place-state.ts';
import type { Contenders } from './contenders.ts';

/** Objects of a first list or a resync wait behind what people are changing right now. */
export const RELAXED_PRIORITY = -100;

/** What changes nothing but a line of status waits behind everything else. */
export const REPORT_PRIORITY = -200;

/**
 * How often changes at one place wake its keys: 20 times at once, then every 5 s, so that no change is lost. A hand that
 * mends or tests edits a few times; more is a fight, or somebody who wants to keep the operator busy.
 */
const PLACE_PACE_MS = 5_000;
const PLACE_LIMIT = { burst: 20, ratePerSecond: 1_000 / PLACE_PACE_MS, maxKeys: 4_096 };

/** Enough that one of them still has something to write there. */
const PROBES = 8;

export interface WakeDependencies {
  readonly queue: WorkQueue;
  readonly caches: () => {
    readonly keys: Readonly<Record<KeyKind, Pick<Caches['keys'][KeyKind], 'lister'>>>;
    readonly records: Pick<Caches['records'], 'lister'>;
  };
  readonly contenders: Contenders;
  readonly kinds: Readonly<Record<KeyKind, { readonly status: Pick<StatusRules, 'showsSealing'> }>>;
  readonly clock: Clock;
  /** What the proof on a Secret says, if it is valid. */
  readonly proofOf: (secret: CachedSecret) => ProvenClaim | undefined;
}

type Urgency = Pick<ObjectChange<unknown>, 'initial' | 'type'>;

/** Maps every change to the keys it may concern, by "<kind>/<namespace>/<name>". Decides nothing: a woken key that is settled writes nothing. */
export class KeyWaker {
  readonly #queue: WorkQueue;
  readonly #caches: WakeDependencies['caches'];
  readonly #contenders: Contenders;
  readonly #kinds: WakeDependencies['kinds'];
  readonly #clock: Clock;
  readonly #proofOf: WakeDependencies['proofOf'];
  readonly #placeLimit = new KeyedTokenBuckets(PLACE_LIMIT);

  constructor({ queue, caches, contenders, kinds, clock, proofOf }: WakeDependencies) {
    this.#queue = queue;
    this.#caches = caches;
    this.#contenders = contenders;
    this.#kinds = kinds;
    this.#clock = clock;
    this.#proofOf = proofOf;
  }

  key(kind: KeyKind, change: ObjectChange<KeyObject>): void {
    if (!change.ownWrite) this.#add(`${kind}/${change.key}`, change);
  }

  /** Status of a project is a report: only its spec, claim and deletion concern keys. */
  project(change: ObjectChange<KeyProject>): void {
    const { object, previous } = change;
    if (change.type === 'updated' && previous !== undefined && concernsKeys(object) === concernsKeys(previous)) return;
    this.projectKeys(object.metadata.name, change);
  }

  /** Wakes every key of a project. */
  projectKeys(project: string, change: Urgency): void {
    for (const kind of KEY_KINDS) {
      for (const key of this.#caches().keys[kind].lister.byIndex('project', project)) {
        this.#add(idOf(kind, key), change);
      }
    }
  }

  /** A source that came, changed or went concerns the keys that import from it. */
  importSource(change: ObjectChange<CachedSource>): void {
    const concerned = new Set<string>();
    for (const kind of KEY_KINDS) {
      for (const key of this.#caches().keys[kind].lister.byIndex('source', change.key)) concerned.add(idOf(kind, key));
    }
    this.#wakeAt(`source:${change.key}`, concerned, change);
  }

  /**
   * Anybody may write the name of a key on a Secret. So a Secret wakes the keys whose ledger holds its place, and
   * the one that its proof names; one that merely looks like ours wakes nobody.
   */
  secret(change: ObjectChange<CachedSecret>): void {
    if (change.type === 'deleted') this.freed(change.key);
    if (change.ownWrite) return;
    const concerned = new Set(this.#provenOwners(change));
    for (const { hint } of this.#caches().records.lister.byIndex('place', change.key)) {
      if (hint !== undefined) concerned.add(ownerOf(hint));
    }
    this.#wakeAt(change.key, concerned, change);
  }

  record(change: ObjectChange<CachedRecord>): void {
    const { object, previous } = change;
    const hint = change.type === 'deleted' ? undefined : object.hint;
    this.#freeWhatIsLeft((previous ?? object).hint, hint);
    for (const kind of KEY_KINDS) {
      for (const key of this.#caches().keys[kind].lister.byIndex('record', object.metadata.name)) {
        // What we write for the owner may be what frees the name for another namespace.
        const isOther = key.metadata.namespace !== object.hint?.namespace;
        if (!change.ownWrite || isOther) this.#add(idOf(kind, key), change);
        // We wrap records anew beside their keys, some of which tell of it in status.
        else if (this.#kinds[kind].status.showsSealing && isWrappedAnew(change))
          this.#queue.add(idOf(kind, key), { priority: REPORT_PRIORITY });
      }
    }
    if (!change.ownWrite) this.#wakeHint(object.hint, change);
  }

  /** A look at everything there is, without a change. */
  all(): void {
    for (const kind of KEY_KINDS) {
      for (const key of this.#caches().keys[kind].lister.list()) {
        this.#queue.add(idOf(kind, key), { priority: RELAXED_PRIORITY });
      }
    }
    for (const { hint } of this.#caches().records.lister.list()) {
      if (hint !== undefined) this.#queue.add(ownerOf(hint), { priority: RELAXED_PRIORITY });
    }
  }

  /**
   * A place that stood in the way of keys changed hands or became free.
   *
   * @param keys Woken too: one that is being looked at waits for the place only at the end of that look.
   */
  freed(place: string, keys: readonly string[] = []): void {
    this.#wakeAt(place, new Set([...this.#contenders.take(place), ...keys]), { initial: false, type: 'updated' });
  }

  /** A namespace that did not answer is to be tried again: a few keys will do. */
  probe(namespace: string): void {
    for (const key of this.#contenders.takeNamespace(namespace, PROBES)) this.#queue.add(key);
  }

  /** A namespace that did not answer does so again. */
  answers(namespace: string): void {
    for (const key of this.#contenders.takeNamespace(namespace)) this.#queue.add(key);
  }

  #freeWhatIsLeft(before: CachedRecord['hint'], after: CachedRecord['hint']): void {
    if (before === undefined) return;
    const kept = new Set(after?.places);
    for (const place of before.places) if (!kept.has(place)) this.#wakeAll(this.#contenders.take(place));
    if (before.isActive && after?.isActive !== true) this.#wakeAll(this.#contenders.takeRoom(before.project));
  }

  /** A key of ours gave way to these. */
  #wakeAll(keys: Iterable<string>): void {
    for (const key of keys) this.#queue.add(key);
  }

  /** Whose the Secret is or was until now. */
  #provenOwners({ object, previous }: ObjectChange<CachedSecret>): readonly string[] {
    return [object, ...(previous === undefined ? [] : [previous])].flatMap((secret) => {
      const proof = this.#proofOf(secret);
      return proof === undefined ? [] : [ownerOf(proof)];
    });
  }

  /** Only a change that concerns somebody counts, or strangers could fill what is remembered of places. */
  #wakeAt(place: string, keys: ReadonlySet<string>, urgency: Urgency): void {
    if (keys.size === 0) return;
    const afterMs = this.#placeLimit.tryTake(place, this.#clock.monotonicMs()) ? 0 : PLACE_PACE_MS;
    for (const key of keys) this.#add(key, urgency, afterMs);
  }

  #wakeHint(hint: CachedRecord['hint'], urgency: Urgency): void {
    if (hint !== undefined) this.#add(ownerOf(hint), urgency);
  }

  #add(key: string, { initial, type }: Urgency, afterMs = 0): void {
    this.#queue.add(key, { priority: initial || type === 'resync' ? RELAXED_PRIORITY : 0, afterMs });
  }
}

/** Does another KEK protect the record than before? */
function isWrappedAnew({ object, previous }: ObjectChange<CachedRecord>): boolean {
  const [before, after] = [previous?.wrappedBy, object.wrappedBy];
  return before !== undefined && after !== undefined && !isDeepStrictEqual(before, after);
}

function idOf(kind: KeyKind, { metadata: { namespace = '', name } }: KeyObject): string {
  return ownerOf({ kind, namespace, name });
}

function concernsKeys({ metadata, spec }: KeyProject): string {
  return JSON.stringify([metadata.generation, metadata.annotations, metadata.deletionTimestamp, spec.company]);
}

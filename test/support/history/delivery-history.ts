import type { KeyObject } from '../../../src/api/key-object.ts';
import { PREVIOUS_PREFIX } from '../../../src/delivery/previous.ts';
import type { KubeClient, ListPage } from '../../../src/kube/client/client.ts';
import type { KubeObject, Secret } from '../../../src/kube/objects/objects.ts';
import { SECRETS, type Resource } from '../../../src/kube/objects/resource.ts';
import { RECORD_TYPE } from '../../../src/sealing/record.ts';
import { recordWatch, type RecordedEvent, type WatchRecorder } from '../harness/watch-recorder.ts';
import { OPERATOR_NAMESPACE } from '../operator.ts';
import { storedRecord, type StoredRecord } from '../stored-record.ts';
import { misorderedTokens } from './misordered-tokens.ts';
import { readableMaterial, type ReadableMaterial } from './readable-material.ts';

/** What a Secret says of itself. */
interface SecretClaim {
  /** "<namespace>/<Secret name>" */
  readonly place: string;
  readonly key: string;
  readonly environment: string;
  readonly version: string;
}

/** A token or private key as some version of some Secret showed it. */
export interface SeenMaterial extends SecretClaim, ReadableMaterial {
  readonly at: number;
}

export interface HistoryOptions {
  /** What is there already counts as made when it was last written. @default {false} */
  readonly existing?: boolean;
  /** A history of the same cluster that was interrupted; this one goes on with it. */
  readonly after?: DeliveryHistory;
}

/**
 * The API server's own account of what happened to Secrets, records and keys since `start`. All writes of a cluster
 * are numbered by one etcd, so resourceVersions say what came before what, across kinds.
 */
export class DeliveryHistory implements AsyncDisposable {
  readonly #secrets: WatchRecorder<Secret>;
  readonly #keys: WatchRecorder<KeyObject>;
  readonly #secretsBefore: RecordedEvent<Secret>[] = [];
  readonly #keysBefore: RecordedEvent<KeyObject>[] = [];
  #isInterrupted = false;

  private constructor(secrets: WatchRecorder<Secret>, keys: WatchRecorder<KeyObject>) {
    this.#secrets = secrets;
    this.#keys = keys;
  }

  static async start(
    client: KubeClient,
    resource: Resource<KeyObject>,
    { existing = false, after }: HistoryOptions = {},
  ): Promise<DeliveryHistory> {
    // Keys first: the hash of what a Secret shows from here on was published before, or is recorded.
    const declared = existing ? await client.list(resource) : undefined;
    const there = existing ? await client.list(SECRETS) : undefined;
    const [secrets, keys] = await Promise.all([
      recordWatch(client, SECRETS, startOf(there)),
      recordWatch(client, resource, startOf(declared)),
    ]);
    const history = new DeliveryHistory(secrets, keys);
    history.#secretsBefore.push(...(after === undefined ? [] : after.#secretEvents), ...asAdded(there));
    history.#keysBefore.push(...(after === undefined ? [] : after.#keyEvents), ...asAdded(declared));
    return history;
  }

  get #secretEvents(): readonly RecordedEvent<Secret>[] {
    return [...this.#secretsBefore, ...this.#secrets.events];
  }

  get #keyEvents(): readonly RecordedEvent<KeyObject>[] {
    return [...this.#keysBefore, ...this.#keys.events];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isInterrupted) return;
    await Promise.all([this.#secrets.stop(), this.#keys.stop()]);
  }

  /** Ends where the API server was lost, if it was; what was seen until then stays. */
  async interrupt(): Promise<void> {
    this.#isInterrupted = true;
    await Promise.allSettled([this.#secrets.stop(), this.#keys.stop()]);
  }

  /** Resolves once everything up to these objects, as they were read, is in the history. */
  async upTo(objects: readonly KubeObject[]): Promise<void> {
    for (const wanted of objects) {
      // Objects from a list lack their kind.
      const isKey = 'spec' in wanted;
      const recorder: WatchRecorder<KubeObject> = isKey ? this.#keys : this.#secrets;
      const before: readonly RecordedEvent<KubeObject>[] = isKey ? this.#keysBefore : this.#secretsBefore;
      const isSeen = ({ object }: RecordedEvent<KubeObject>): boolean => at(object) >= at(wanted);
      await recorder.until((events) => events.some(isSeen) || before.some(isSeen));
    }
  }

  /** Every token and key that any Secret ever showed, once for each version of the Secret. */
  get material(): readonly SeenMaterial[] {
    return this.#secretEvents.flatMap(({ type, object }) => {
      const material = type === 'DELETED' ? undefined : readableMaterial(object);
      if (material === undefined) return [];
      return { ...claimOf(object), ...material, at: at(object) };
    });
  }

  /** "<key> <environment> v<version>" to the distinct tokens or keys that were ever readable for it. */
  get valuesByVersion(): ReadonlyMap<string, ReadonlySet<string>> {
    const found = new Map<string, Set<string>>();
    for (const { key, environment, version, value } of this.material) {
      const name = `${key} ${environment} v${version}`;
      found.set(name, (found.get(name) ?? new Set()).add(value));
    }
    return found;
  }

  /** The same for what lies under one data key, such as a signing secret, wherever it does. */
  valuesUnder(dataKey: string): ReadonlyMap<string, ReadonlySet<string>> {
    const found = new Map<string, Set<string>>();
    for (const { type, object } of this.#secretEvents) {
      const value = object.data?.[dataKey];
      if (value === undefined || type === 'DELETED' || object.metadata.namespace === OPERATOR_NAMESPACE) continue;
      const { key, environment, version } = claimOf(object);
      const name = `${key} ${environment} v${version}`;
      found.set(name, (found.get(name) ?? new Set()).add(value));
    }
    return found;
  }

  /** Places that showed as superseded what no Secret of their key and environment showed as current before. */
  get strangeBesideCurrent(): readonly string[] {
    const shown = new Set<string>();
    return this.#secretEvents.flatMap(({ type, object }) => {
      if (type === 'DELETED') return [];
      const { place, key, environment } = claimOf(object);
      const current = readableMaterial(object);
      if (current !== undefined) shown.add(`${key} ${environment} ${current.value}`);
      const previous = readableMaterial({ data: supersededPart(object) });
      const isStrange = previous !== undefined && !shown.has(`${key} ${environment} ${previous.value}`);
      return isStrange ? [place] : [];
    });
  }

  /** Places that carried material before status had published its hash or fingerprint. */
  get deliveredBeforePublished(): readonly string[] {
    return this.#shownBefore((id) => first(this.#keyEvents, (key) => publishes(key, id)));
  }

  /** Places that carried material before the ledger knew its hash or fingerprint and the place. */
  get deliveredBeforeRecorded(): readonly string[] {
    const ledgers = this.#secretEvents
      .filter(({ object }) => object.type === RECORD_TYPE)
      .map(({ object }) => ({ object: { ...object, ledger: storedRecord(object).ledger } }));
    return this.#shownBefore((id, place) =>
      first(ledgers, ({ ledger }) =>
        ledger.environments.some(
          ({ versions, places }) =>
            versions.some(({ hash, crypto }) => hash === id || crypto?.fingerprint === id) &&
            places.some(({ namespace, secretName }) => `${namespace}/${secretName}` === place),
        ),
      ),
    );
  }

  /** Writes of Secrets with a token that verifiers did not accept yet, or do not any more. */
  get misordered(): readonly string[] {
    const delivered = this.#secrets.events.filter(
      ({ type, object }) => type !== 'DELETED' && readableMaterial(object) !== undefined,
    );
    return misorderedTokens(
      this.#keyEvents,
      delivered.map(({ object }) => object),
    );
  }

  /** Places that had no token yet when the record gave up the sealed one of their environment. */
  get droppedBeforeDelivered(): readonly string[] {
    const firstAt = new Map(
      // The last one set wins: the first that was seen.
      this.material.toReversed().map((seen) => [seen.place, seen] as const),
    );
    return [...firstAt]
      .filter(([, seen]) => seen.at >= this.recordedAt((record) => hasDropped(record, seen)))
      .map(([place]) => place);
  }

  /** resourceVersions of Secrets with material at their deletion, by place. */
  get withdrawnAt(): ReadonlyMap<string, number> {
    const deleted = this.#secretEvents.filter(
      ({ type, object }) => type === 'DELETED' && readableMaterial(object) !== undefined,
    );
    return new Map(deleted.map(({ object }) => [`${object.metadata.namespace}/${object.metadata.name}`, at(object)]));
  }

  /** When a record first satisfied `predicate`; Infinity for never. */
  recordedAt(predicate: (record: StoredRecord) => boolean): number {
    const records = this.#secretEvents.filter(({ type, object }) => type !== 'DELETED' && object.type === RECORD_TYPE);
    return first(records, (record) => predicate(storedRecord(record)));
  }

  /** When a key was last seen to go; -1 for never. */
  get keyGoneAt(): number {
    const gone = this.#keyEvents.findLast(({ type }) => type === 'DELETED');
    return gone === undefined ? -1 : at(gone.object);
  }

  /** When a key first satisfied `predicate`; Infinity for never. */
  keyAt(predicate: (key: KeyObject) => boolean): number {
    return first(this.#keyEvents, predicate);
  }

  #shownBefore(knownAt: (id: string, place: string) => number): readonly string[] {
    return this.material
      .filter(({ id, place, at: shownAt }) => shownAt <= knownAt(id, place))
      .map(({ place }) => place);
  }
}

function startOf(page: ListPage<unknown> | undefined): { readonly resourceVersion?: string } {
  return page === undefined ? {} : { resourceVersion: page.resourceVersion };
}

function asAdded<T>(page: ListPage<T> | undefined): readonly RecordedEvent<T>[] {
  return (page?.items ?? []).map((object) => ({ type: 'ADDED', object }));
}

function claimOf({ metadata }: Secret): SecretClaim {
  const { name, namespace = '', labels = {}, annotations = {} } = metadata;
  return {
    place: `${namespace}/${name}`,
    key: annotations['keywright.dev/owner']?.split('/').at(-1) ?? '',
    environment: labels['keywright.dev/environment'] ?? '',
    version: annotations['keywright.dev/version'] ?? '',
  };
}

function supersededPart({ data = {} }: Secret): NonNullable<Secret['data']> {
  const previous = Object.entries(data).filter(([dataKey]) => dataKey.startsWith(PREVIOUS_PREFIX));
  return Object.fromEntries(previous.map(([dataKey, value]) => [dataKey.slice(PREVIOUS_PREFIX.length), value]));
}

/** Minted, and not sealed any more. */
function hasDropped({ ledger, sealed }: StoredRecord, { key, environment }: SeenMaterial): boolean {
  if (ledger.name !== key) return false;
  const isMinted = ledger.environments.some(({ name, versions }) => name === environment && versions.length > 0);
  const isSealed = sealed?.entries.some((entry) => entry.environment === environment && entry.field === 'token');
  return isMinted && isSealed !== true;
}

function publishes({ status }: KeyObject, id: string): boolean {
  const versions = status?.environments?.flatMap((environment) => environment.versions ?? []) ?? [];
  return versions.some((version) => version.hash === id || ('fingerprint' in version && version.fingerprint === id));
}

function first<T extends KubeObject>(
  events: readonly { readonly object: T }[],
  predicate: (object: T) => boolean,
): number {
  const found = events.find(({ object }) => predicate(object));
  return found === undefined ? Infinity : at(found.object);
}

function at({ metadata }: KubeObject): number {
  return Number(metadata.resourceVersion);
}

import { createHash } from 'node:crypto';
import type { ApiKey } from '../../src/api/generated/api-key.ts';
import { API_KEYS } from '../../src/api/resources.ts';
import type { KubeClient } from '../../src/kube/client/client.ts';
import type { KubeObject, Secret } from '../../src/kube/objects/objects.ts';
import { SECRETS } from '../../src/kube/objects/resource.ts';
import { RECORD_TYPE } from '../../src/sealing/record.ts';
import { recordWatch, type RecordedEvent, type WatchRecorder } from '../support/harness/watch-recorder.ts';
import { storedRecord, type StoredRecord } from './stored-record.ts';

/** A token as some version of some Secret showed it. */
export interface SeenToken {
  /** "<namespace>/<Secret name>" */
  readonly place: string;
  readonly key: string;
  readonly environment: string;
  readonly version: string;
  readonly token: string;
  /** "sha256:<hex>" */
  readonly hash: string;
  readonly at: number;
}

/**
 * The API server's own account of what happened to Secrets, records and keys since `start`. All writes of a cluster
 * are numbered by one etcd, so resourceVersions say what came before what, across kinds.
 */
export class DeliveryHistory implements AsyncDisposable {
  readonly #secrets: WatchRecorder<Secret>;
  readonly #keys: WatchRecorder<ApiKey>;
  readonly #secretsBefore: RecordedEvent<Secret>[] = [];
  readonly #keysBefore: RecordedEvent<ApiKey>[] = [];

  private constructor(secrets: WatchRecorder<Secret>, keys: WatchRecorder<ApiKey>) {
    this.#secrets = secrets;
    this.#keys = keys;
  }

  /** With `existing`, what is there already counts as made when it was last written. */
  static async start(
    client: KubeClient,
    { existing = false }: { readonly existing?: boolean } = {},
  ): Promise<DeliveryHistory> {
    const [secrets, keys] = await Promise.all([recordWatch(client, SECRETS), recordWatch(client, API_KEYS)]);
    const history = new DeliveryHistory(secrets, keys);
    if (!existing) return history;
    const [there, declared] = await Promise.all([client.list(SECRETS), client.list(API_KEYS)]);
    history.#secretsBefore.push(...there.items.map((object) => ({ type: 'ADDED', object }) as const));
    history.#keysBefore.push(...declared.items.map((object) => ({ type: 'ADDED', object }) as const));
    return history;
  }

  get #secretEvents(): readonly RecordedEvent<Secret>[] {
    return [...this.#secretsBefore, ...this.#secrets.events];
  }

  get #keyEvents(): readonly RecordedEvent<ApiKey>[] {
    return [...this.#keysBefore, ...this.#keys.events];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#secrets.stop(), this.#keys.stop()]);
  }

  /** Resolves once everything up to these objects, as they were read, is in the history. */
  async upTo(objects: readonly KubeObject[]): Promise<void> {
    for (const { kind, metadata } of objects) {
      const recorder: WatchRecorder<KubeObject> = kind === 'ApiKey' ? this.#keys : this.#secrets;
      const before: readonly RecordedEvent<KubeObject>[] = kind === 'ApiKey' ? this.#keysBefore : this.#secretsBefore;
      const isSeen = ({ object }: RecordedEvent<KubeObject>): boolean => at(object) >= Number(metadata.resourceVersion);
      await recorder.until((events) => events.some(isSeen) || before.some(isSeen));
    }
  }

  /** Every token that any Secret ever showed, once for each version of the Secret. */
  get tokens(): readonly SeenToken[] {
    return this.#secretEvents.flatMap(({ type, object }) => {
      const token = Buffer.from(object.data?.['token'] ?? '', 'base64').toString();
      if (type === 'DELETED' || token === '') return [];
      const { name, namespace = '', labels = {}, annotations = {} } = object.metadata;
      return {
        place: `${namespace}/${name}`,
        key: annotations['keywright.dev/owner']?.split('/').at(-1) ?? '',
        environment: labels['keywright.dev/environment'] ?? '',
        version: annotations['keywright.dev/version'] ?? '',
        token,
        hash: `sha256:${createHash('sha256').update(token).digest('hex')}`,
        at: at(object),
      };
    });
  }

  /** "<key> <environment> v<version>" to the distinct tokens that were ever readable for it. */
  get tokensByVersion(): ReadonlyMap<string, ReadonlySet<string>> {
    const found = new Map<string, Set<string>>();
    for (const { key, environment, version, token } of this.tokens) {
      const name = `${key} ${environment} v${version}`;
      found.set(name, (found.get(name) ?? new Set()).add(token));
    }
    return found;
  }

  /** Places that carried a token before status had published its hash. */
  get deliveredBeforePublished(): readonly string[] {
    return this.#tokensBefore((hash) => first(this.#keyEvents, (key) => publishes(key, hash)));
  }

  /** Places that carried a token before the ledger knew its hash and the place. */
  get deliveredBeforeRecorded(): readonly string[] {
    const records = this.#secretEvents.filter(({ object }) => object.type === RECORD_TYPE);
    return this.#tokensBefore((hash, place) =>
      first(records, (record) =>
        storedRecord(record).ledger.environments.some(
          ({ versions, places }) =>
            versions.some((version) => version.hash === hash) &&
            places.some(({ namespace, secretName }) => `${namespace}/${secretName}` === place),
        ),
      ),
    );
  }

  /** Places that had no token yet when the record gave up the sealed one of their environment. */
  get droppedBeforeDelivered(): readonly string[] {
    const firstAt = new Map(
      // The last one set wins: the first that was seen.
      this.tokens.toReversed().map((token) => [token.place, token] as const),
    );
    return [...firstAt]
      .filter(([, token]) => token.at >= this.recordedAt((record) => hasDropped(record, token)))
      .map(([place]) => place);
  }

  /** resourceVersions of Secrets with a token at their deletion, by place. */
  get withdrawnAt(): ReadonlyMap<string, number> {
    const deleted = this.#secretEvents.filter(
      ({ type, object }) => type === 'DELETED' && object.data?.['token'] !== undefined,
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
  keyAt(predicate: (key: ApiKey) => boolean): number {
    return first(this.#keyEvents, predicate);
  }

  #tokensBefore(knownAt: (hash: string, place: string) => number): readonly string[] {
    return this.tokens
      .filter(({ hash, place, at: shownAt }) => shownAt <= knownAt(hash, place))
      .map(({ place }) => place);
  }
}

/** Minted, and not sealed any more. */
function hasDropped({ ledger, sealed }: StoredRecord, { key, environment }: SeenToken): boolean {
  if (ledger.name !== key) return false;
  const isMinted = ledger.environments.some(({ name, versions }) => name === environment && versions.length > 0);
  const isSealed = sealed?.entries.some((entry) => entry.environment === environment && entry.field === 'token');
  return isMinted && isSealed !== true;
}

function publishes({ status }: ApiKey, hash: string): boolean {
  return status?.environments?.some(({ versions }) => versions?.some((version) => version.hash === hash)) ?? false;
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

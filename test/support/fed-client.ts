import type { KubeClient, ListOptions, ListPage, WatchEvent, WatchOptions } from '../../src/kube/client/client.ts';
import type { KubeObject, ObjectMeta } from '../../src/kube/objects/objects.ts';
import type { Resource } from '../../src/kube/objects/resource.ts';
import { frozen } from './frozen.ts';

export interface FedObject extends KubeObject {
  readonly metadata: ObjectMeta;
}

/** An object at a version, which nobody may change. `name` may be "<namespace>/<name>". */
export function at(name: string, resourceVersion: number, more: Partial<ObjectMeta> = {}): FedObject {
  const [own = '', namespace] = name.split('/').toReversed();
  const place = namespace === undefined ? {} : { namespace };
  return frozen({
    metadata: { name: own, ...place, uid: `uid-of-${name}`, resourceVersion: `${resourceVersion}`, ...more },
  });
}

/** One watch request, fed by the test until it ends. */
export class FedWatch implements AsyncIterable<WatchEvent<FedObject>> {
  readonly options: WatchOptions;
  readonly #waiting: (WatchEvent<FedObject> | { readonly end: true; readonly error?: unknown })[] = [];
  #wake = Promise.withResolvers<void>();

  constructor(options: WatchOptions) {
    this.options = options;
    options.signal?.addEventListener('abort', () => this.fail(options.signal?.reason));
  }

  send(type: 'ADDED' | 'MODIFIED' | 'DELETED', ...objects: readonly FedObject[]): this {
    for (const object of objects) this.#push({ type, object });
    return this;
  }

  bookmark(resourceVersion: number): this {
    return this.#push({ type: 'BOOKMARK', object: at('', resourceVersion) });
  }

  /** The bookmark that completes the initial state. */
  initialEventsEnd(resourceVersion: number): this {
    const annotations = { 'k8s.io/initial-events-end': 'true' };
    return this.#push({ type: 'BOOKMARK', object: at('', resourceVersion, { annotations }) });
  }

  /** The server agrees to the watch, and is silent. */
  open(): this {
    this.options.onOpen?.();
    return this;
  }

  /** The server closes the stream. */
  close(): void {
    this.#push({ end: true });
  }

  fail(error: unknown): void {
    this.#push({ end: true, error });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<WatchEvent<FedObject>> {
    for (;;) {
      const next = this.#waiting.shift();
      if (next === undefined) {
        await this.#wake.promise;
        this.#wake = Promise.withResolvers();
      } else if (!('end' in next)) {
        yield next;
      } else {
        if ('error' in next) throw next.error;
        return;
      }
    }
  }

  #push(entry: WatchEvent<FedObject> | { readonly end: true; readonly error?: unknown }): this {
    this.#waiting.push(entry);
    this.#wake.resolve();
    return this;
  }
}

type ListScript = (options: ListOptions, index: number) => ListPage<FedObject>;

/** A client whose lists and watches do what the test says. Knows nothing of what the API means. */
export class FedClient implements Pick<KubeClient, 'list' | 'watch'> {
  readonly lists: ListOptions[] = [];
  readonly watches: FedWatch[] = [];
  /** Answers lists; may throw. */
  onList: ListScript = () => ({ items: [], resourceVersion: '1' });
  /** Feeds a watch as soon as it is asked for. */
  onWatch: (watch: FedWatch, index: number) => void = () => {};

  list<T extends KubeObject>(_resource: Resource<T>, options: ListOptions = {}): Promise<ListPage<T>> {
    const index = this.lists.push(options) - 1;
    return Promise.resolve().then(() => this.onList(options, index) as ListPage<KubeObject> as ListPage<T>);
  }

  watch<T extends KubeObject>(_resource: Resource<T>, options: WatchOptions): AsyncIterable<WatchEvent<T>> {
    const watch = new FedWatch(options);
    const index = this.watches.push(watch) - 1;
    this.onWatch(watch, index);
    return watch as AsyncIterable<WatchEvent<KubeObject>> as AsyncIterable<WatchEvent<T>>;
  }

  /** The newest watch. */
  get current(): FedWatch {
    const watch = this.watches.at(-1);
    if (watch === undefined) throw new RangeError('Nothing was watched yet');
    return watch;
  }
}

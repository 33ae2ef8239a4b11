import type { KubeClient } from '../../../src/kube/client/client.ts';
import type { KubeObject } from '../../../src/kube/objects/objects.ts';
import type { Resource } from '../../../src/kube/objects/resource.ts';
import { eventually, type EventuallyOptions } from './eventually.ts';

export interface RecordedEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: T;
}

export interface RecordOptions {
  /** Absent: every namespace. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  /** Of a list: what came after it is recorded too. @default {what is the newest now} */
  readonly resourceVersion?: string;
}

/** Stops when a test's `await using` goes out of scope. */
export interface WatchRecorder<T> extends AsyncDisposable {
  /** In the order the API server made them. Of different kinds, resourceVersions give the common order. */
  readonly events: readonly RecordedEvent<T>[];
  /** Resolves with the events as soon as `predicate` accepts them. */
  until(
    predicate: (events: readonly RecordedEvent<T>[]) => boolean,
    options?: EventuallyOptions,
  ): Promise<readonly RecordedEvent<T>[]>;
  /** Ends the watch. Rejects if it broke off before: then `events` may have a gap. */
  stop(): Promise<void>;
}

/** Records every change of a resource from now on, without a gap and without what exists already. */
export async function recordWatch<T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
  options: RecordOptions = {},
): Promise<WatchRecorder<T>> {
  const events: RecordedEvent<T>[] = [];
  const end = new AbortController();
  const { resourceVersion = (await client.list(resource, { ...options, limit: 1 })).resourceVersion } = options;
  let broken: Error | undefined;
  const running = record(client, resource, { ...options, resourceVersion }, events, end.signal).catch(
    (error: unknown) => {
      if (!end.signal.aborted) broken = new Error(`The watch of ${resource.kind} broke off`, { cause: error });
    },
  );
  async function stop(): Promise<void> {
    end.abort();
    await running;
    if (broken !== undefined) throw broken;
  }
  return {
    events,
    until: (predicate, waiting) =>
      eventually(() => {
        if (broken !== undefined) throw broken;
        if (!predicate(events)) throw new Error(`recorded ${resource.kind}: ${summary(events)}`);
        return events;
      }, waiting),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function record<T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
  start: RecordOptions & { readonly resourceVersion: string },
  events: RecordedEvent<T>[],
  signal: AbortSignal,
): Promise<void> {
  let { resourceVersion } = start;
  while (!signal.aborted) {
    for await (const { type, object } of client.watch(resource, {
      ...start,
      resourceVersion,
      timeoutSeconds: 300,
      signal,
    })) {
      resourceVersion = object.metadata.resourceVersion ?? resourceVersion;
      if (type !== 'BOOKMARK') events.push({ type, object });
    }
  }
}

/** Names only: objects may hold Secret data. */
function summary(events: readonly RecordedEvent<KubeObject>[]): string {
  return events.map(({ type, object }) => `${type} ${object.metadata.name}`).join(', ') || 'nothing';
}

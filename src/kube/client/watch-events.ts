import type { Clock, Random } from '../../clock.ts';
import { type CallSubject, isRecord, parsedAnswer, toApiError } from './answer.ts';
import { type ApiCall, subjectOf, toApiRequest } from './api-call.ts';
import { ConnectionError } from '../errors/api-error.ts';
import type { WatchEvent, WatchOptions } from './client.ts';
import { DEFAULT_DEADLINE_MS, withDeadline } from '../transport/deadline.ts';
import type { ApiStream, Transport } from '../transport/exchange.ts';
import { jsonLines } from './line-stream.ts';
import type { KubeObject } from '../objects/objects.ts';
import { collectionPath } from './request-path.ts';
import type { Resource } from '../objects/resource.ts';
import { retryRefused } from './retry-refused.ts';

interface WatchDependencies {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
}

const METADATA_TYPE = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';

/**
 * Opens a watch, on a connection of its own, and yields its events as they come. The connection is cut when the
 * consumer leaves the loop. There is no limit to how long the stream may be silent.
 */
export async function* watchEvents<T extends KubeObject>(
  resource: Resource<T>,
  options: WatchOptions,
  dependencies: WatchDependencies,
): AsyncGenerator<WatchEvent<T>, void, undefined> {
  const call = watchCall(resource, options);
  const { signal } = options;
  const stream = await openedStream(call, options, dependencies);
  const onAbort = (): void => stream.close();
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    signal?.throwIfAborted();
    options.onOpen?.();
    for await (const line of jsonLines(stream.chunks)) {
      signal?.throwIfAborted();
      yield toWatchEvent<T>(line, subjectOf(call));
    }
    signal?.throwIfAborted();
  } catch (error) {
    // The cut that an abort makes is no fault of the stream.
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
    stream.close();
  }
}

function watchCall(resource: Resource, options: WatchOptions): ApiCall {
  const { namespace, labelSelector, fieldSelector, timeoutSeconds, resourceVersion, sendInitialEvents } = options;
  const initialEvents =
    sendInitialEvents === true
      ? { sendInitialEvents, resourceVersionMatch: 'NotOlderThan', resourceVersion: resourceVersion ?? '' }
      : { resourceVersion };
  const query = {
    watch: true,
    allowWatchBookmarks: true,
    labelSelector,
    fieldSelector,
    timeoutSeconds,
    ...initialEvents,
  };
  const accept = options.metadataOnly === true ? { accept: METADATA_TYPE } : {};
  const path = collectionPath(resource, namespace, query);
  return { verb: 'watch', method: 'GET', resource, ref: { namespace }, path, ...accept };
}

/** Not retried after connection faults: whoever keeps a watch going has a rhythm of its own for that. */
function openedStream(call: ApiCall, options: WatchOptions, dependencies: WatchDependencies): Promise<ApiStream> {
  const { transport, clock, random } = dependencies;
  const { deadlineMs = DEFAULT_DEADLINE_MS, signal } = options;
  const request = toApiRequest(call);
  const attempt = async (attemptSignal: AbortSignal): Promise<ApiStream> => {
    const opened = await transport.openStream(request, attemptSignal);
    if ('chunks' in opened) return opened;
    parsedAnswer(opened, subjectOf(call), clock.now());
    throw new ConnectionError('malformed', `Could not ${subjectOf(call).action}: the answer is no stream`);
  };
  return withDeadline({ clock, deadlineMs, signal }, (openingSignal, deadlineAtMs) =>
    retryRefused(attempt, { clock, random, deadlineAtMs })(openingSignal),
  );
}

const eventTypes: ReadonlySet<unknown> = new Set<WatchEvent<unknown>['type']>([
  'ADDED',
  'MODIFIED',
  'DELETED',
  'BOOKMARK',
]);

function toWatchEvent<T extends KubeObject>(line: unknown, subject: CallSubject): WatchEvent<T> {
  const { type, object } = isRecord(line) ? line : {};
  if (type === 'ERROR') throw toApiError(object, { subject });
  if (!eventTypes.has(type) || !isRecord(object) || !isRecord(object['metadata'])) {
    throw new ConnectionError('malformed', `Could not ${subject.action}: the server sent what is no watch event`);
  }
  return line as WatchEvent<T>;
}

import type { Clock } from '../../clock.ts';
import type { KubeClient, WatchEvent, WatchOptions } from '../client/client.ts';
import type { KubeObject } from '../objects/objects.ts';
import type { Resource } from '../objects/resource.ts';

/** A watch was silent for longer than its bookmarks allow: the connection is dead although nobody closed it. */
export class WatchStalledError extends Error {
  override readonly name = 'WatchStalledError';
}

export interface WatchStreamOptions<Raw extends KubeObject> {
  readonly client: Pick<KubeClient, 'watch'>;
  readonly resource: Resource<Raw>;
  readonly watch: Omit<WatchOptions, 'signal'>;
  /** Longest silence, in milliseconds, before the stream counts as dead. Counted from the request on. */
  readonly stallMs: number;
  readonly clock: Clock;
  readonly onEvent: (event: WatchEvent<Raw>) => void;
  readonly signal: AbortSignal;
}

/**
 * Feeds one watch request to `onEvent`. Resolves when the server closes the stream.
 * @throws {WatchStalledError} after too long a silence; otherwise what the watch or `onEvent` throws.
 */
export async function readWatchStream<Raw extends KubeObject>(options: WatchStreamOptions<Raw>): Promise<void> {
  const { client, resource, watch, clock, onEvent, signal } = options;
  const ending = new AbortController();
  const streamSignal = AbortSignal.any([signal, ending.signal]);
  let lastEventMs = clock.monotonicMs();
  const watchdog = abortWhenSilent(options, { ending, lastEventMs: () => lastEventMs });
  try {
    for await (const event of client.watch(resource, { ...watch, signal: streamSignal })) {
      lastEventMs = clock.monotonicMs();
      onEvent(event);
    }
    streamSignal.throwIfAborted();
  } catch (error) {
    streamSignal.throwIfAborted();
    throw error;
  } finally {
    ending.abort();
    await watchdog;
  }
}

interface Watched {
  readonly ending: AbortController;
  readonly lastEventMs: () => number;
}

/** Resolves when the stream has ended, by itself or by this. */
async function abortWhenSilent<Raw extends KubeObject>(
  { clock, stallMs }: WatchStreamOptions<Raw>,
  { ending, lastEventMs }: Watched,
): Promise<void> {
  for (;;) {
    const leftMs = lastEventMs() + stallMs - clock.monotonicMs();
    if (leftMs <= 0) {
      ending.abort(new WatchStalledError(`The watch was silent for ${stallMs} ms`));
      return;
    }
    try {
      await clock.sleep(leftMs, ending.signal);
    } catch {
      return; // the stream ended
    }
  }
}

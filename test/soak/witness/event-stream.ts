import type { KubeClient } from '../../../src/kube/client/client.ts';
import type { KubeObject } from '../../../src/kube/objects/objects.ts';
import type { Resource } from '../../../src/kube/objects/resource.ts';
import { eventually } from '../../support/harness/eventually.ts';
import { numberOf, type ServerEvent } from './event.ts';

const WATCH_SECONDS = 300;

/** Every change of one resource in the whole cluster, without a gap, handed on and not kept. */
export interface EventStream extends AsyncDisposable {
  /** Resolves once everything up to these objects, as they were listed, was handed on. */
  upTo(objects: readonly KubeObject[]): Promise<void>;
  /** Rejects if the stream broke off, which leaves a gap. */
  stop(): Promise<void>;
}

export async function followEvents<T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
  see: (event: ServerEvent<T>) => void,
): Promise<EventStream> {
  const { resourceVersion } = await client.list(resource, { limit: 1 });
  const end = new AbortController();
  let seen = 0;
  let broken: unknown;
  const pass = async (): Promise<void> => {
    let from = resourceVersion;
    while (!end.signal.aborted) {
      const { signal } = end;
      const events = client.watch(resource, { resourceVersion: from, timeoutSeconds: WATCH_SECONDS, signal });
      for await (const { type, object } of events) {
        from = object.metadata.resourceVersion ?? from;
        if (type === 'BOOKMARK') continue;
        see({ type, object });
        seen = numberOf({ type, object });
      }
    }
  };
  const running = pass().catch((error: unknown) => {
    if (!end.signal.aborted) broken = error;
  });
  const assertWhole = (): void => {
    if (broken !== undefined) throw new Error(`The event stream of ${resource.kind} broke off`, { cause: broken });
  };
  const stop = async (): Promise<void> => {
    end.abort();
    await running;
    assertWhole();
  };
  return {
    upTo: (objects) =>
      eventually(() => {
        assertWhole();
        const last = Math.max(0, ...objects.map(({ metadata }) => Number(metadata.resourceVersion)));
        if (seen < last) throw new Error(`${resource.kind}: seen up to ${seen}, and ${last} was listed`);
      }),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

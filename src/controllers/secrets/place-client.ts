import type { Clock, Random } from '../../clock.ts';
import type { CallOptions, KubeClient } from '../../kube/client/client.ts';
import type { PlaceClient } from '../shared/ports.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import { NamespaceSlots } from './namespace-slots.ts';

/**
 * A healthy server takes milliseconds. A webhook of a namespace may take 30 s to fail, which is longer than one
 * namespace may hold up a key and a worker; a write that took effect all the same is found by the next look.
 */
const DEADLINE_MS = 5_000;

/** Told when a namespace is spared and when it answers again; never of a single call. */
export interface HoldObserver {
  /** For `forMs` no call with this verb is made, then one. `isFirst`: up to now all were made. */
  readonly onHeldOff: (hold: { namespace: string; verb: string; forMs: number; isFirst: boolean }) => void;
  readonly onAnswers: (hold: { namespace: string; verb: string; heldOffMs: number }) => void;
}

export interface PlaceClientOptions {
  /** On connections of its own: calls that hang must not take those of records and status. */
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly observer: HoldObserver;
}

type Through = <T>(
  namespace: string | undefined,
  options: CallOptions | undefined,
  call: (options: CallOptions) => Promise<T>,
) => Promise<T>;

/** A client that lets no namespace hold up the others: short deadlines, few calls at once, none while it does not answer. */
export function createPlaceClient({ client, clock, random, observer }: PlaceClientOptions): PlaceClient {
  const slots = new NamespaceSlots(clock);

  /** A breaker for each verb: a webhook may hang on one of them while the others are answered. */
  function guarded(verb: string): Through {
    const breaker = new CircuitBreaker({
      clock,
      random,
      onOpened: (namespace, forMs, isFirst) => observer.onHeldOff({ namespace, verb, forMs, isFirst }),
      onClosed: (namespace, heldOffMs) => observer.onAnswers({ namespace, verb, heldOffMs }),
    });
    return async (namespace = '', options = {}, call) => {
      breaker.assertAdmits(namespace);
      return await slots.run(namespace, options.signal, () =>
        breaker.run(namespace, () => call({ ...options, deadlineMs: DEADLINE_MS })),
      );
    };
  }

  const [reads, creations, updates, deletions] = [
    guarded('get'),
    guarded('create'),
    guarded('update'),
    guarded('delete'),
  ];
  return {
    get: (resource, ref, options) => reads(ref.namespace, options, (own) => client.get(resource, ref, own)),
    create: (resource, object, options) =>
      creations(object.metadata.namespace, options, (own) => client.create(resource, object, own)),
    update: (resource, object, options) =>
      updates(object.metadata.namespace, options, (own) => client.update(resource, object, own)),
    delete: (resource, ref, preconditions, options) =>
      deletions(ref.namespace, options, (own) => client.delete(resource, ref, preconditions, own)),
  };
}

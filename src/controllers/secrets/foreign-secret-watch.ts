import type { Clock, Random } from '../../clock.ts';
import type { KubeClient } from '../../kube/client/client.ts';
import { Informer } from '../../kube/cache/informer.ts';
import type { ObjectMeta, Secret } from '../../kube/objects/objects.ts';
import { SECRETS } from '../../kube/objects/resource.ts';
import type { Logger } from '../../logger.ts';

/** Each watch is a connection of its own; keys beyond this wait for the look every 5 min. */
const MAX_WATCHES = 64;

export interface ForeignSecretWatchOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** The Secret at the place changed, consented or went away. Only enqueues. */
  readonly onChange: (place: string) => void;
}

/**
 * Follows the few Secrets that stand in a key's way and are not ours, each by its name and as metadata only, so
 * that consent or removal is answered at once. No other foreign Secret is ever watched.
 */
export class ForeignSecretWatch {
  readonly #options: ForeignSecretWatchOptions;
  readonly #wanted = new Map<string, readonly string[]>();
  readonly #watches = new Map<string, AbortController>();

  constructor(options: ForeignSecretWatchOptions) {
    this.#options = options;
  }

  /** Says which places ("<namespace>/<Secret name>") stand in the way of a key now; none ends its interest. */
  follow(key: string, places: readonly string[]): void {
    if (places.length === 0) this.#wanted.delete(key);
    else this.#wanted.set(key, places);
    const wanted = new Set([...this.#wanted.values()].flat());
    for (const [place, watch] of this.#watches) {
      if (wanted.has(place)) continue;
      watch.abort();
      this.#watches.delete(place);
    }
    for (const place of places) {
      if (!this.#watches.has(place) && this.#watches.size < MAX_WATCHES) this.#start(place);
    }
  }

  stop(): void {
    this.#wanted.clear();
    for (const watch of this.#watches.values()) watch.abort();
    this.#watches.clear();
  }

  #start(place: string): void {
    const { client, clock, random, logger, onChange } = this.#options;
    const [namespace = '', name = ''] = place.split('/');
    const watch = new AbortController();
    this.#watches.set(place, watch);
    const informer = new Informer<Secret, { readonly metadata: ObjectMeta }>({
      client,
      resource: SECRETS,
      namespaces: [namespace],
      fieldSelector: `metadata.name=${name}`,
      metadataOnly: true,
      transform: ({ metadata }) => ({ metadata }),
      onChange: ({ initial }) => {
        if (!initial) onChange(place);
      },
      clock,
      random,
      logger,
    });
    const onError = (): void => logger.warn({ place }, 'Could not follow a Secret that stands in the way of a key');
    informer.run(watch.signal).catch(onError);
  }
}

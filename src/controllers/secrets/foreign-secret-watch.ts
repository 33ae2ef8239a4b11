import type { Clock, Random } from '../../clock.ts';
import type { KubeClient } from '../../kube/client/client.ts';
import { Informer } from '../../kube/cache/informer.ts';
import type { ObjectMeta, Secret } from '../../kube/objects/objects.ts';
import { SECRETS } from '../../kube/objects/resource.ts';
import type { Logger } from '../../logger.ts';
import { shareWatches, type ForeignPlace } from './watch-shares.ts';

export interface ForeignSecretWatchOptions {
  readonly client: Pick<KubeClient, 'list' | 'watch'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** The Secret at the place may have changed, consented or gone away; it stands in the way of `keys`. Only enqueues. */
  readonly onChange: (place: string, keys: readonly string[]) => void;
}

/**
 * Follows the few Secrets that stand in a key's way and are not ours, each by its name and as metadata only, so
 * that consent or removal is answered at once. No other foreign Secret is ever watched. Where more stand in the way
 * than are watched (watch-shares.ts), the rest waits for the look every 5 min, and for a watch that becomes free.
 */
export class ForeignSecretWatch {
  readonly #options: ForeignSecretWatchOptions;
  /** By key, in the order in which keys first asked. */
  readonly #wanted = new Map<string, readonly ForeignPlace[]>();
  readonly #watches = new Map<string, AbortController>();

  constructor(options: ForeignSecretWatchOptions) {
    this.#options = options;
  }

  /** Says which places stand in the way of a key now; none ends its interest. */
  follow(key: string, places: readonly ForeignPlace[]): void {
    if (isSame(this.#wanted.get(key) ?? [], places)) return;
    if (places.length === 0) this.#wanted.delete(key);
    else this.#wanted.set(key, places);
    const chosen = shareWatches(this.#wanted.values());
    for (const [place, watch] of this.#watches) {
      if (chosen.has(place)) continue;
      watch.abort();
      this.#watches.delete(place);
    }
    for (const place of chosen) if (!this.#watches.has(place)) this.#start(place);
  }

  stop(): void {
    this.#wanted.clear();
    for (const watch of this.#watches.values()) watch.abort();
    this.#watches.clear();
  }

  #start(place: string): void {
    const { client, clock, random, logger } = this.#options;
    const onChange = (): void => this.#options.onChange(place, this.#keysAt(place));
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
        if (!initial) onChange();
      },
      clock,
      random,
      logger,
    });
    const onError = (): void => logger.warn({ place }, 'Could not follow a Secret that stands in the way of a key');
    // What happened between the last look at the place and the start of its watch is news too.
    informer.whenSynced(watch.signal).then(onChange, () => {});
    informer.run(watch.signal).catch(onError);
  }

  #keysAt(place: string): readonly string[] {
    return [...this.#wanted]
      .filter(([, places]) => places.some((wanted) => wanted.place === place))
      .map(([key]) => key);
  }
}

function isSame(one: readonly ForeignPlace[], other: readonly ForeignPlace[]): boolean {
  return (
    one.length === other.length &&
    one.every(({ project, place }, index) => project === other[index]?.project && place === other[index]?.place)
  );
}

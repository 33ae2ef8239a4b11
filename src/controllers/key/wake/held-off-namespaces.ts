import type { Clock } from '../../../clock.ts';
import type { Logger } from '../../../logger.ts';
import type { HoldObserver } from '../../secrets/place-client.ts';
import type { KeyWaker } from './wake.ts';

export interface HeldOffNamespacesOptions {
  readonly waker: Pick<KeyWaker, 'probe' | 'answers'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends what waits for the next try. */
  readonly signal: AbortSignal;
}

/**
 * Says once that a namespace does not answer and once that it does again, and wakes the keys that wait for it: their
 * own back-off has grown up to 5 min by then.
 */
export class HeldOffNamespaces implements HoldObserver {
  readonly #options: HeldOffNamespacesOptions;

  constructor(options: HeldOffNamespacesOptions) {
    this.#options = options;
  }

  onHeldOff({ namespace, verb, forMs, isFirst }: Parameters<HoldObserver['onHeldOff']>[0]): void {
    const { waker, clock, logger, signal } = this.#options;
    const fields = { namespace, verb, forMs: Math.round(forMs) };
    if (isFirst) logger.warn(fields, 'Held off calls for the Secrets of a namespace that did not answer');
    clock.sleep(forMs, signal).then(
      () => waker.probe(namespace),
      () => {},
    );
  }

  onAnswers({ namespace, verb, heldOffMs }: Parameters<HoldObserver['onAnswers']>[0]): void {
    const { waker, logger } = this.#options;
    logger.info({ namespace, verb, heldOffMs: Math.round(heldOffMs) }, 'Reached the Secrets of a namespace again');
    waker.answers(namespace);
  }
}

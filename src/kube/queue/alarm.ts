import type { Clock } from '../../clock.ts';

/** One pending wake-up. Setting it again replaces the one before. */
export class Alarm {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #pending: { readonly atMs: number; readonly cancel: AbortController } | undefined;

  /** @param ring Called when the alarm is due; must not throw. */
  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Rings at this monotonic time; undefined: not at all. */
  set(atMs: number | undefined): void {
    if (this.#pending?.atMs === atMs) return;
    this.#pending?.cancel.abort();
    this.#pending = undefined;
    if (atMs !== undefined) this.#arm(atMs);
  }

  #arm(atMs: number): void {
    const pending = { atMs, cancel: new AbortController() };
    this.#pending = pending;
    const onDue = (): void => {
      // An alarm replaced in the moment it fell due must not ring any more.
      if (this.#pending !== pending) return;
      this.#pending = undefined;
      this.#ring();
    };
    const onCancelled = (): void => {};
    this.#clock.sleep(atMs - this.#clock.monotonicMs(), pending.cancel.signal).then(onDue, onCancelled);
  }
}

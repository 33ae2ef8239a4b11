/**
 * Time and randomness as logic may see them. The real ones are in system-clock.ts and main.ts, and handed down;
 * tests hand in test/support/fake-clock.ts.
 */
export interface Clock {
  /** Wall-clock time. May jump either way; compare only with stored times. */
  now(): Date;
  /** Milliseconds since an arbitrary start; never jumps back. For lease deadlines and delays. */
  monotonicMs(): number;
  /** Resolves after `ms`; rejects with the signal's reason as soon as `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Uniform in [0, 1). Production passes Math.random (jitter is no secret), tests a fixed value. */
export type Random = () => number;

/** Returns `length` unpredictable bytes. Production passes node:crypto randomBytes, tests a fixed stream. */
export type RandomBytes = (length: number) => Uint8Array;

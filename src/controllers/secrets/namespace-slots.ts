import type { Clock } from '../../clock.ts';
import { forwardAbort } from '../../kube/transport/abortable.ts';
import { heldOff } from './circuit-breaker.ts';

/** Far more than a namespace needs, and a quarter of the connections that all share. */
const SLOTS = 4;

/** A call takes milliseconds: whoever has waited this long waits for what does not answer. */
const PATIENCE_MS = 2_000;

/** Ends the timer of a wait that is over; nobody sees it. */
const TURN_CAME = new Error('The turn came');

interface Line {
  busy: number;
  /** In order of arrival. Calling one hands a slot over. */
  readonly waiting: Set<() => void>;
  /** Somebody waited in vain and nobody left since: no use to wait. */
  isStuck: boolean;
}

/**
 * At most 4 calls at once for each namespace; the others wait in order of arrival, 2 s at most. So a namespace that
 * is slow to answer holds few workers and few connections, though none of its calls fails.
 */
export class NamespaceSlots {
  readonly #clock: Clock;
  readonly #lines = new Map<string, Line>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Makes a call once a slot is free. @throws {ConnectionError} held-off; the signal's reason; what the call throws. */
  async run<T>(namespace: string, signal: AbortSignal | undefined, call: () => Promise<T>): Promise<T> {
    const line = this.#lines.get(namespace) ?? { busy: 0, waiting: new Set(), isStuck: false };
    this.#lines.set(namespace, line);
    await this.#enter(line, signal);
    try {
      return await call();
    } finally {
      leave(line);
      if (line.busy === 0) this.#lines.delete(namespace);
    }
  }

  async #enter(line: Line, signal: AbortSignal | undefined): Promise<void> {
    if (line.busy < SLOTS) {
      line.busy += 1;
      return;
    }
    if (line.isStuck) throw heldOff();
    const wait = new AbortController();
    let hasSlot = false;
    const onTurn = (): void => {
      hasSlot = true;
      wait.abort(TURN_CAME);
    };
    const stopForwarding = forwardAbort(signal, wait);
    line.waiting.add(onTurn);
    try {
      await this.#clock.sleep(PATIENCE_MS, wait.signal);
    } catch (error) {
      if (!hasSlot) throw error;
    } finally {
      line.waiting.delete(onTurn);
      stopForwarding();
    }
    if (hasSlot) return;
    line.isStuck = true;
    throw heldOff();
  }
}

/** Hands the slot to whoever waits longest. */
function leave(line: Line): void {
  line.isStuck = false;
  const [next] = line.waiting;
  if (next === undefined) {
    line.busy -= 1;
    return;
  }
  line.waiting.delete(next);
  next();
}

import { KeywrightError } from '../../errors.ts';
import type { KeyPorts } from '../shared/ports.ts';
import { actOn } from './act.ts';
import { gatherKey, type GatheredKey } from './gather/gather.ts';
import type { Step } from './step.ts';

/** After so many writes lost in one pass a deletion goes on without its status. */
const CONTESTED_AFTER = 5;
/** After so many the pass ends, and the queue's backoff spares the API server. */
const MAX_LOST = 10;

/**
 * Acts on one key for the length of a pass, against others who change its object meanwhile. A write that they were
 * first to is planned again at once on what a live look shows: between that look and the write only one answer
 * lies, where by way of watch and queue whoever edits often enough would always be first.
 */
export class ContestedObject {
  readonly #ports: KeyPorts;
  #lost = 0;

  constructor(ports: KeyPorts) {
    this.#ports = ports;
  }

  /**
   * Does one step, or finds out what to plan on instead.
   * @throws KW_OBJECT_CHANGED when others were first too often, and what acting throws.
   */
  async actOn(step: Step, gathered: GatheredKey, signal: AbortSignal): Promise<GatheredKey> {
    const next = await this.#actOrLook(step, gathered, signal);
    if (this.#lost < CONTESTED_AFTER) return next;
    return { ...next, facts: { ...next.facts, isContested: true } };
  }

  async #actOrLook(step: Step, gathered: GatheredKey, signal: AbortSignal): Promise<GatheredKey> {
    try {
      return await actOn(this.#ports, step, gathered, signal);
    } catch (error) {
      if (!(error instanceof KeywrightError) || error.code !== 'KW_OBJECT_CHANGED') throw error;
      this.#lost += 1;
      if (this.#lost >= MAX_LOST) throw error;
      const { identity } = gathered.facts;
      return await gatherKey(this.#ports, { identity, live: false, liveObject: true, signal });
    }
  }
}

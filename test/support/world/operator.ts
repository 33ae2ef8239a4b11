import type { Step } from '../../../src/controllers/key/step.ts';
import { deliver } from './acting.ts';
import type { WorldEvent } from './events.ts';
import { Invariants } from './invariants.ts';
import { freshWorld, pass, plansNothing } from './passes.ts';
import { API_KEY_WORLD, type WorldKind } from './kind.ts';
import { Surroundings } from './surroundings.ts';
import type { Gathered, ModelRecord, World } from './world.ts';

/** One thing that happens to the world, or that the operator does. */
export type Command =
  | { readonly kind: 'event'; readonly event: WorldEvent }
  /** The operator looks at the key until nothing is left to do. */
  | { readonly kind: 'pass' }
  /** The process dies in a step; what it had sent may still arrive. */
  | { readonly kind: 'crash'; readonly stopAfter: number }
  /** The process is paused before a step and goes on when it is resumed, if it is. */
  | { readonly kind: 'pause'; readonly stopAfter: number }
  | { readonly kind: 'resume' | 'latePost' };

/** One operator, and the process it was before, in a world that changes. */
export class Operator {
  readonly world: World;
  readonly invariants: Invariants;
  readonly #surroundings: Surroundings;
  readonly #late: { readonly step: Step; readonly record: ModelRecord | undefined }[] = [];
  #paused: Gathered | undefined;

  /** @param invariants What has to hold after each step. */
  constructor(invariants: Invariants = new Invariants(), kind: WorldKind = API_KEY_WORLD) {
    this.invariants = invariants;
    this.world = freshWorld(kind);
    this.#surroundings = new Surroundings(this.world);
  }

  run(command: Command): void {
    switch (command.kind) {
      case 'event':
        return this.#surroundings.apply(command.event);
      case 'pass':
        return this.passAndRest();
      case 'crash':
        return this.#stop(command.stopAfter);
      case 'pause':
        this.#paused = pass(this.world, this.invariants, { stopAfter: command.stopAfter }).gathered;
        return undefined;
      case 'resume':
        if (this.#paused !== undefined) pass(this.world, this.invariants, { resume: this.#paused });
        this.#paused = undefined;
        return undefined;
      case 'latePost':
        return this.#post();
    }
  }

  /**
   * A resync writes nothing. A namespace that cannot be reached may be noticed only when something is tried there,
   * so that where one is, a few passes may go by before that holds.
   */
  passAndRest(): void {
    const { world, invariants } = this;
    let last = pass(world, invariants);
    for (let more = world.forbidden.size; more > 0; more -= 1) last = pass(world, invariants);
    if (last.end !== 'Settled' || world.lagging) return;
    const { server } = world;
    const { steps } = pass(world, invariants);
    if (world.server !== server) throw new Error(`A resync writes: ${steps.join(', ')}`);
    plansNothing(world, last.gathered);
  }

  /** Rights return, other keys let go, and what was terminating is gone. */
  heal(): void {
    const { forbidden, claims, server } = this.world;
    forbidden.clear();
    claims.clear();
    for (const { name, terminating } of server.namespaces.values()) {
      if (terminating) this.#surroundings.apply({ kind: 'deleteNamespace', namespace: name });
    }
  }

  #stop(stopAfter: number): void {
    const { unfinished, gathered } = pass(this.world, this.invariants, { stopAfter });
    if (unfinished !== undefined) this.#late.push({ step: unfinished, record: gathered.stored });
  }

  /** A POST sent before the process died arrives now. */
  #post(): void {
    const sent = this.#late.pop();
    if (sent?.step.kind !== 'Deliver' || sent.record === undefined) return;
    const target = sent.step.targets.find(({ verb }) => verb === 'Create');
    if (target?.source.kind === 'Sealed') deliver(this.world, target, sent.record);
  }
}

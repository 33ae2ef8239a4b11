import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planApiKey, type Step } from '../../../../src/controllers/api-key/plan.ts';
import { deliver } from '../../../support/world-acting.ts';
import { Surroundings, worldEvent, type WorldEvent } from '../../../support/world-events.ts';
import { shortcomings } from '../../../support/world-goal.ts';
import { Invariants } from '../../../support/world-invariants.ts';
import { freshWorld, pass, settle, type Pass } from '../../../support/world-passes.ts';
import { gather, type Gathered, type ModelRecord, type World } from '../../../support/world.ts';

type Command =
  | { readonly kind: 'event'; readonly event: WorldEvent }
  /** The operator looks at the key until nothing is left to do. */
  | { readonly kind: 'pass' }
  /** The process dies in a step; what it had sent may still arrive. */
  | { readonly kind: 'crash'; readonly stopAfter: number }
  /** The process is paused before a step and goes on when it is resumed, if it is. */
  | { readonly kind: 'pause'; readonly stopAfter: number }
  | { readonly kind: 'resume' | 'latePost' };

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 10, arbitrary: worldEvent.map((event): Command => ({ kind: 'event', event })) },
  { weight: 6, arbitrary: fc.constant<Command>({ kind: 'pass' }) },
  { weight: 2, arbitrary: fc.nat(7).map((stopAfter): Command => ({ kind: 'crash', stopAfter })) },
  { weight: 1, arbitrary: fc.nat(7).map((stopAfter): Command => ({ kind: 'pause', stopAfter })) },
  { weight: 2, arbitrary: fc.constantFrom<Command>({ kind: 'resume' }, { kind: 'latePost' }) },
);

/** One operator, and the process it was before, in a world that changes. */
class History {
  readonly world: World = freshWorld();
  readonly invariants: Invariants = new Invariants();
  readonly #surroundings = new Surroundings(this.world);
  readonly #late: { readonly step: Step; readonly record: ModelRecord | undefined }[] = [];
  #paused: Gathered | undefined;

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
    const again = pass(world, invariants);
    expect(world.server).toBe(server);
    expect(isMissing(last) ? [] : again.steps).toEqual([]);
    expect(isMissing(last) ? undefined : planApiKey(gather(world, true).facts)).toBeUndefined();
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

function isMissing({ gathered }: Pass): boolean {
  return [...gathered.facts.observations.values()].some(({ kind }) => kind === 'Unreachable');
}

/** Each about a hundred steps; enough to find every fault that was put in on purpose. */
const RUNS = Number(process.env['RUNS'] ?? 300);

describe('planApiKey, in any history,', () => {
  test('keeps every invariant and settles', () => {
    fc.assert(
      fc.property(fc.array(command, { minLength: 1, maxLength: 30, size: 'max' }), (commands) => {
        const history = new History();
        for (const one of commands) history.run(one);
        settle(history.world, history.invariants);
      }),
      { numRuns: RUNS },
    );
  });

  test('gets everything in place once every namespace can be reached', () => {
    fc.assert(
      fc.property(fc.array(command, { minLength: 1, maxLength: 30, size: 'max' }), (commands) => {
        const history = new History();
        for (const one of commands) history.run(one);
        history.heal();
        const { world, invariants } = history;
        const settled = settle(world, invariants);
        expect(shortcomings(world, settled)).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });
});

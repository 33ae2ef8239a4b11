import { nextLookMs } from '../../../src/controllers/key/next-look.ts';
import { planKey } from '../../../src/controllers/key/plan.ts';
import type { Step } from '../../../src/controllers/key/step.ts';
import { clusterOf, keyProjectOf } from '../facts.ts';
import { act, Interrupted } from './acting.ts';
import { applyKey, stopInterval } from './surroundings.ts';
import { API_KEY_WORLD, type WorldKind } from './kind.ts';
import type { Invariants } from './invariants.ts';
import { gather, World, type Gathered } from './world.ts';

/** As in reconcile.ts. */
const MAX_STEPS = 24;

export interface PassOptions {
  /** The process stops after this many steps; absent: it goes on until nothing is left. */
  readonly stopAfter?: number;
  /** A pass that was paused and goes on with what it knew. */
  readonly resume?: Gathered;
}

export interface Pass {
  readonly steps: readonly Step['kind'][];
  readonly gathered: Gathered;
  readonly end: 'Settled' | 'Interrupted' | 'Stopped';
  /** The step that the process died in. */
  readonly unfinished?: Step;
}

/** A project with a staging and two production namespaces, and a key that nobody has looked at yet. */
export function freshWorld(kind: WorldKind = API_KEY_WORLD): World {
  const world = new World({ project: keyProjectOf(), namespaces: clusterOf() }, kind);
  for (const source of ['one', 'two']) world.sources.set(source, `${source}'s key`);
  applyKey(world);
  return world;
}

/** Plans and acts until nothing is left. @throws Error when an invariant breaks or the plan does not settle. */
export function pass(
  world: World,
  invariants: Invariants,
  { stopAfter = MAX_STEPS + 1, resume }: PassOptions = {},
): Pass {
  let gathered = resume ?? gather(world, false);
  const steps: Step['kind'][] = [];
  for (;;) {
    const step = planKey(gathered.facts);
    if (step === undefined) return { steps, gathered, end: 'Settled' };
    if (steps.length === MAX_STEPS) throw new Error(`The plan did not settle: ${steps.join(', ')}`);
    const isLast = steps.length >= stopAfter;
    const before = world.server;
    let next: Gathered | undefined;
    try {
      next = isLast ? actInPart(world, step, gathered) : act(world, step, gathered);
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
    }
    invariants.check({ step, gathered, before, after: world.server, resumed: resume !== undefined });
    if (isLast) return { steps, gathered, end: 'Stopped', unfinished: step };
    steps.push(step.kind);
    if (next === undefined) return { steps, gathered, end: 'Interrupted' };
    gathered = next;
  }
}

/** The process dies in the middle of a step: one of several Secrets is written, anything else is not. */
function actInPart(world: World, step: Step, gathered: Gathered): Gathered {
  if (step.kind === 'Deliver') return act(world, { ...step, targets: step.targets.slice(0, -1) }, gathered);
  if (step.kind === 'Withdraw') return act(world, { ...step, targets: step.targets.slice(0, -1) }, gathered);
  return gathered;
}

/** The caches catch up and the author lets no interval pass any more; then passes, and time, until neither changes anything for a day. @returns what the last pass knew. */
export function settle(world: World, invariants: Invariants): Gathered {
  world.catchUp();
  stopInterval(world);
  for (let passes = 0; passes < 60; passes += 1) {
    const before = world.server;
    const { gathered } = pass(world, invariants);
    if (world.server !== before) continue;
    const waitMs = nextLookMs(gathered.facts);
    if (waitMs === undefined || waitMs === STALLED_LOOK_MS || waitMs > DAY_MS) {
      plansNothing(world, gathered);
      return gathered;
    }
    world.now = new Date(world.now.getTime() + waitMs);
  }
  throw new Error('The world did not settle');
}

/** @throws Error unless nothing is left to do for whoever looks afresh, in the caches or live. */
export function plansNothing(world: World, { facts }: Gathered): void {
  const isUnanswered = [...facts.observations.values()].some(({ kind }) => kind === 'Unreachable');
  // What a namespace cannot be asked is asked again at each look.
  if (isUnanswered || world.forbidden.size > 0) return;
  const steps = [false, true].map((live) => planKey(gather(world, live).facts)?.kind);
  if (steps.some((step) => step !== undefined)) throw new Error(`A settled key plans ${steps.join(', live ')}`);
}

const STALLED_LOOK_MS = 300_000;
const DAY_MS = 24 * 3_600_000;

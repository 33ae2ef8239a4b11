import { describe, expect, test } from 'vitest';
import type { ApiKey } from '../../src/api/generated/api-key.ts';
import type { CryptoKey } from '../../src/api/generated/crypto-key.ts';
import type { OperatorProcess, RunningOperator } from '../support/operator.ts';
import { WarpedClock } from '../support/warped-clock.ts';
import { atWrite, type Fate, type ProxiedRequest } from '../support/write-proxy.ts';
import type { DeliveryStage } from './delivery-stage.ts';
import { CutKey, expectReadableOnce, type Flow } from './lifecycle-flow.ts';
import { shareStageOf } from './shared-stage.ts';
import type { StagedKind } from './staged-kind.ts';

/** Backoffs are a third; a write of a Secret still has 1.7 s, which a busy machine needs. */
const SPEED = 3;

/** What one cut is tried on. */
interface Cut<K extends ApiKey | CryptoKey> {
  /** Of the write, from 1; 0 for none. */
  readonly number: number;
  readonly key: CutKey<K>;
}

/**
 * Cuts every flow at each of its writes. Undisturbed first, for their number; then each is dropped before the server
 * sees it, and what comes after it (it again, mostly) is done without an answer; then the operator is killed with
 * SIGKILL right after a write, and another one goes on. A kill costs as much as three of the other cuts, so every
 * second write has one, and every third where each needs a stage to itself.
 *
 * @param prepare Called once, before any flow.
 */
export function describeFlows<K extends ApiKey | CryptoKey>(
  staged: StagedKind<K>,
  flows: readonly Flow<K>[],
  prepare: (stage: DeliveryStage<K>) => Promise<void> = () => Promise.resolve(),
): void {
  let stage: DeliveryStage<K>;

  shareStageOf(staged, async (opened) => {
    stage = opened;
    await prepare(stage);
  });

  describe.each(flows)('$name', { timeout: 240_000 }, (flow) => {
    test(`takes ${flow.writes} writes, and converges by itself at each that is cut`, async () => {
      for (const numbers of rounds(flow, [0, ...writesOf(flow)])) {
        await expectRecovery(stage, flow, numbers);
        await stage.reset();
      }
    });

    const step = flow.isApart === true ? 3 : 2;
    const kills = writesOf(flow).filter((number) => number % step === 1);
    test(`converges after a restart when the operator is killed right after write ${kills.join(', ')}`, async () => {
      for (const numbers of rounds(flow, kills)) {
        await expectRecoveryByAnother(stage, flow, numbers);
        await stage.reset();
      }
    });
  });
}

function writesOf<K extends ApiKey | CryptoKey>({ writes }: Flow<K>): readonly number[] {
  return Array.from({ length: writes }, (_, index) => index + 1);
}

/** Numbers of the writes that are cut one after the other on one stage. */
function rounds<K extends ApiKey | CryptoKey>(
  { isApart = false }: Flow<K>,
  numbers: readonly number[],
): readonly (readonly number[])[] {
  return isApart ? numbers.map((number) => [number]) : [numbers];
}

/** Does what came before, undisturbed, to a key for each cut, and ends. */
async function give<K extends ApiKey | CryptoKey>(
  stage: DeliveryStage<K>,
  { project, given, givenAgoMs = 0 }: Flow<K>,
  numbers: readonly number[],
): Promise<readonly Cut<K>[]> {
  // At its usual speed: nothing fails here that would be tried again.
  const clock = new WarpedClock();
  clock.jump(-givenAgoMs);
  await using _operator = await stage.operator({ dependencies: { clock } });
  await stage.applyProject(project);
  await stage.whenClaimed();
  const cuts = numbers.map((number) => ({ number, key: new CutKey(stage, `cut-${number}`) }));
  await Promise.all(cuts.map(async ({ key }) => given?.(key)));
  await stage.whenQuiet();
  return cuts;
}

/** Drops the write and leaves what follows it unanswered; one operator goes through all cuts. */
async function expectRecovery<K extends ApiKey | CryptoKey>(
  stage: DeliveryStage<K>,
  flow: Flow<K>,
  numbers: readonly number[],
): Promise<void> {
  await using history = await stage.record();
  const cuts = await give(stage, flow, numbers);
  await using operators = new AsyncDisposableStack();
  let operator: RunningOperator | undefined;
  for (const { number, key } of cuts) {
    stage.proxy.recount();
    stage.proxy.treat(disturbedAt(number));
    // Where its start is the change, what it writes first counts.
    operator ??= operators.use(await stage.operator({ dependencies: { clock: new WarpedClock({ speed: SPEED }) } }));
    await flow.change?.(key);
    await key.settlesAs(flow.converged, flow.also);
    if (number === 0) expectWrites(stage.proxy.writes, flow);
    stage.proxy.behave();
    expect(await stage.writesOfResync(operator)).toMatchObject({ counted: [] });
  }
  await expectReadableOnce(flow, keysOf(cuts), history);
}

function expectWrites<K extends ApiKey | CryptoKey>(
  written: readonly string[],
  { writes, conflicts = 0 }: Flow<K>,
): void {
  if (conflicts === 0) expect(written).toHaveLength(writes);
  expect(written.length).toBeGreaterThanOrEqual(writes);
  expect(written.length).toBeLessThanOrEqual(writes + conflicts);
}

/** Kills the operator right after the write; the next one goes on, up to its own cut. */
async function expectRecoveryByAnother<K extends ApiKey | CryptoKey>(
  stage: DeliveryStage<K>,
  flow: Flow<K>,
  numbers: readonly number[],
): Promise<void> {
  await using history = await stage.record();
  const cuts = await give(stage, flow, numbers);
  await using operators = new AsyncDisposableStack();
  const start = async (): Promise<OperatorProcess> => operators.use(await stage.operatorProcess());
  let victim: Promise<OperatorProcess> | undefined;
  for (const [index, { number, key }] of cuts.entries()) {
    stage.proxy.recount();
    stage.proxy.treat(atWrite(number, { kind: 'loseAnswer', afterwards: async () => killed(await victim) }));
    victim ??= start();
    await flow.change?.(key);
    expect(await (await victim).exited, key.name).toEqual({ code: null, signal: 'SIGKILL' });
    stage.proxy.behave();
    if (index === cuts.length - 1) break;
    victim = start();
    await key.settlesAs(flow.converged, flow.also);
  }
  await using operator = await stage.operator();
  await cuts.at(-1)?.key.settlesAs(flow.converged, flow.also);
  expect(await stage.writesOfResync(operator)).toMatchObject({ counted: [] });
  await expectReadableOnce(flow, keysOf(cuts), history);
}

async function killed(victim: OperatorProcess | undefined): Promise<void> {
  victim?.kill('SIGKILL');
  await victim?.exited;
}

function disturbedAt(number: number): (request: ProxiedRequest) => Fate {
  const isDropped = atWrite(number, { kind: 'drop' });
  const isUnanswered = atWrite(number + 1, { kind: 'loseAnswer' });
  return (request) => (number === 0 ? { kind: 'forward' } : either(isDropped(request), isUnanswered(request)));
}

function either(first: Fate, second: Fate): Fate {
  return first.kind === 'forward' ? second : first;
}

function keysOf<K extends ApiKey | CryptoKey>(cuts: readonly Cut<K>[]): readonly CutKey<K>[] {
  return cuts.map(({ key }) => key);
}

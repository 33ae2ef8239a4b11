import fc from 'fast-check';
import { test } from 'vitest';
import { OwnWritesModel } from './own-writes-model.ts';
import type { Basis } from './own-writes-model.ts';

type Step = (model: OwnWritesModel) => void | Promise<void>;

const anyKey = fc.constantFrom('a', 'b');
const anyWish = fc.constantFrom('put' as const, 'put' as const, 'delete' as const);

function named(name: string, step: Step): Step {
  return Object.assign(step, { [fc.toStringMethod]: () => name });
}

const ourWrite = fc
  .tuple(anyKey, anyWish, fc.constantFrom<Basis>('cache', 'live'), fc.boolean())
  .map(([key, wish, from, isHeld]) =>
    named(`our ${isHeld ? 'held ' : ''}${wish} ${key} from ${from}`, (m) => m.ourWrite(key, wish, from, isHeld)),
  );

const theirWrite = fc
  .tuple(anyKey, anyWish)
  .map(([key, wish]) => named(`their ${wish} ${key}`, (m) => m.theirWrite(key, wish)));
const answer = anyKey.map((key) => named(`answer ${key}`, (m) => m.answer(key)));
const event = fc.constant(named('event', (m) => m.event()));
const bookmark = fc.constant(named('bookmark', (m) => m.bookmark()));
const list = fc.constant(named('list', (m) => m.list()));
const tick = fc.constantFrom(1, 11_000).map((ms) => named(`tick ${ms}`, (m) => m.tick(ms)));

const weighted = (
  arbitrary: fc.Arbitrary<Step>,
  weight: number,
): { arbitrary: fc.Arbitrary<Step>; weight: number } => ({
  arbitrary,
  weight,
});
const betweenLists = [
  weighted(ourWrite, 5),
  weighted(theirWrite, 3),
  weighted(answer, 4),
  weighted(event, 5),
  weighted(bookmark, 1),
  weighted(tick, 1),
];
const length = { maxLength: 40, size: 'max' } as const;
const stepsBetweenLists = fc.array(fc.oneof(...betweenLists), length);
const steps = fc.array(fc.oneof(...betweenLists, weighted(list, 4)), length);

async function play(steps: readonly Step[], afterEach: (model: OwnWritesModel) => void): Promise<OwnWritesModel> {
  const model = new OwnWritesModel();
  for (const step of steps) {
    await step(model);
    afterEach(model);
  }
  return model;
}

test('OwnWrites ends up at the server state whatever the order of writes, answers, events and lists', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const model = await play(all, () => {});
      await model.settle();
      model.assertShowsServerState();
      model.assertHandlersKnowServerState();
    }),
    { numRuns: 5_000 },
  );
});

test('OwnWrites shows nothing older than our last write whatever the order of writes, answers, events and lists', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      await play(all, (model) => model.assertShowsOurWrites());
    }),
    { numRuns: 5_000 },
  );
});

test('OwnWrites shows nothing older than the last event, and marks exactly our events, while the watch goes on', async () => {
  await fc.assert(
    fc.asyncProperty(stepsBetweenLists, async (all) => {
      const model = await play(all, (each) => each.assertShowsDelivered());
      await model.settle();
    }),
    { numRuns: 5_000 },
  );
});

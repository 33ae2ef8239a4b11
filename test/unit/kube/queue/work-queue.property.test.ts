import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WorkQueue } from '../../../../src/kube/queue/work-queue.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

interface Wish {
  readonly key: string;
  priority: number;
  readyAtMs: number;
  /** Grows with each wish that becomes ready or is raised. */
  turn: number;
}

/** The queue's promises, said without regard for speed: one list, searched and sorted on each call. */
class Model {
  nowMs = 0;
  readonly running = new Map<string, number>();
  #wishes: Wish[] = [];
  readonly #failures = new Map<string, number>();
  #turn = 0;

  add(key: string, priority: number, afterMs: number): void {
    const readyAtMs = this.nowMs + afterMs;
    const wish = this.#wishes.find((each) => each.key === key);
    if (wish === undefined) {
      this.#wishes.push({ key, priority, readyAtMs, turn: this.#turn++ });
      return;
    }
    const becomesReady = wish.readyAtMs > this.nowMs && readyAtMs <= this.nowMs;
    if (priority > wish.priority || becomesReady) wish.turn = this.#turn++;
    wish.priority = Math.max(wish.priority, priority);
    wish.readyAtMs = Math.min(wish.readyAtMs, readyAtMs);
  }

  fail(key: string): void {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    this.add(key, this.running.get(key) ?? 0, Math.min(300_000, 1_000 * 2 ** failures));
  }

  forget(key: string): void {
    this.#failures.delete(key);
  }

  advance(ms: number): void {
    const targetMs = this.nowMs + ms;
    const due = this.#wishes.filter((wish) => wish.readyAtMs > this.nowMs && wish.readyAtMs <= targetMs);
    for (const wish of due.toSorted((a, b) => a.readyAtMs - b.readyAtMs || a.turn - b.turn)) wish.turn = this.#turn++;
    this.nowMs = targetMs;
  }

  take(): string | undefined {
    const free = this.#ready().filter((wish) => !this.running.has(wish.key));
    const [first] = free.toSorted((a, b) => b.priority - a.priority || a.turn - b.turn);
    if (first === undefined) return undefined;
    this.#wishes = this.#wishes.filter((wish) => wish !== first);
    this.running.set(first.key, first.priority);
    return first.key;
  }

  get depth(): number {
    return this.#ready().length;
  }

  #ready(): Wish[] {
    return this.#wishes.filter((wish) => wish.readyAtMs <= this.nowMs);
  }
}

const key = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const operation = fc.oneof(
  fc.record({
    kind: fc.constant('add' as const),
    key,
    priority: fc.constantFrom(-100, 0, 0, 5),
    afterMs: fc.constantFrom(0, 0, 500, 1_000, 7_000),
  }),
  fc.record({ kind: fc.constant('fail' as const), key }),
  fc.record({ kind: fc.constant('forget' as const), key }),
  fc.record({ kind: fc.constant('done' as const), key }),
  fc.record({ kind: fc.constant('take' as const) }),
  fc.record({ kind: fc.constant('advance' as const), ms: fc.constantFrom(1, 500, 1_000, 10_000) }),
);

test('WorkQueue behaves like a plain list that is searched on each call', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 20, maxLength: 80 }), async (operations) => {
      const clock = new FakeClock();
      const queue = new WorkQueue({ clock, random: () => 0 });
      const model = new Model();
      for (const op of operations) {
        if (op.kind === 'add') {
          queue.add(op.key, op);
          model.add(op.key, op.priority, op.afterMs);
        } else if (op.kind === 'take') {
          expect(await takeOne(queue)).toBe(model.take());
        } else if (op.kind === 'done') {
          queue.done(op.key);
          model.running.delete(op.key);
        } else if (op.kind === 'fail') {
          queue.addRateLimited(op.key);
          model.fail(op.key);
        } else if (op.kind === 'forget') {
          queue.forget(op.key);
          model.forget(op.key);
        } else {
          await clock.advance(op.ms);
          model.advance(op.ms);
        }
        expect(queue.depth).toBe(model.depth);
      }
    }),
    { numRuns: 150 },
  );
});

test('WorkQueue loses no key and runs none twice at once, whatever workers and adders do', async () => {
  const burst = fc.array(fc.record({ key, pauseMs: fc.nat(30), workMs: fc.nat(30) }), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(burst, fc.integer({ min: 1, max: 4 }), async (adds, workers) => {
      const clock = new FakeClock();
      const queue = new WorkQueue({ clock, random: () => 0 });
      const running = new Set<string>();
      const startedMs = new Map<string, number>();
      const workMs = new Map<string, number>(adds.map((add) => [add.key, add.workMs]));
      const work = async (): Promise<void> => {
        for (let taken = await queue.next(); taken !== undefined; taken = await queue.next()) {
          expect(running.has(taken)).toBe(false);
          running.add(taken);
          startedMs.set(taken, clock.monotonicMs());
          await clock.sleep(workMs.get(taken) ?? 0);
          running.delete(taken);
          queue.done(taken);
        }
      };
      const workersDone = Promise.all(Array.from({ length: workers }, work));
      const addedMs = new Map<string, number>();
      for (const add of adds) {
        queue.add(add.key);
        addedMs.set(add.key, clock.monotonicMs());
        await clock.advance(add.pauseMs);
      }
      await clock.advance(60_000);
      // Each key was looked at after (or at the moment of) its last add.
      for (const [each, ms] of addedMs) expect(startedMs.get(each)).toBeGreaterThanOrEqual(ms);
      queue.shutDown();
      await workersDone;
      expect(queue.depth).toBe(0);
    }),
    { numRuns: 60 },
  );
});

async function takeOne(queue: WorkQueue): Promise<string | undefined> {
  const stop = new AbortController();
  const next = queue.next(stop.signal);
  stop.abort();
  return await next;
}

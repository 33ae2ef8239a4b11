// The desk goes on in microtasks; a macrotask comes after all of them.
import { setImmediate as settled } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JudgingDesk } from '../../../../src/controllers/shared/judging-desk.ts';
import type { Judged } from '../../../../src/judging/judge-job.ts';
import type { KeyIdentity } from '../../../../src/sealing/ledger.ts';
import { JobError } from '../../../../src/threads/job-error.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { NOW } from '../../../support/facts.ts';

const PATIENCE_MS = 1_000;
/** More than may be under way, and than are kept. */
const OWNERS = 40;

type Command =
  | { readonly kind: 'declare'; readonly owner: number; readonly texts: readonly string[] }
  | { readonly kind: 'judge'; readonly at: number; readonly how: 'Accepted' | 'Refused' | 'Lost' }
  | { readonly kind: 'look' | 'wait' };

const owner = fc.nat(OWNERS - 1);
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('declare' as const),
      owner,
      texts: fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { maxLength: 2 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('judge' as const),
      at: fc.nat(3),
      how: fc.constantFrom('Accepted' as const, 'Refused' as const, 'Lost' as const),
    }),
  },
  { weight: 4, arbitrary: fc.constant<Command>({ kind: 'look' }) },
  { weight: 1, arbitrary: fc.constant<Command>({ kind: 'wait' }) },
);

/** Keys that declare what they import, and the queue and workers by which they are looked at. */
class Keys {
  readonly #clock = new FakeClock(NOW);
  readonly #desk: JudgingDesk;
  readonly #atPool: PromiseWithResolvers<Judged>[] = [];
  /** What each key imports, and what it was last told. */
  readonly #declared = new Map<number, readonly string[]>();
  readonly #told = new Map<number, string>();
  readonly #queue = new Set<number>();
  readonly #lookedAt = new Set<number>();

  constructor() {
    this.#desk = new JudgingDesk({
      pool: {
        judge: (_project, _job, signal) => {
          const answer = Promise.withResolvers<Judged>();
          signal.addEventListener('abort', () => answer.reject(signal.reason), { once: true });
          this.#atPool.push(answer);
          return answer.promise;
        },
      },
      clock: this.#clock,
      seats: 2,
      onReady: (name) => this.#queue.add(Number(name.split('/')[2])),
      signal: new AbortController().signal,
    });
  }

  async run(one: Command): Promise<void> {
    if (one.kind === 'declare') {
      this.#declared.set(one.owner, one.texts);
      this.#queue.add(one.owner);
    } else if (one.kind === 'judge') {
      const [job] = this.#atPool.splice(one.at, 1);
      if (one.how === 'Lost') job?.reject(new JobError('WorkerLost'));
      else job?.resolve(judged(one.how));
    } else if (one.kind === 'wait') await this.#clock.advance(PATIENCE_MS);
    else void this.#look();
    await settled();
  }

  /** Everything that is under way comes to its end, and nobody edits any more. */
  async rest(): Promise<void> {
    for (let rounds = 0; this.#queue.size + this.#atPool.length + this.#lookedAt.size > 0; rounds += 1) {
      expect(rounds).toBeLessThan(1_000);
      await this.run({ kind: 'look' });
      await this.run({ kind: 'judge', at: 0, how: 'Accepted' });
      if (this.#queue.size + this.#atPool.length === 0) await this.run({ kind: 'wait' });
    }
  }

  /** Those that were not told of what they import now. */
  get forgotten(): readonly number[] {
    return [...this.#declared].flatMap(([key, texts]) => (this.#told.get(key) === texts.join() ? [] : [key]));
  }

  /** As reconciling does: one look at a key at a time, and once more if something came in between. */
  async #look(): Promise<void> {
    const next = [...this.#queue].find((key) => !this.#lookedAt.has(key));
    if (next === undefined) return;
    this.#queue.delete(next);
    this.#lookedAt.add(next);
    const texts = this.#declared.get(next) ?? [];
    const identity: KeyIdentity = { project: 'payments', kind: 'CryptoKey', namespace: 'config', name: String(next) };
    try {
      const asked = texts.map((text) => `${next}/${text}`);
      const answers = await this.#askAll(identity, asked);
      this.#desk.forget(identity, new Set(asked));
      if (answers.includes(undefined)) return;
      this.#desk.forget(identity);
      this.#told.set(next, texts.join());
    } catch {
      this.#queue.add(next);
    } finally {
      this.#lookedAt.delete(next);
    }
  }

  async #askAll(identity: KeyIdentity, texts: readonly string[]): Promise<readonly (Judged | undefined)[]> {
    const answers: (Judged | undefined)[] = [];
    for (const text of texts) {
      answers.push(
        await this.#desk.ask({
          identity,
          text,
          job: { type: 'PrivateKey', bytes: Buffer.from(text), now: NOW },
          patienceMs: PATIENCE_MS,
          signal: new AbortController().signal,
        }),
      );
    }
    return answers;
  }
}

function judged(kind: 'Accepted' | 'Refused'): Judged {
  const material = { algorithm: 'EC-P256', form: 'Pkcs8', bytes: Uint8Array.of(1) } as const;
  return kind === 'Accepted'
    ? { outcome: { kind, material, warnings: [] }, moduli: [] }
    : { outcome: { kind, reason: 'WeakKey', message: 'It is weak' }, moduli: [] };
}

test('JudgingDesk tells every key of what it imports in the end, whatever the order of things', async () => {
  const declareAll = Array.from({ length: OWNERS }, (_, at): Command => ({ kind: 'declare', owner: at, texts: ['a'] }));
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.array(command, { maxLength: 120, size: 'max' }), async (isCrowd, commands) => {
      const keys = new Keys();
      for (const one of [...(isCrowd ? declareAll : []), ...commands]) await keys.run(one);
      await keys.rest();
      expect(keys.forgotten).toEqual([]);
    }),
    { numRuns: Number(process.env['RUNS'] ?? 120) },
  );
});

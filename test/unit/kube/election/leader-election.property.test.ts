import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ConnectionError } from '../../../../src/kube/errors/api-error.ts';
import { LeaderElection } from '../../../../src/kube/election/leader-election.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { FakeLeaseServer } from '../../../support/fake-lease-server.ts';
import { RecordingLogger } from '../../../support/recording-logger.ts';

/** What happens to some requests of a candidate in a row. */
const spell = fc.record({
  kind: fc.constantFrom('none', 'none', 'slow-request', 'slow-answer', 'lost-request', 'lost-answer'),
  ms: fc.integer({ min: 1, max: 20_000 }),
  requests: fc.integer({ min: 1, max: 8 }),
});
const faults = fc
  .array(spell, { minLength: 1, maxLength: 12 })
  .map((spells) => spells.flatMap((each) => Array.from({ length: each.requests }, () => each)));
const candidates = fc.array(fc.record({ faults, draw: fc.double({ min: 0, max: 0.99, noNaN: true }) }), {
  minLength: 2,
  maxLength: 4,
});

test('LeaderElection never has two candidates that may write at the same moment, whatever is slow or lost', async () => {
  await fc.assert(
    fc.asyncProperty(candidates, async (plans) => {
      const clock = new FakeClock();
      const server = new FakeLeaseServer();
      const lost = (): never => {
        throw new ConnectionError('reset', 'lost');
      };
      const stop = new AbortController();
      const elections = plans.map((plan, index) => {
        let request = 0;
        let current = plan.faults[0];
        const client = server.client(
          `candidate-${index}`,
          async () => {
            current = plan.faults[request++ % plan.faults.length];
            if (current?.kind === 'slow-request') await clock.sleep(current.ms);
            if (current?.kind === 'lost-request') lost();
          },
          async () => {
            const mine = current;
            if (mine?.kind === 'slow-answer') await clock.sleep(mine.ms);
            if (mine?.kind === 'lost-answer') lost();
          },
        );
        return new LeaderElection({
          client,
          namespace: 'system',
          name: 'controller',
          identity: `candidate-${index}`,
          clock,
          random: () => plan.draw,
          logger: new RecordingLogger(),
        });
      });
      const callbacks = { onStartedLeading: () => {}, onStoppedLeading: () => {} };
      const runAgain = async (election: LeaderElection): Promise<void> => {
        while (!stop.signal.aborted) await election.run(callbacks, stop.signal);
      };
      const runs = elections.map(runAgain);
      for (let step = 0; step < 400; step += 1) {
        await clock.advance(250);
        expect(elections.filter(({ isLeader }) => isLeader).length).toBeLessThanOrEqual(1);
      }
      stop.abort();
      await clock.advance(60_000);
      await Promise.all(runs);
    }),
    { numRuns: 60 },
  );
});

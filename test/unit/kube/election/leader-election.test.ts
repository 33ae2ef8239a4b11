import { expect, test } from 'vitest';
import { ApiError, ConnectionError } from '../../../../src/kube/errors/api-error.ts';
import type { KubeClient } from '../../../../src/kube/client/client.ts';
import { LeaderElection, type LeaderElectionOptions } from '../../../../src/kube/election/leader-election.ts';
import { NotLeadingError } from '../../../../src/kube/errors/not-leading-error.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { FakeLeaseServer } from '../../../support/fake-lease-server.ts';
import { RecordingLogger } from '../../../support/recording-logger.ts';

const SECRET = 'hunter2-very-secret';

interface CandidateOptions extends Partial<LeaderElectionOptions> {
  readonly client: KubeClient;
  readonly clock: FakeClock;
  readonly work?: (signal: AbortSignal) => Promise<void> | void;
}

/** A candidate at work: what it was told, in order, with the time. */
function startCandidate(identity: string, { clock, work, ...options }: CandidateOptions) {
  const logger = new RecordingLogger();
  const election = new LeaderElection({
    namespace: 'system',
    name: 'controller',
    identity,
    clock,
    random: () => 0,
    logger,
    ...options,
  });
  const seen: string[] = [];
  const stop = new AbortController();
  const run = election.run(
    {
      onStartedLeading: (signal) => {
        seen.push(`started ${clock.monotonicMs()}`);
        signal.addEventListener('abort', () => seen.push(`aborted ${clock.monotonicMs()}`));
        return work?.(signal);
      },
      onStoppedLeading: () => seen.push(`stopped ${clock.monotonicMs()}`),
    },
    stop.signal,
  );
  let end: unknown = 'running';
  run.then(
    (value) => (end = value),
    (error: unknown) => (end = error),
  );
  return { election, seen, stop, run, logger, end: () => end };
}

function setUp() {
  const clock = new FakeClock(new Date('2027-03-01T12:00:00Z'));
  return { clock, server: new FakeLeaseServer() };
}

const unavailable = (): never => {
  throw new ConnectionError('refused', `connect failed ${SECRET}`);
};
const never = (): Promise<void> => new Promise(() => {});

test('LeaderElection creates the Lease and leads', async () => {
  const { clock, server } = setUp();
  const a = startCandidate('a', { clock, client: server.client('a') });
  await clock.advance(0);
  expect(a.seen).toEqual(['started 0']);
  expect(a.election.isLeader).toBe(true);
  expect(server.lease).toMatchObject({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { namespace: 'system', name: 'controller' },
    spec: {
      holderIdentity: 'a',
      leaseDurationSeconds: 15,
      acquireTime: '2027-03-01T12:00:00.000000Z',
      renewTime: '2027-03-01T12:00:00.000000Z',
      leaseTransitions: 0,
    },
  });
});

test('LeaderElection renews every 2 s with one update and no read, keeping acquire time and transitions', async () => {
  const { clock, server } = setUp();
  startCandidate('a', { clock, client: server.client('a') });
  await clock.advance(10_000);
  expect(server.requests).toEqual(['a get', 'a create', ...Array.from({ length: 5 }, () => 'a update')]);
  expect(server.lease?.spec).toMatchObject({
    acquireTime: '2027-03-01T12:00:00.000000Z',
    renewTime: '2027-03-01T12:00:10.000000Z',
    leaseTransitions: 0,
  });
});

test('LeaderElection lets one of two candidates lead', async () => {
  const { clock, server } = setUp();
  const a = startCandidate('a', { clock, client: server.client('a') });
  const b = startCandidate('b', { clock, client: server.client('b') });
  await clock.advance(60_000);
  expect(a.election.isLeader).toBe(true);
  expect(b.election.isLeader).toBe(false);
  expect(() => b.election.assertLeading()).toThrow(NotLeadingError);
  expect(b.seen).toEqual([]);
});

test('LeaderElection takes over only when the record stood still for a whole lease on its own clock', async () => {
  const { clock, server } = setUp();
  // The dead leader's clock was a year ahead: its times say nothing.
  server.lease = {
    metadata: { name: 'controller', resourceVersion: '1' },
    spec: {
      holderIdentity: 'x',
      leaseDurationSeconds: 15,
      renewTime: '2028-03-01T00:00:00.000000Z',
      leaseTransitions: 7,
    },
  };
  await clock.advance(5_000);
  const b = startCandidate('b', { clock, client: server.client('b') });
  await clock.advance(15_000);
  expect(b.seen).toEqual([]);
  await clock.advance(50);
  expect(b.seen).toEqual(['started 20010']);
  expect(server.lease?.spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 8 });
});

test('LeaderElection is not kept waiting by changes to a dead holder’s Lease that renew nothing', async () => {
  const { clock, server } = setUp();
  const a = startCandidate('a', { clock, client: server.client('a') });
  const b = startCandidate('b', { clock, client: server.client('b') });
  await clock.advance(0);
  a.stop.abort();
  await clock.advance(0);
  server.edit((lease) => ({ ...lease, spec: { ...lease.spec, holderIdentity: 'ghost', leaseDurationSeconds: 15 } }));
  for (let second = 0; second < 20; second += 1) {
    server.edit((lease) => ({ ...lease, metadata: { ...lease.metadata, labels: { touched: String(second) } } }));
    await clock.advance(1_000);
  }
  expect(b.election.isLeader).toBe(true);
});

test('LeaderElection spreads looks at a lease that is taken between 0.5 and 0.7 of a retry period', async () => {
  const { clock, server } = setUp();
  startCandidate('a', { clock, client: server.client('a') });
  await clock.advance(0);
  startCandidate('b', { clock, client: server.client('b'), random: () => 0.5 });
  await clock.advance(1_199);
  expect(server.requests.filter((request) => request === 'b get')).toHaveLength(1);
  await clock.advance(1);
  expect(server.requests.filter((request) => request === 'b get')).toHaveLength(2);
});

/** From the moment at which the leader ends until a standby leads, whatever both were doing then. */
async function longestGapMs(end: (a: ReturnType<typeof startCandidate>) => void): Promise<number> {
  const gapsMs: number[] = [];
  for (const draw of [0, 0.5, 0.99]) {
    for (let endsMs = 20_000; endsMs < 24_000; endsMs += 100) {
      const { clock, server } = setUp();
      let isSilent = false;
      const a = startCandidate('a', { clock, client: server.client('a', () => (isSilent ? never() : undefined)) });
      await clock.advance(0);
      const b = startCandidate('b', { clock, client: server.client('b'), random: () => draw });
      await clock.advance(endsMs);
      end(a);
      isSilent = !a.stop.signal.aborted;
      await clock.advance(30_000);
      gapsMs.push(Number(b.seen[0]?.replace('started ', '')) - endsMs);
    }
  }
  return Math.max(...gapsMs);
}

test('LeaderElection lets a standby lead within 17 s of a leader that was killed', async () => {
  expect(await longestGapMs(() => {})).toBeLessThan(16_500);
});

test('LeaderElection lets a standby lead within 3 s of a leader that was stopped', async () => {
  expect(await longestGapMs(({ stop }) => stop.abort())).toBeLessThan(1_500);
});

test('LeaderElection keeps leading through failures shorter than the renew deadline', async () => {
  const { clock, server } = setUp();
  let broken = false;
  const a = startCandidate('a', { clock, client: server.client('a', () => (broken ? unavailable() : undefined)) });
  await clock.advance(1_000);
  broken = true;
  await clock.advance(6_000);
  broken = false;
  await clock.advance(20_000);
  expect(a.seen).toEqual(['started 0']);
  expect(a.election.isLeader).toBe(true);
  expect(a.logger.text).not.toContain(SECRET);
});

test.each([
  { name: 'refuses connections', fault: unavailable },
  { name: 'never answers and heeds no abort', fault: never },
  {
    name: 'answers 503',
    fault: () => {
      throw new ApiError({ status: 503, reason: 'ServiceUnavailable', message: 'x' });
    },
  },
])('LeaderElection ends leadership at the renew deadline when the server $name', async ({ fault }) => {
  const { clock, server } = setUp();
  let broken = false;
  const a = startCandidate('a', { clock, client: server.client('a', () => (broken ? fault() : undefined)) });
  await clock.advance(2_000);
  broken = true;
  // The last renewal was sent at 2000.
  await clock.advance(9_999);
  expect(a.seen).toEqual(['started 0']);
  expect(a.election.isLeader).toBe(true);
  await clock.advance(1);
  expect(a.seen).toEqual(['started 0', 'aborted 12000', 'stopped 12000']);
  expect(a.end()).toBe('lost');
  expect(() => a.election.assertLeading()).toThrow(NotLeadingError);
});

test('LeaderElection tries again while one request hangs no longer than half the renew deadline', async () => {
  const { clock, server } = setUp();
  let hangs = 0;
  const client = server.client('a', (verb) => {
    if (verb !== 'update' || hangs > 0) return undefined;
    hangs += 1;
    return never();
  });
  const a = startCandidate('a', { clock, client });
  await clock.advance(30_000);
  expect(hangs).toBe(1);
  expect(a.seen).toEqual(['started 0']);
});

test('LeaderElection counts from before a renewal was sent, however late the answer came', async () => {
  const { clock, server } = setUp();
  const a = startCandidate('a', {
    clock,
    client: server.client('a', undefined, (verb) => (verb === 'update' ? clock.sleep(4_000) : undefined)),
  });
  // Sent at 2000, answered at 6000, and nothing gets through from then on.
  await clock.advance(6_000);
  clock.stall(5_999);
  expect(a.election.isLeader).toBe(true);
  clock.stall(1);
  expect(a.election.isLeader).toBe(false);
});

test('LeaderElection.assertLeading refuses after a stall although no timer could run', async () => {
  const { clock, server } = setUp();
  const a = startCandidate('a', { clock, client: server.client('a') });
  await clock.advance(0);
  clock.stall(9_999);
  expect(() => a.election.assertLeading()).not.toThrow();
  clock.stall(1);
  expect(() => a.election.assertLeading()).toThrow(NotLeadingError);
  const sent = server.requests.length;
  await clock.advance(0);
  expect(a.end()).toBe('lost');
  expect(server.requests).toHaveLength(sent);
});

test('LeaderElection does not lead on an answer that came after the renew deadline', async () => {
  const { clock, server } = setUp();
  const a = startCandidate('a', {
    clock,
    client: server.client('a', undefined, (verb) => {
      if (verb === 'create') clock.stall(12_000);
    }),
  });
  await clock.advance(0);
  expect(a.seen).toEqual([]);
  await clock.advance(2_000);
  expect(a.seen).toEqual(['started 14000']);
});

test('LeaderElection stops at its next renewal when another candidate was made the holder', async () => {
  const { clock, server } = setUp();
  const a = startCandidate('a', { clock, client: server.client('a') });
  await clock.advance(1_000);
  server.edit((lease) => ({ ...lease, spec: { ...lease.spec, holderIdentity: 'thief' } }));
  await clock.advance(1_000);
  expect(a.seen).toEqual(['started 0', 'aborted 2000', 'stopped 2000']);
  expect(a.end()).toBe('lost');
  expect(server.lease?.spec?.holderIdentity).toBe('thief');
});

test('LeaderElection goes on leading when someone else changes its Lease but not the holder', async () => {
  const { clock, server } = setUp();
  const a = startCandidate('a', { clock, client: server.client('a') });
  await clock.advance(1_000);
  server.edit((lease) => ({ ...lease, metadata: { ...lease.metadata, labels: { team: 'platform' } } }));
  await clock.advance(20_000);
  expect(a.seen).toEqual(['started 0']);
  expect(server.lease?.metadata.labels).toEqual({ team: 'platform' });
  expect(server.lease?.spec?.leaseTransitions).toBe(0);
});

test('LeaderElection creates its Lease anew when it is deleted while leading', async () => {
  const { clock, server } = setUp();
  const a = startCandidate('a', { clock, client: server.client('a') });
  await clock.advance(1_000);
  server.lease = undefined;
  await clock.advance(1_000);
  expect(server.lease).toMatchObject({ spec: { holderIdentity: 'a' } });
  expect(a.seen).toEqual(['started 0']);
});

test('LeaderElection goes on leading when the answer to a renewal is lost', async () => {
  const { clock, server } = setUp();
  let lost = 0;
  const a = startCandidate('a', {
    clock,
    client: server.client('a', undefined, (verb) => {
      if (verb === 'update' && (lost += 1) === 1) unavailable();
    }),
  });
  await clock.advance(20_000);
  expect(lost).toBeGreaterThan(1);
  expect(a.seen).toEqual(['started 0']);
  expect(server.lease?.spec).toMatchObject({ acquireTime: '2027-03-01T12:00:00.000000Z', leaseTransitions: 0 });
});

test('LeaderElection gives the lease up when it is stopped, so that another candidate leads at its next attempt', async () => {
  const { clock, server } = setUp();
  const a = startCandidate('a', { clock, client: server.client('a') });
  await clock.advance(0);
  const b = startCandidate('b', { clock, client: server.client('b') });
  await clock.advance(3_000);
  a.stop.abort();
  await clock.advance(0);
  expect(a.seen).toEqual(['started 0', 'aborted 3000', 'stopped 3000']);
  expect(a.end()).toBe('stopped');
  expect(server.lease?.spec).toEqual({
    holderIdentity: '',
    leaseDurationSeconds: 1,
    acquireTime: '2027-03-01T12:00:03.000000Z',
    renewTime: '2027-03-01T12:00:03.000000Z',
    leaseTransitions: 0,
  });
  await clock.advance(2_000);
  expect(b.seen).toEqual(['started 4000']);
  expect(server.lease?.spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
});

test('LeaderElection waits for its work to end before it gives the lease up', async () => {
  const { clock, server } = setUp();
  const work = async (signal: AbortSignal): Promise<void> => {
    await clock.sleep(3_600_000, signal).catch(() => {});
    await clock.sleep(5_000);
  };
  const a = startCandidate('a', { clock, client: server.client('a'), work });
  await clock.advance(1_000);
  a.stop.abort();
  await clock.advance(4_999);
  expect(a.election.isLeader).toBe(false);
  expect(server.lease?.spec?.holderIdentity).toBe('a');
  await clock.advance(1);
  expect(server.lease?.spec?.holderIdentity).toBe('');
  expect(clock.sleeping).toBe(0);
});

test('LeaderElection leaves the lease to expire when its work does not end', async () => {
  const { clock, server } = setUp();
  const a = startCandidate('a', { clock, client: server.client('a'), work: never });
  await clock.advance(2_000);
  a.stop.abort();
  await clock.advance(9_999);
  expect(a.end()).toBe('running');
  await clock.advance(1);
  expect(a.end()).toBe('stopped');
  expect(server.lease?.spec?.holderIdentity).toBe('a');
});

test('LeaderElection gives the lease up although a renewal that was interrupted had been applied', async () => {
  const { clock, server } = setUp();
  let applied = 0;
  const a = startCandidate('a', {
    clock,
    client: server.client('a', undefined, (verb) => (verb === 'update' && (applied += 1) === 1 ? never() : undefined)),
  });
  await clock.advance(2_000);
  a.stop.abort();
  await clock.advance(0);
  expect(a.end()).toBe('stopped');
  expect(server.lease?.spec?.holderIdentity).toBe('');
});

test('LeaderElection stops although the lease cannot be given up', async () => {
  const { clock, server } = setUp();
  let broken = false;
  const a = startCandidate('a', { clock, client: server.client('a', () => (broken ? never() : undefined)) });
  await clock.advance(0);
  broken = true;
  a.stop.abort();
  await clock.advance(5_000);
  expect(a.end()).toBe('stopped');
  expect(a.logger.lines.at(-2)).toMatchObject({ level: 'warn', fields: { error: 'ConnectionError', code: 'timeout' } });
});

test('LeaderElection does not give up a lease that another candidate holds by then', async () => {
  const { clock, server } = setUp();
  const a = startCandidate('a', { clock, client: server.client('a') });
  await clock.advance(1_000);
  server.edit((lease) => ({ ...lease, spec: { ...lease.spec, holderIdentity: 'thief' } }));
  a.stop.abort();
  await clock.advance(0);
  expect(a.end()).toBe('stopped');
  expect(server.lease?.spec?.holderIdentity).toBe('thief');
});

test('LeaderElection ends without a callback when it is stopped before it led', async () => {
  const { clock, server } = setUp();
  startCandidate('a', { clock, client: server.client('a') });
  const b = startCandidate('b', { clock, client: server.client('b') });
  await clock.advance(3_000);
  b.stop.abort();
  await clock.advance(0);
  expect(b.end()).toBe('stopped');
  expect(b.seen).toEqual([]);
  expect(server.lease?.spec?.holderIdentity).toBe('a');
});

test('LeaderElection gives the lease up and rejects when its work fails', async () => {
  const { clock, server } = setUp();
  const fault = new Error('cannot start');
  const a = startCandidate('a', { clock, client: server.client('a'), work: () => Promise.reject(fault) });
  await clock.advance(0);
  expect(a.end()).toBe(fault);
  expect(a.seen).toEqual(['started 0', 'aborted 0', 'stopped 0']);
  expect(server.lease?.spec?.holderIdentity).toBe('');
});

test('LeaderElection takes work that rejects because it was told to stop as ended', async () => {
  const { clock, server } = setUp();
  const a = startCandidate('a', { clock, client: server.client('a'), work: (signal) => clock.sleep(1e9, signal) });
  await clock.advance(0);
  a.stop.abort(new Error('shutting down'));
  await clock.advance(0);
  expect(a.end()).toBe('stopped');
});

test('LeaderElection tells the work why it stops', async () => {
  const { clock, server } = setUp();
  let reason: unknown;
  const work = (signal: AbortSignal): void => {
    signal.addEventListener('abort', () => {
      reason = signal.reason;
    });
  };
  const a = startCandidate('a', { clock, client: server.client('a'), work });
  await clock.advance(0);
  a.stop.abort();
  await clock.advance(0);
  expect(reason).toBeInstanceOf(NotLeadingError);
});

test.each([
  { name: 'a lease no longer than the renew deadline', times: { leaseDurationMs: 10_000 } },
  { name: 'a renew deadline of 1.2 retry periods', times: { renewDeadlineMs: 2_400 } },
  { name: 'a retry period of 0', times: { retryPeriodMs: 0 } },
  { name: 'half seconds of lease', times: { leaseDurationMs: 15_500 } },
  { name: 'a time that is no number', times: { renewDeadlineMs: Number.NaN } },
])('LeaderElection refuses $name', ({ times }) => {
  const { clock, server } = setUp();
  expect(() => startCandidate('a', { clock, client: server.client('a'), ...times })).toThrow(RangeError);
});

test('LeaderElection refuses a candidate without an identity', () => {
  const { clock, server } = setUp();
  expect(() => startCandidate('', { clock, client: server.client('') })).toThrow(RangeError);
});

test('a refusal is told at each attempt and logged once in a row, until the lease is granted', async () => {
  const { clock, server } = setUp();
  let mayUse = false;
  const access: (number | undefined)[] = [];
  const client = server.client('one', () => {
    if (!mayUse) throw new ApiError({ status: 403, reason: 'Forbidden', message: SECRET });
  });
  const onAccess = (refusal: number | undefined): void => void access.push(refusal);
  const { logger, stop, run } = startCandidate('one', { client, clock, onAccess });
  await clock.advance(4_000);
  expect(access).toEqual([403, 403, 403]);
  expect(logger.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
  mayUse = true;
  await clock.advance(2_000);
  expect(access.at(-1)).toBeUndefined();
  stop.abort();
  await run;
});

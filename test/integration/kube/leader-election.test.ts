import { beforeAll, expect, onTestFinished, test } from 'vitest';
import type { KubeClient } from '../../../src/kube/client/client.ts';
import { LeaderElection } from '../../../src/kube/election/leader-election.ts';
import { NotLeadingError } from '../../../src/kube/errors/not-leading-error.ts';
import type { Lease } from '../../../src/kube/objects/objects.ts';
import { LEASES } from '../../../src/kube/objects/resource.ts';
import { systemClock } from '../../../src/system-clock.ts';
import { adminClient, createNamespace, uniqueName } from '../../support/harness.ts';
import { consistently, eventually } from '../../support/harness/eventually.ts';
import { RecordingLogger } from '../../support/recording-logger.ts';

/** A fifth of the usual times: long enough for a busy machine, short enough to watch a lease expire. */
const TIMES = { leaseDurationMs: 3_000, renewDeadlineMs: 2_000, retryPeriodMs: 400 };
const MICRO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

let client: KubeClient;
let namespace: string;

beforeAll(async () => {
  client = await adminClient();
  namespace = await createNamespace();
});

/** A candidate that is stopped, and has ended, when the test is over. */
function startCandidate(name: string, identity: string) {
  const election = new LeaderElection({
    client,
    namespace,
    name,
    identity,
    ...TIMES,
    clock: systemClock,
    random: Math.random,
    logger: new RecordingLogger(),
  });
  const stop = new AbortController();
  const abortedAtMs: number[] = [];
  const run = election.run(
    {
      onStartedLeading: (signal) =>
        signal.addEventListener('abort', () => abortedAtMs.push(systemClock.monotonicMs()), { once: true }),
      onStoppedLeading: () => {},
    },
    stop.signal,
  );
  onTestFinished(async () => {
    stop.abort();
    await run;
  });
  return { election, stop, run, abortedAtMs };
}

const readLease = (name: string): Promise<Lease> => client.get(LEASES, { namespace, name });
const leads = async (election: LeaderElection): Promise<void> => {
  await eventually(async () => expect(election.isLeader).toBe(true), { timeoutMs: 15_000, intervalMs: 20 });
};

test('LeaderElection lets exactly one of two candidates lead, and writes a Lease the API server accepts', async () => {
  const name = uniqueName('lease');
  const candidates = [startCandidate(name, 'one'), startCandidate(name, 'two')];
  const leaders = (): number => candidates.filter(({ election }) => election.isLeader).length;
  await eventually(async () => expect(leaders()).toBe(1), { intervalMs: 20 });
  const before = await readLease(name);
  await consistently(async () => expect(leaders()).toBe(1), 4_000);
  const after = await readLease(name);
  expect(['one', 'two']).toContain(after.spec?.holderIdentity);
  expect(after.spec).toMatchObject({
    holderIdentity: before.spec?.holderIdentity,
    leaseDurationSeconds: 3,
    leaseTransitions: 0,
    acquireTime: before.spec?.acquireTime,
  });
  expect(after.spec?.acquireTime).toMatch(MICRO_TIME);
  expect(after.spec?.renewTime).toMatch(MICRO_TIME);
  expect(Date.parse(after.spec?.renewTime ?? '')).toBeGreaterThan(Date.parse(before.spec?.renewTime ?? ''));
});

test('LeaderElection hands the lease over long before it would expire when the leader is stopped', async () => {
  const name = uniqueName('lease');
  const first = startCandidate(name, 'first');
  await leads(first.election);
  const second = startCandidate(name, 'second');
  await consistently(async () => expect(second.election.isLeader).toBe(false), 1_000);
  first.stop.abort();
  expect(await first.run).toBe('stopped');
  expect((await readLease(name)).spec).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1 });
  const releasedMs = systemClock.monotonicMs();
  await leads(second.election);
  // At most 0.7 of a retry period, 280 ms, and the requests.
  expect(systemClock.monotonicMs() - releasedMs).toBeLessThan(2_000);
  expect((await readLease(name)).spec).toMatchObject({ holderIdentity: 'second', leaseTransitions: 1 });
});

test('LeaderElection takes over from a holder that went silent, after its lease is over', async () => {
  const name = uniqueName('lease');
  await client.create(LEASES, {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { namespace, name },
    spec: { holderIdentity: 'silent', leaseDurationSeconds: 3, leaseTransitions: 4 },
  });
  const startedMs = systemClock.monotonicMs();
  const { election } = startCandidate(name, 'heir');
  await leads(election);
  expect(systemClock.monotonicMs() - startedMs).toBeGreaterThan(3_000);
  expect((await readLease(name)).spec).toMatchObject({ holderIdentity: 'heir', leaseTransitions: 5 });
});

test('LeaderElection stops within a retry period when its Lease is given to someone else', async () => {
  const name = uniqueName('lease');
  const { election, run, abortedAtMs } = startCandidate(name, 'robbed');
  await leads(election);
  await eventually(async () => {
    const lease = await readLease(name);
    await client.update(LEASES, { ...lease, spec: { ...lease.spec, holderIdentity: 'thief' } });
  });
  const stolenMs = systemClock.monotonicMs();
  expect(await run).toBe('lost');
  expect((abortedAtMs[0] ?? Infinity) - stolenMs).toBeLessThan(1_500);
  expect(() => election.assertLeading()).toThrow(NotLeadingError);
  expect((await readLease(name)).spec?.holderIdentity).toBe('thief');
});

test('LeaderElection keeps labels that others put on its Lease', async () => {
  const name = uniqueName('lease');
  const { election } = startCandidate(name, 'keeper');
  await leads(election);
  await eventually(async () => {
    const lease = await readLease(name);
    await client.update(LEASES, { ...lease, metadata: { ...lease.metadata, labels: { team: 'platform' } } });
  });
  await consistently(async () => expect(election.isLeader).toBe(true), 1_500);
  expect((await readLease(name)).metadata.labels).toEqual({ team: 'platform' });
});

import { describe, expect, it } from 'vitest';
import { createMetrics, type Metrics } from '../../../src/telemetry/metrics.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { type Family, parseExposition } from './exposition.ts';

function metricsWith(clock = new FakeClock()): Metrics {
  return createMetrics({
    workers: { 'api-key': 8, 'key-project': 2 },
    apiServerHost: 'kube.example:6443',
    leaseName: 'keywright-controller',
    version: '1.2.3',
    clock,
  });
}

async function familiesOf(metrics: Metrics): Promise<ReadonlyMap<string, Family>> {
  return parseExposition(await metrics.render());
}

async function samplesOf(metrics: Metrics, family: string): Promise<Readonly<Record<string, number>>> {
  return Object.fromEntries((await familiesOf(metrics)).get(family)?.samples ?? []);
}

/** Sample values of a family from which prom-client's printing of labels is cut down to the values. */
async function valuesOf(metrics: Metrics, family: string): Promise<Readonly<Record<string, number>>> {
  const samples = Object.entries(await samplesOf(metrics, family));
  const short = (name: string): string => [...name.matchAll(/"([^"]*)"/g)].map(([, value]) => value).join(' ') || name;
  return Object.fromEntries(samples.map(([name, value]) => [short(name), value]));
}

describe('createMetrics', () => {
  it('follows the naming rules of promlint', async () => {
    for (const [name, { type, help }] of await familiesOf(metricsWith())) {
      expect(help, name).not.toBe('');
      expect(name.endsWith('_total'), `${name} is a ${type}`).toBe(type === 'counter');
      expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
      expect(name).not.toMatch(/_(ms|milliseconds|minutes|hours|kilobytes|percent|counter|gauge|histogram)(_|$)/);
      if (type !== 'histogram') expect(name).not.toMatch(/_(count|sum|bucket)$/);
    }
  });

  it('labels nothing with the name of an object', async () => {
    const text = await metricsWith().render();
    const labels = new Set([...text.matchAll(/(\w+)="/g)].map(([, label]) => label));
    for (const label of ['namespace', 'project', 'key', 'secret', 'environment', 'uid'])
      expect(labels).not.toContain(label);
  });

  it('reports memory, event loop and version of the process', async () => {
    const metrics = metricsWith();
    const families = await familiesOf(metrics);
    expect(families.get('process_resident_memory_bytes')?.samples.get('process_resident_memory_bytes')).toBeGreaterThan(
      1e6,
    );
    expect([...families.keys()]).toContain('nodejs_eventloop_lag_p99_seconds');
    expect(await valuesOf(metrics, 'keywright_build_info')).toEqual({ '1.2.3': 1 });
  });

  it('names the format it is written in', () => {
    expect(metricsWith().contentType).toMatch(/^text\/plain; version=0\.0\.4/);
  });

  it('keeps two sets apart', async () => {
    const [one, other] = [metricsWith(), metricsWith()];
    one.requests.onConnect();
    expect(await samplesOf(other, 'keywright_tls_handshakes_total')).toEqual({ keywright_tls_handshakes_total: 0 });
  });
});

describe('request metrics', () => {
  it.each([
    ['get', 'GET'],
    ['list', 'GET'],
    ['watch', 'GET'],
    ['create', 'POST'],
    ['update', 'PUT'],
    ['update-status', 'PUT'],
    ['patch', 'PATCH'],
    ['delete', 'DELETE'],
  ] as const)('count %s as %s', async (verb, method) => {
    const metrics = metricsWith();
    metrics.requests.onRequest({ verb, group: '', resource: 'secrets', code: '200', durationMs: 30 });
    expect(await valuesOf(metrics, 'rest_client_requests_total')).toEqual({ [`200 ${method} kube.example:6443`]: 1 });
  });

  it('measure durations in seconds', async () => {
    const metrics = metricsWith();
    metrics.requests.onRequest({ verb: 'get', group: '', resource: 'secrets', code: 'timeout', durationMs: 1_500 });
    expect(await valuesOf(metrics, 'rest_client_request_duration_seconds')).toMatchObject({
      '1 get kube.example:6443': 0,
      '2 get kube.example:6443': 1,
      'get kube.example:6443': 1,
    });
  });

  it('count TLS handshakes', async () => {
    const metrics = metricsWith();
    metrics.requests.onConnect();
    metrics.requests.onConnect();
    expect(await samplesOf(metrics, 'keywright_tls_handshakes_total')).toEqual({ keywright_tls_handshakes_total: 2 });
  });
});

describe('work queue metrics', () => {
  it('start at 0 for every queue', async () => {
    const zero = { 'api-key api-key': 0, 'key-project key-project': 0 };
    expect(await valuesOf(metricsWith(), 'workqueue_adds_total')).toEqual(zero);
    expect(await valuesOf(metricsWith(), 'workqueue_retries_total')).toEqual(zero);
    expect(await valuesOf(metricsWith(), 'workqueue_queue_duration_seconds')).toMatchObject(zero);
    expect(await valuesOf(metricsWith(), 'workqueue_work_duration_seconds')).toMatchObject(zero);
  });

  it('follow what the queue reports', async () => {
    const metrics = metricsWith();
    const observer = metrics.workQueues.observerFor('api-key');
    observer.added();
    observer.added();
    observer.retried();
    observer.taken(250);
    observer.finished(2_000);
    expect(await valuesOf(metrics, 'workqueue_adds_total')).toMatchObject({ 'api-key api-key': 2 });
    expect(await valuesOf(metrics, 'workqueue_retries_total')).toMatchObject({ 'api-key api-key': 1 });
    const queued = await samplesOf(metrics, 'workqueue_queue_duration_seconds');
    expect(queued).toMatchObject({ 'workqueue_queue_duration_seconds_sum{name="api-key",controller="api-key"}': 0.25 });
    const worked = await samplesOf(metrics, 'workqueue_work_duration_seconds');
    expect(worked).toMatchObject({ 'workqueue_work_duration_seconds_sum{name="api-key",controller="api-key"}': 2 });
  });

  it('read the gauges of a tracked queue at each scrape', async () => {
    const metrics = metricsWith();
    const queue = { depth: 3, unfinishedWorkMs: 1_500, longestRunningMs: 1_000 };
    metrics.workQueues.track('api-key', queue);
    expect(await valuesOf(metrics, 'workqueue_depth')).toEqual({ 'api-key api-key': 3 });
    queue.depth = 0;
    expect(await valuesOf(metrics, 'workqueue_depth')).toEqual({ 'api-key api-key': 0 });
    expect(await valuesOf(metrics, 'workqueue_unfinished_work_seconds')).toEqual({ 'api-key api-key': 1.5 });
    expect(await valuesOf(metrics, 'workqueue_longest_running_processor_seconds')).toEqual({ 'api-key api-key': 1 });
  });
});

describe('controller metrics', () => {
  it('start at 0 for every controller and result', async () => {
    const metrics = metricsWith();
    const totals = await valuesOf(metrics, 'controller_runtime_reconcile_total');
    const results = ['success', 'requeue_after', 'error', 'cancelled'];
    const rows = ['api-key', 'key-project'].flatMap((name) => results.map((result) => [`${name} ${result}`, 0]));
    expect(totals).toEqual(Object.fromEntries(rows));
    for (const family of ['errors', 'panics', 'timeouts']) {
      expect(await valuesOf(metrics, `controller_runtime_reconcile_${family}_total`)).toEqual({
        'api-key': 0,
        'key-project': 0,
      });
    }
    expect(await valuesOf(metrics, 'controller_runtime_max_concurrent_reconciles')).toEqual({
      'api-key': 8,
      'key-project': 2,
    });
  });

  it('follow a reconcile from start to end', async () => {
    const metrics = metricsWith();
    const observer = metrics.controllers.observerFor('api-key');
    observer.started();
    expect(await valuesOf(metrics, 'controller_runtime_active_workers')).toMatchObject({ 'api-key': 1 });
    observer.finished('success', 1_500);
    expect(await valuesOf(metrics, 'controller_runtime_active_workers')).toMatchObject({ 'api-key': 0 });
    expect(await valuesOf(metrics, 'controller_runtime_reconcile_total')).toMatchObject({ 'api-key success': 1 });
    expect(await samplesOf(metrics, 'controller_runtime_reconcile_time_seconds')).toMatchObject({
      'controller_runtime_reconcile_time_seconds_sum{controller="api-key"}': 1.5,
    });
    expect(await valuesOf(metrics, 'controller_runtime_reconcile_errors_total')).toMatchObject({ 'api-key': 0 });
  });

  it('count failures by what they were', async () => {
    const metrics = metricsWith();
    const observer = metrics.controllers.observerFor('api-key');
    observer.started();
    observer.terminal();
    observer.panicked();
    observer.timedOut();
    observer.finished('error', 1);
    for (const family of ['reconcile_errors', 'terminal_reconcile_errors', 'reconcile_panics', 'reconcile_timeouts']) {
      const values = await valuesOf(metrics, `controller_runtime_${family}_total`);
      expect(values, family).toEqual({ 'api-key': 1, 'key-project': 0 });
    }
  });

  it('have the 40 buckets of controller-runtime', async () => {
    const samples = await samplesOf(metricsWith(), 'controller_runtime_reconcile_time_seconds');
    const buckets = Object.keys(samples).filter((name) => name.includes('_bucket') && name.includes('"api-key"'));
    expect(buckets).toHaveLength(40 + 1);
  });
});

describe('leader metrics', () => {
  it('start as standby and follow the lease', async () => {
    const metrics = metricsWith();
    expect(await valuesOf(metrics, 'leader_election_master_status')).toEqual({ 'keywright-controller': 0 });
    metrics.leader.set(true);
    expect(await valuesOf(metrics, 'leader_election_master_status')).toEqual({ 'keywright-controller': 1 });
  });
});

describe('watch metrics', () => {
  it('turn monotonic into Unix time, whatever the wall clock does meanwhile', async () => {
    const clock = new FakeClock(new Date('2027-01-01T00:00:00Z'));
    const metrics = metricsWith(clock);
    metrics.watches.track('secrets', () => 5_000);
    await clock.advance(60_000);
    clock.setWallClock(new Date('2027-06-01T00:01:00Z'));
    expect(await valuesOf(metrics, 'keywright_watch_last_activity_timestamp_seconds')).toEqual({
      secrets: Date.UTC(2027, 5, 1, 0, 0, 5) / 1_000,
    });
  });

  it('report the watch of a resource that is furthest behind', async () => {
    const metrics = metricsWith(new FakeClock(new Date(0)));
    for (const lastActivityMs of [7_000, 3_000, 9_000]) metrics.watches.track('secrets', () => lastActivityMs);
    expect(await valuesOf(metrics, 'keywright_watch_last_activity_timestamp_seconds')).toEqual({ secrets: 3 });
  });

  it('leave out a watch that has not seen anything yet', async () => {
    const metrics = metricsWith();
    metrics.watches.track('secrets', () => Number.NEGATIVE_INFINITY);
    expect(await valuesOf(metrics, 'keywright_watch_last_activity_timestamp_seconds')).toEqual({});
  });
});

describe('key metrics', () => {
  const known = { states: ['Pending', 'Active', 'Revoked'], reasons: ['Pending', 'SecretConflict'] };

  it('count keys by kind and state, states without a key included', async () => {
    const metrics = metricsWith();
    let states = ['Active', 'Active', 'Revoked'];
    metrics.keys.track('ApiKey', known, () => states.map((state) => ({ state, notReady: undefined })));
    const kind = { 'ApiKey Pending': 0, 'ApiKey Active': 2, 'ApiKey Revoked': 1, 'ApiKey Other': 0 };
    expect(await valuesOf(metrics, 'keywright_keys')).toEqual(kind);
    states = [];
    expect(await valuesOf(metrics, 'keywright_keys')).toMatchObject({ 'ApiKey Active': 0, 'ApiKey Revoked': 0 });
  });

  it('count keys that are not ready by kind and reason, whatever their state', async () => {
    const metrics = metricsWith();
    let reasons = [undefined, 'SecretConflict', 'SecretConflict', 'Pending'];
    metrics.keys.track('ApiKey', known, () => reasons.map((notReady) => ({ state: 'Active', notReady })));
    expect(await valuesOf(metrics, 'keywright_keys_not_ready')).toEqual({
      'ApiKey SecretConflict': 2,
      'ApiKey Pending': 1,
    });
    reasons = [undefined, undefined];
    expect(await valuesOf(metrics, 'keywright_keys_not_ready')).toEqual({});
  });

  it('gather states and reasons nobody declared under one label value', async () => {
    const metrics = metricsWith();
    const invented = ['invented-1', 'invented-2'].map((text) => ({ state: text, notReady: text }));
    metrics.keys.track('ApiKey', { states: ['Active'], reasons: [] }, () => invented);
    expect(await valuesOf(metrics, 'keywright_keys')).toEqual({ 'ApiKey Active': 0, 'ApiKey Other': 2 });
    expect(await valuesOf(metrics, 'keywright_keys_not_ready')).toEqual({ 'ApiKey Other': 2 });
  });

  it('count deliveries by result and orphan records', async () => {
    const metrics = metricsWith();
    metrics.keys.delivered('created');
    metrics.keys.setOrphanRecords(3);
    expect(await valuesOf(metrics, 'keywright_deliveries_total')).toEqual({
      created: 1,
      updated: 0,
      repaired: 0,
      adopted: 0,
      withdrawn: 0,
      conflict: 0,
      failed: 0,
    });
    expect(await samplesOf(metrics, 'keywright_orphan_records')).toEqual({ keywright_orphan_records: 3 });
  });

  it('shows an installation as not ready until it was opened', async () => {
    const metrics = metricsWith();
    const ready = async (): Promise<unknown> => Object.values(await samplesOf(metrics, 'keywright_installation_ready'));
    expect(await ready()).toEqual([0]);
    metrics.installation.set(true);
    expect(await ready()).toEqual([1]);
    metrics.installation.set(false);
    expect(await ready()).toEqual([0]);
  });
});

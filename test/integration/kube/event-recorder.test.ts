import { beforeAll, expect, onTestFinished, test } from 'vitest';
import type { KubeClient } from '../../../src/kube/client/client.ts';
import { EVENTS, type EventReport, type KubeEvent } from '../../../src/kube/events/event.ts';
import { EventRecorder } from '../../../src/kube/events/event-recorder.ts';
import { NAMESPACES } from '../../../src/kube/objects/resource.ts';
import { systemClock } from '../../../src/system-clock.ts';
import { adminCall, adminClient, createNamespace, deleteNamespace, uniqueName } from '../../support/harness.ts';
import { eventually } from '../../support/harness/eventually.ts';
import { RecordingLogger } from '../../support/recording-logger.ts';

const MICRO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

let client: KubeClient;
let namespace: string;

beforeAll(async () => {
  client = await adminClient();
  namespace = await createNamespace();
});

function startRecorder() {
  const logger = new RecordingLogger();
  const recorder = new EventRecorder({
    client,
    component: 'example.com/controller',
    instance: 'controller-0',
    clock: systemClock,
    random: Math.random,
    logger,
  });
  onTestFinished(() => recorder.close());
  return { recorder, logger };
}

function reportOn(name: string, change: Partial<EventReport> = {}): EventReport {
  return {
    regarding: { apiVersion: 'v1', kind: 'ConfigMap', namespace, name },
    type: 'Normal',
    reason: 'Delivered',
    action: 'Deliver',
    note: 'Delivered version 3',
    ...change,
  };
}

async function eventsOf(name: string, where = namespace): Promise<readonly KubeEvent[]> {
  const { items } = await client.list(EVENTS, { namespace: where });
  return items.filter(({ regarding }) => regarding.name === name);
}

const flush = (recorder: EventRecorder): Promise<void> => recorder.flush(AbortSignal.timeout(10_000));

test('EventRecorder writes one event with a series count that the API server accepts', async () => {
  const { recorder, logger } = startRecorder();
  recorder.record(reportOn('wheel'));
  await flush(recorder);
  expect((await eventsOf('wheel'))[0]).not.toHaveProperty('series.count');

  recorder.record(reportOn('wheel'));
  await eventually(async () => expect(await eventsOf('wheel')).toMatchObject([{ series: { count: 2 } }]));

  for (let occurrence = 0; occurrence < 5; occurrence += 1) recorder.record(reportOn('wheel'));
  await flush(recorder);
  const [event, ...others] = await eventsOf('wheel');
  expect(others).toEqual([]);
  expect(event).toMatchObject({
    type: 'Normal',
    reason: 'Delivered',
    action: 'Deliver',
    note: 'Delivered version 3',
    reportingController: 'example.com/controller',
    reportingInstance: 'controller-0',
    regarding: { kind: 'ConfigMap', namespace, name: 'wheel' },
    series: { count: 7 },
  });
  expect(event?.eventTime).toMatch(MICRO_TIME);
  expect(event?.series?.lastObservedTime).toMatch(MICRO_TIME);
  expect(logger.lines).toEqual([]);
});

test('EventRecorder puts events about cluster-scoped objects where the API server wants them', async () => {
  const { recorder, logger } = startRecorder();
  const name = uniqueName('plant');
  recorder.record(reportOn(name, { regarding: { apiVersion: 'example.com/v1', kind: 'Plant', name } }));
  await flush(recorder);
  expect(await eventsOf(name, 'default')).toHaveLength(1);
  expect(logger.lines).toEqual([]);
});

test('EventRecorder writes events whose texts or names are far too long or strange', async () => {
  const { recorder, logger } = startRecorder();
  const long = 'ü'.repeat(2_000);
  const name = `system:${'Ü'.repeat(10)}${'x'.repeat(230)}`;
  recorder.record(reportOn(name, { reason: long, action: long, note: long }));
  await flush(recorder);
  expect(await eventsOf(name)).toHaveLength(1);
  expect(logger.lines).toEqual([]);
});

test('EventRecorder writes a new event with the whole count when someone deleted the old one', async () => {
  const { recorder } = startRecorder();
  recorder.record(reportOn('axle'));
  await flush(recorder);
  const [first] = await eventsOf('axle');
  const { uid = '', resourceVersion = '' } = first?.metadata ?? {};
  await client.delete(EVENTS, { namespace, name: first?.metadata.name ?? '' }, { uid, resourceVersion });
  recorder.record(reportOn('axle'));
  await flush(recorder);
  expect(await eventsOf('axle')).toMatchObject([{ series: { count: 2 } }]);
});

test('EventRecorder forgets events for a namespace that is missing or terminating, without a word', async () => {
  const { recorder, logger } = startRecorder();
  const { terminating, release } = await createTerminatingNamespace();
  const regarding = { apiVersion: 'v1', kind: 'ConfigMap', name: 'wheel' };
  recorder.record(reportOn('wheel', { regarding: { ...regarding, namespace: terminating } }));
  recorder.record(reportOn('wheel', { regarding: { ...regarding, namespace: uniqueName('never') } }));
  await flush(recorder);
  expect(logger.lines).toEqual([]);
  await release();
});

/** A namespace that stays terminating, because of an object with a finalizer in it, until `release` is called. */
async function createTerminatingNamespace(): Promise<{ terminating: string; release: () => Promise<unknown> }> {
  const terminating = await createNamespace();
  const path = `/api/v1/namespaces/${terminating}/configmaps`;
  const metadata = { name: 'held', finalizers: ['example.com/hold'] };
  await adminCall({ method: 'POST', path, body: { apiVersion: 'v1', kind: 'ConfigMap', metadata } });
  await deleteNamespace(terminating);
  await eventually(async () => {
    expect(await client.get(NAMESPACES, { name: terminating })).toMatchObject({ status: { phase: 'Terminating' } });
  });
  const body = { metadata: { finalizers: null } };
  const contentType = 'application/merge-patch+json';
  return { terminating, release: () => adminCall({ method: 'PATCH', path: `${path}/held`, body, contentType }) };
}

/**
 * The chart on a real node, from its installation to the removal of all it made. Each test goes on where the one
 * before it ended.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { API_KEYS } from '../../src/api/resources.ts';
import type { KubeObject } from '../../src/kube/objects/objects.ts';
import { SECRETS } from '../../src/kube/objects/resource.ts';
import { RECORD_TYPE } from '../../src/sealing/record.ts';
import { VERSION } from '../../src/version.ts';
import { DeliveryHistory } from '../support/history/delivery-history.ts';
import { apiKey } from '../support/builders.ts';
import { CHART, RELEASE_NAMESPACE } from '../support/chart/helm.ts';
import { apiRequest, callAs } from '../support/cluster/api-request.ts';
import { applyManifests, applyObject, type Manifest } from '../support/harness/apply-manifests.ts';
import { eventually } from '../support/harness/eventually.ts';
import { conditionOf, textOf } from '../support/key-world.ts';
import { sumOf } from '../support/prometheus-text.ts';
import { consumerPod } from './consumer-pod.ts';
import { runDocumented } from './documented.ts';
import { deletePod, leaderPod, operatorPods, podLog, podMetrics, PODS, type Pod } from './pods.ts';
import { PREVIOUS, ReleaseStage } from './release-stage.ts';

/** Issued while replicas die. With 1000 the memory that is printed is that of so many. */
const KEYS = Number(process.env['KEYWRIGHT_E2E_KEYS'] ?? 200);
const AUTHORS = 'payments-config';
const CONSUMERS = 'payments-staging';
const CONSUMER = { namespace: CONSUMERS, name: 'consumer' };
const SLOW = { timeoutMs: 200_000 };

/** What is not in a namespace that goes. */
const CLUSTER_WIDE = [
  'apiextensions.k8s.io/v1/customresourcedefinitions',
  'rbac.authorization.k8s.io/v1/clusterroles',
  'rbac.authorization.k8s.io/v1/clusterrolebindings',
];

const figures: string[] = [];
let stage: ReleaseStage;
beforeAll(async () => {
  stage = await ReleaseStage.start();
});
afterAll(async () => {
  process.stderr.write(`\n${figures.map((line) => `${line}\n`).join('')}`);
  await stage[Symbol.asyncDispose]();
});

/** Prints how long something took. */
async function timed<T>(what: string, act: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const result = await act();
  figures.push(`${what}: ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`);
  return result;
}

const NEVER_RESTARTED = { phase: 'Running', containerStatuses: [{ restartCount: 0 }] };

describe('the chart on a real node', () => {
  test('is installed with all replicas ready where only what "restricted" allows may run', async () => {
    const { connection, client } = stage.admin;
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
    const metadata = { name: RELEASE_NAMESPACE, labels };
    await applyObject(connection, { apiVersion: 'v1', kind: 'Namespace', metadata });
    // One worker issues 200 keys slowly enough to be disturbed meanwhile.
    const workers = Math.ceil(KEYS / 200);
    await timed('helm install --wait', () => stage.release('install', stage.previousChart, workers));
    const pods = await operatorPods(client);
    expect(pods.map(({ status }) => status?.containerStatuses?.map(({ ready }) => ready))).toEqual([[true], [true]]);
    const unrestricted = consumerPod(RELEASE_NAMESPACE, 'unrestricted', 'none');
    const path = `/api/v1/namespaces/${RELEASE_NAMESPACE}/pods?dryRun=All`;
    const refused = await apiRequest(connection, { method: 'POST', path, body: unrestricted });
    expect(refused.body).toContain('violates PodSecurity \\"restricted:latest\\"');
  });

  test('has a NetworkPolicy for the operator and nobody else', async () => {
    const { connection, client } = stage.admin;
    const path = `/apis/networking.k8s.io/v1/namespaces/${RELEASE_NAMESPACE}/networkpolicies/keywright`;
    const policy = (await callAs(connection, { path })) as {
      readonly spec: { readonly podSelector: { readonly matchLabels: Readonly<Record<string, string>> } };
    };
    const labels = Object.entries(policy.spec.podSelector.matchLabels);
    const labelSelector = labels.map(([name, value]) => `${name}=${value}`).join();
    const names = (pods: readonly Pod[]): readonly string[] => pods.map(({ metadata }) => metadata.name);
    expect(names((await client.list(PODS, { labelSelector })).items)).toEqual(names(await operatorPods(client)));
  });

  test('delivers a first key', async () => {
    // By default a rotation keeps five minutes from the issue before it.
    const policy = { scopes: ['charges.*'], maxKeys: 2_000, minRotationInterval: '0s' };
    const change = (manifest: Manifest): Manifest =>
      manifest.kind === 'KeyProject' ? { ...manifest, spec: { ...(manifest['spec'] as object), policy } } : manifest;
    await timed('project and key applied to delivered Secret', async () => {
      await applyManifests(stage.admin.connection, 'examples/quickstart', { change });
      await eventually(async () => expect(await keyIdOf('checkout')).toMatch(/^[0-9a-z]{12}$/));
    });
  });

  test('a pod sees a rotation in the Secret it mounts, without a restart', async () => {
    const { connection, client } = stage.admin;
    await eventually(() => applyObject(connection, consumerPod(CONSUMERS, 'consumer', 'checkout')));
    const lastLine = async (): Promise<string | undefined> => (await podLog(connection, CONSUMERS, 'consumer')).at(-1);
    const first = await keyIdOf('checkout');
    await eventually(async () => expect(await lastLine()).toBe(`${first} -`), SLOW);
    await timed('rotation ordered to seen by a pod', async () => {
      const trigger = { spec: { rotation: { trigger: 'drill' } } };
      await client.patch(API_KEYS, { namespace: AUTHORS, name: 'checkout' }, trigger);
      await eventually(async () => {
        const now = await keyIdOf('checkout');
        expect(now).not.toBe(first);
        expect(await lastLine()).toBe(`${now} ${first}`);
      }, SLOW);
    });
    expect((await client.get(PODS, CONSUMER)).status).toMatchObject(NEVER_RESTARTED);
  });

  test('issues each of many keys once although replicas are deleted and killed amid them', async () => {
    const { connection, client } = stage.admin;
    await using history = await DeliveryHistory.start(client, API_KEYS);
    const names = Array.from({ length: KEYS }, (_, i) => `bulk-${i}`);
    const versions = names.flatMap((name) => [`${name} production v1`, `${name} staging v1`]);
    const share = (): number => history.valuesByVersion.size / versions.length;
    const first = await eventually(() => leaderPod(client));
    const half = Math.ceil(KEYS / 2);
    const early = declare(names.slice(0, half));

    await eventually(() => expect(share()).toBeGreaterThan(0.1), SLOW);
    await deletePod(connection, first);
    const second = await eventually(async () => {
      const pod = await leaderPod(client);
      expect(pod.metadata.uid).not.toBe(first.metadata.uid);
      return pod;
    }, SLOW);
    // So that there is something left to issue for the second leader, however fast the first one was.
    const late = declare(names.slice(half));
    await eventually(() => expect(share()).toBeGreaterThan(0.6), SLOW);
    await stage.node.killContainer(second.status?.containerStatuses?.[0]?.containerID ?? '');
    expect(share(), 'issued when the leader was killed').toBeLessThan(1);
    await Promise.all([early, late]);

    const keys = await eventually(async () => {
      const items = (await client.list(API_KEYS, { namespace: AUTHORS })).items.filter(isOfMany);
      const waiting = items.filter((key) => conditionOf(key)?.status !== 'True');
      expect(waiting.map(({ metadata }) => metadata.name)).toEqual([]);
      return items;
    }, SLOW);
    expect(keys.map(({ status }) => status?.version)).toEqual(names.map(() => 1));
    const secrets = (await client.list(SECRETS)).items;
    await history.upTo([...keys, ...secrets.filter(isOfMany)]);
    expect(Array.from(history.valuesByVersion, ([version, values]) => `${version}: ${values.size}`).toSorted()).toEqual(
      versions.map((version) => `${version}: 1`).toSorted(),
    );
    expect(history.deliveredBeforePublished).toEqual([]);
    expect(history.deliveredBeforeRecorded).toEqual([]);
    // One more is that of the first key.
    expect(secrets.filter(({ type }) => type === RECORD_TYPE)).toHaveLength(KEYS + 1);
    await eventually(async () => {
      const { status } = await client.get(PODS, { namespace: RELEASE_NAMESPACE, name: second.metadata.name });
      expect(status?.containerStatuses).toMatchObject([{ ready: true, restartCount: 1 }]);
    }, SLOW);
    const metrics = await eventually(async () => podMetrics(await leaderPod(client)));
    const megabytes = sumOf(metrics, 'process_resident_memory_bytes') / 1e6;
    figures.push(`RSS of the leader with ${KEYS + 1} keys: ${Math.round(megabytes)} MB`);
  });

  test('writes no key and no Secret when it is upgraded from the version before', async () => {
    const { client } = stage.admin;
    const before = await stage.holdings();
    expect(await operatorImages()).toEqual([`keywright:${PREVIOUS}`, `keywright:${PREVIOUS}`]);
    await timed('helm upgrade --wait', () => stage.release('upgrade', CHART));
    const upgraded = [`keywright:${VERSION}`, `keywright:${VERSION}`];
    await eventually(async () => expect(await operatorImages()).toEqual(upgraded));
    await allLookedAt();
    expect(await stage.holdings()).toEqual(before);
    const checkout = await client.get(API_KEYS, { namespace: AUTHORS, name: 'checkout' });
    expect(checkout.status?.version).toBe(2);
  });

  test('leaves keys, what was delivered and what it kept when it is uninstalled', async () => {
    const { client } = stage.admin;
    const before = await stage.holdings();
    await stage.uninstall();
    await eventually(async () => expect(await operatorPods(client)).toEqual([]));
    expect(await stage.holdings()).toEqual(before);
    expect((await client.get(PODS, CONSUMER)).status).toMatchObject(NEVER_RESTARTED);
  });

  test('goes on with all of it when it is installed again', async () => {
    const before = await stage.holdings();
    await stage.release('install', CHART);
    await allLookedAt();
    expect(await stage.holdings()).toEqual(before);
  });

  test('is gone with everything it made after the documented commands', async () => {
    const { connection, client } = stage.admin;
    await deleteAllBut(['bulk-0', 'bulk-1', 'checkout']);
    await timed('removal of everything', () => runDocumented('docs/install.md', 'Remove it', stage.kubeconfig));
    const secrets = (await client.list(SECRETS)).items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
    expect(secrets).toEqual([]);
    for (const path of CLUSTER_WIDE) {
      const list = (await callAs(connection, { path: `/apis/${path}` })) as { readonly items: readonly Manifest[] };
      const names = list.items.map(({ metadata }) => metadata.name);
      expect(names.filter((name) => name.includes('keywright'))).toEqual([]);
    }
    expect((await apiRequest(connection, { path: `/api/v1/namespaces/${RELEASE_NAMESPACE}` })).status).toBe(404);
  });
});

async function keyIdOf(name: string): Promise<string | undefined> {
  return textOf(await stage.admin.client.get(SECRETS, { namespace: CONSUMERS, name }), 'key-id');
}

function isOfMany({ metadata }: KubeObject): boolean {
  return metadata.name.startsWith('bulk-');
}

/** Declares keys for both environments of the project, some at a time. */
async function declare(names: readonly string[]): Promise<void> {
  for (let from = 0; from < names.length; from += 10) {
    const some = names.slice(from, from + 10).map((name) => {
      const key = apiKey(`${AUTHORS}/${name}`, 'payments').environment('staging').environment('production');
      return stage.admin.client.create(API_KEYS, key.build());
    });
    await Promise.all(some);
  }
}

/** Deletes the other keys by one request, while kubectl sends five a second. Resolves when they are gone. */
async function deleteAllBut(names: readonly string[]): Promise<void> {
  const { connection, client } = stage.admin;
  const fieldSelector = encodeURIComponent(names.map((name) => `metadata.name!=${name}`).join());
  const path = `/apis/keywright.dev/v1alpha1/namespaces/${AUTHORS}/apikeys?fieldSelector=${fieldSelector}`;
  await callAs(connection, { method: 'DELETE', path, ...SLOW });
  await eventually(async () => {
    const left = (await client.list(API_KEYS)).items.map(({ metadata }) => metadata.name);
    expect(left.toSorted()).toEqual(names);
  }, SLOW);
}

async function operatorImages(): Promise<readonly string[]> {
  const pods = await operatorPods(stage.admin.client);
  return pods.flatMap(({ spec }) => spec.containers.map(({ image }) => image));
}

/** Resolves when the present leader has looked at every key and has nothing left to do. */
async function allLookedAt(): Promise<void> {
  await eventually(async () => {
    const metrics = await podMetrics(await leaderPod(stage.admin.client));
    expect(sumOf(metrics, 'controller_runtime_reconcile_total', { controller: 'key' })).toBeGreaterThan(KEYS);
    expect(sumOf(metrics, 'workqueue_depth', { name: 'key' })).toBe(0);
    expect(sumOf(metrics, 'controller_runtime_active_workers', { controller: 'key' })).toBe(0);
  }, SLOW);
}

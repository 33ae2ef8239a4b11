import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KubeClient, ListOptions } from '../../src/kube/client/client.ts';
import type { ClusterConfig } from '../../src/kube/config/cluster-config.ts';
import { Informer } from '../../src/kube/cache/informer.ts';
import { kubeconfigConfig } from '../../src/kube/config/kubeconfig.ts';
import type { ObjectChange } from '../../src/kube/cache/object-change.ts';
import type { Secret } from '../../src/kube/objects/objects.ts';
import { SECRETS } from '../../src/kube/objects/resource.ts';
import { systemClock } from '../../src/system-clock.ts';
import { startCluster } from '../support/cluster/start-cluster.ts';
import type { RunningCluster } from '../support/cluster/start-cluster.ts';
import { clientFor } from '../support/harness.ts';
import { eventually } from '../support/harness/eventually.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

const COMPACTION_MS = 2_000;

let cluster: RunningCluster;
let config: ClusterConfig;
let direct: KubeClient;

beforeAll(async () => {
  cluster = await startCluster({
    apiServerFlags: [
      // Forgets old versions within seconds, and does not remember them in its own cache.
      `--etcd-compaction-interval=${COMPACTION_MS}ms`,
      '--watch-cache-sizes=secrets#0',
      // Lists as before it could stream its state.
      '--feature-gates=WatchList=false',
    ],
  });
  const load = { readFile: (path: string) => readFile(path, 'utf8'), clock: systemClock };
  config = await kubeconfigConfig(cluster.kubeconfigPath, load);
  direct = clientFor(config);
}, 60_000);

afterAll(async () => {
  await cluster?.stop();
});

test('Informer lists page by page, and lists again after 410 with what was deleted meanwhile', async () => {
  const create = (name: string): Promise<Secret> =>
    direct.create(SECRETS, { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'default' } });
  const [doomed] = await Promise.all(['doomed', 'kept-1', 'kept-2'].map(create));
  const { hostname, port } = new URL(config.server);
  await using proxy = await TcpProxy.start({ host: hostname, port: Number(port) });
  const client = clientFor({ ...config, server: `https://127.0.0.1:${proxy.port}` });
  const lists: ListOptions[] = [];
  const counted: KubeClient = {
    ...client,
    list: (resource, options = {}) => {
      lists.push(options);
      return client.list(resource, options);
    },
  };
  const changes: ObjectChange<Secret>[] = [];
  const logger = new RecordingLogger();
  const stop = new AbortController();
  const informer = new Informer<Secret, Secret>({
    client: counted,
    resource: SECRETS,
    namespaces: ['default'],
    transform: (raw) => raw,
    onChange: (change) => changes.push(change),
    clock: systemClock,
    random: Math.random,
    logger,
    pageSize: 2,
  });
  const running = informer.run(stop.signal);
  await informer.whenSynced(AbortSignal.timeout(20_000));
  expect(lists.map(({ limit }) => limit)).toEqual([2, 2]);
  expect(informer.lister.size).toBe(3);

  proxy.stall();
  const { name, uid = '', resourceVersion = '' } = doomed?.metadata ?? { name: '' };
  await direct.delete(SECRETS, { namespace: 'default', name }, { uid, resourceVersion });
  await create('later');
  await pause(3 * COMPACTION_MS);
  proxy.cut();
  proxy.resume();

  await eventually(() => expect(changes).toContainEqual(expect.objectContaining({ type: 'deleted' })));
  const deleted = changes.find(({ type }) => type === 'deleted');
  expect(deleted).toMatchObject({ key: 'default/doomed', initial: false });
  expect(deleted?.object.metadata).toEqual(doomed?.metadata);
  expect(
    informer.lister
      .list()
      .map(({ metadata }) => metadata.name)
      .toSorted(),
  ).toEqual(['kept-1', 'kept-2', 'later']);
  expect(logger.lines.map(({ fields }) => fields['status'])).toContain(410);
  stop.abort();
  await running;
});

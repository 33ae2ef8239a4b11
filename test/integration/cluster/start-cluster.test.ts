import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { apiRequest, type ApiResponse } from '../../support/cluster/api-request.ts';
import { readKubeconfig } from '../../support/cluster/kubeconfig-file.ts';
import { startCluster, type RunningCluster } from '../../support/cluster/start-cluster.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

async function ask(cluster: RunningCluster, path: string): Promise<ApiResponse> {
  return apiRequest(await readKubeconfig(cluster.kubeconfigPath), { path });
}

async function createConfigMap(cluster: RunningCluster, name: string): Promise<void> {
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } };
  const answer = await apiRequest(await readKubeconfig(cluster.kubeconfigPath), {
    method: 'POST',
    path: CONFIG_MAPS,
    body,
  });
  expect(answer.status).toBe(201);
}

test('startCluster gives two clusters at once their own ports, tokens and objects', async () => {
  const clusters = await Promise.all([startCluster(), startCluster()]);
  const [one, other] = clusters;
  try {
    expect(one.server).not.toBe(other.server);
    await createConfigMap(one, 'mine');
    expect((await ask(other, `${CONFIG_MAPS}/mine`)).status).toBe(404);
    const [mine, theirs] = [await readKubeconfig(one.kubeconfigPath), await readKubeconfig(other.kubeconfigPath)];
    const stranger = await apiRequest({ ...theirs, token: mine.token ?? '' }, { path: '/api/v1/namespaces' });
    expect(stranger.status).toBe(401);
  } finally {
    await Promise.all(clusters.map((cluster) => cluster.stop()));
  }
});

test('startCluster keeps objects, address and credentials in a data folder', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'start-cluster-test-'));
  const first = await startCluster({ dataDir });
  try {
    await createConfigMap(first, 'kept');
    const before = await readKubeconfig(first.kubeconfigPath);
    await expect(startCluster({ dataDir })).rejects.toThrow('data directory is in use by another cluster');
    await first.stop();
    const second = await startCluster({ dataDir });
    try {
      expect((await apiRequest(before, { path: `${CONFIG_MAPS}/kept` })).status).toBe(200);
    } finally {
      await second.stop();
    }
  } finally {
    await first.stop();
    await rm(dataDir, { recursive: true });
  }
});

test('RunningCluster brings a killed API server back on the same port with its objects', async () => {
  const cluster = await startCluster();
  try {
    await createConfigMap(cluster, 'kept');
    const { apiServer } = cluster.pids;
    await cluster.killApiServer();
    await expect(ask(cluster, '/readyz')).rejects.toThrow('ECONNREFUSED');
    await cluster.restartApiServer();
    expect((await ask(cluster, `${CONFIG_MAPS}/kept`)).status).toBe(200);
    expect(cluster.pids.apiServer).not.toBe(apiServer);
  } finally {
    await cluster.stop();
  }
});

test('startCluster refuses a port that is in use', async () => {
  const cluster = await startCluster();
  try {
    const port = Number(new URL(cluster.server).port);
    await expect(startCluster({ port })).rejects.toThrow(`port ${port} of 127.0.0.1: the port is in use`);
  } finally {
    await cluster.stop();
  }
});

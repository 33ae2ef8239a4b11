import { afterEach, beforeEach, expect, test } from 'vitest';
import { API_KEYS, KEY_PROJECTS } from '../../src/api/resources.ts';
import type { ApiKey } from '../../src/api/generated/api-key.ts';
import { hashToken } from '../../src/keys/hash.ts';
import { SECRETS } from '../../src/kube/objects/resource.ts';
import { apiKey, keyProject } from '../support/builders.ts';
import { applyObject, type Manifest } from '../support/harness/apply-manifests.ts';
import { eventually } from '../support/harness/eventually.ts';
import { conditionOf, tokenOf } from '../support/key-world.ts';
import { startOperator, type RunningOperator } from '../support/operator.ts';
import { startTestCluster, type TestCluster } from '../support/test-cluster.ts';
import { WarpedClock } from '../support/warped-clock.ts';
import { WriteProxy, type ProxiedRequest } from '../support/write-proxy.ts';

const AUTHORS = 'config';
const HUNG = 'hung';
const HEALTHY = 'healthy';
const STAGING = 'staging';
const CALM = 'calm';
const NAMES: readonly string[] = Array.from({ length: 40 }, (_, index) => `key-${index}`);

/** With these more calls hang than all calls together have connections. */
const MANY: readonly string[] = Array.from({ length: 6 }, (_, index) => `hung-${index}`);

/** A deadline of 5 s ends after 1 s, one of 15 s after 3 s. */
const SPEED = 5;

/** Long enough for a slow machine, and shorter than any queue behind writes that hang. */
const UNDELAYED_MS = 10_000;

let cluster: TestCluster;
let proxy: WriteProxy;

beforeEach(async () => {
  cluster = await startTestCluster();
  proxy = await WriteProxy.start(cluster.connection);
  for (const name of [AUTHORS, HUNG, HEALTHY, STAGING, CALM, ...MANY]) {
    await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
  const tenants = keyProject('tenants').environment('staging', [STAGING]).environment('production', [HUNG, HEALTHY]);
  await apply(tenants.authors(AUTHORS).build());
  await apply(keyProject('others').environment('production', [CALM]).authors(AUTHORS).build());
});

afterEach(async () => {
  await proxy?.close();
  await cluster?.[Symbol.asyncDispose]();
});

async function apply(object: unknown): Promise<void> {
  await applyObject(cluster.connection, object as Manifest);
}

function operator(speed: number = SPEED): Promise<RunningOperator> {
  const dependencies = { clock: new WarpedClock({ speed }) };
  return startOperator({ cluster, server: proxy.url, dependencies, flags: ['--leader-elect=false'] });
}

/** From now on every write of a Secret in these namespaces waits; the result ends that, and lets through what waits. */
function hang(...namespaces: readonly string[]): { readonly end: () => void; readonly held: () => number } {
  const { promise: until, resolve } = Promise.withResolvers<void>();
  let held = 0;
  const isHung = ({ isWrite, path }: ProxiedRequest): boolean =>
    isWrite && namespaces.some((namespace) => path.startsWith(`/api/v1/namespaces/${namespace}/secrets`));
  proxy.treat((request) => {
    if (!isHung(request)) return { kind: 'forward' };
    held += 1;
    return { kind: 'hold', until };
  });
  const end = (): void => {
    proxy.behave();
    resolve();
  };
  return { end, held: () => held };
}

async function applyKeys(): Promise<void> {
  for (const name of NAMES) {
    await apply(apiKey(`${AUTHORS}/${name}`, 'tenants').environment('staging').environment('production').build());
  }
}

function key(name: string): Promise<ApiKey> {
  return cluster.client.get(API_KEYS, { namespace: AUTHORS, name });
}

async function whenReady(name: string, timeoutMs: number): Promise<ApiKey> {
  return eventually(
    async () => {
      const seen = await key(name);
      expect(conditionOf(seen)).toMatchObject({ status: 'True' });
      return seen;
    },
    { timeoutMs, intervalMs: 50 },
  );
}

/** Reason by namespace, of those status calls failed. */
function failures({ status }: ApiKey): Readonly<Record<string, string | undefined>> {
  const rows = status?.environments?.flatMap(({ namespaces = [] }) => namespaces) ?? [];
  return Object.fromEntries(rows.filter(({ success }) => !success).map(({ name, reason }) => [name, reason]));
}

async function tokenIn(namespace: string, name: string): Promise<string> {
  return tokenOf(await cluster.client.get(SECRETS, { namespace, name }));
}

test('A namespace whose Secret writes hang delays no other namespace and no other project, and is served when that ends', async () => {
  await using running = await operator();
  const hung = hang(HUNG);
  await applyKeys();
  await eventually(() => expect(hung.held()).toBeGreaterThan(0));
  await apply(apiKey(`${AUTHORS}/late`, 'others').environment('production').build());
  await whenReady('late', UNDELAYED_MS);

  for (const name of NAMES) {
    const seen = await eventually(
      async () => {
        const found = await key(name);
        expect(failures(found)).toEqual({ [HUNG]: 'DeliveryFailed' });
        return found;
      },
      { timeoutMs: 30_000, intervalMs: 50 },
    );
    expect(conditionOf(seen)).toMatchObject({ status: 'False', reason: 'DeliveryFailed' });
    expect(conditionOf(seen)?.message).toContain(`namespace "${HUNG}": The API server did not take the Secret`);
    expect(await tokenIn(STAGING, name)).not.toBe(await tokenIn(HEALTHY, name));
  }
  // What is declared while the hang is known waits for nothing.
  await apply(apiKey(`${AUTHORS}/later`, 'others').environment('production').build());
  await whenReady('later', UNDELAYED_MS);

  hung.end();
  for (const name of NAMES) {
    const { status } = await whenReady(name, 30_000);
    const token = await tokenIn(HUNG, name);
    expect(await tokenIn(HEALTHY, name)).toBe(token);
    const production = status?.environments?.find((environment) => environment.name === 'production');
    expect(production?.versions?.map(({ hash }) => hash)).toEqual([hashToken(token)]);
  }
  const said = running.logLines.filter((line) => line.includes(`"namespace":"${HUNG}"`));
  expect(said.filter((line) => line.includes('"level":"warn"'))).toHaveLength(1);
  expect(said.filter((line) => line.includes('"level":"info"'))).toHaveLength(1);
});

test('Writes that hang in many namespaces leave the connections for records and status free', async () => {
  const claimed = async (project: string): Promise<void> => {
    const { metadata } = await cluster.client.get(KEY_PROJECTS, { name: project });
    expect(metadata.annotations?.['keywright.dev/installation']).toBeDefined();
  };
  await using _running = await operator(1);
  const hung = hang(...MANY);
  await apply(keyProject('wide').environment('production', MANY).authors(AUTHORS).build());
  for (const name of NAMES.slice(0, 8)) {
    await apply(apiKey(`${AUTHORS}/${name}`, 'wide').environment('production').build());
  }
  await eventually(() => expect(hung.held()).toBeGreaterThanOrEqual(16), { intervalMs: 20 });
  await apply(keyProject('new').environment('production', [CALM]).authors(AUTHORS).build());
  await eventually(() => claimed('new'), { timeoutMs: UNDELAYED_MS, intervalMs: 20 });
  hung.end();
});

/**
 * A namespace whose admission does what it may: changes what we write, or denies it with a code that elsewhere has a
 * meaning of its own. Only that namespace fares worse for it, and no Secret is forgotten or lost.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Secret } from '../../src/kube/objects/objects.ts';
import { SECRETS } from '../../src/kube/objects/resource.ts';
import type { Place } from '../../src/sealing/ledger.ts';
import { consistently, eventually } from '../support/harness/eventually.ts';
import { conditionOf, tokenOf } from '../support/key-world.ts';
import type { RunningOperator } from '../support/operator.ts';
import { type DeliveryStage, KEY, PRODUCTION, STAGING } from './delivery-stage.ts';
import { shareStage } from './shared-stage.ts';

const [ODD] = PRODUCTION;
const POLICY = 'odd-admission';

let stage: DeliveryStage;
let operator: RunningOperator;

shareStage((opened) => {
  stage = opened;
});

beforeEach(async () => {
  operator = await stage.operator();
  await stage.applyProject();
  await stage.applyKey();
  await stage.whenDelivered();
  stage.proxy.recount();
});

afterEach(async () => {
  await operator[Symbol.asyncDispose]();
});

function deny(method: string, status: number): void {
  stage.proxy.treat((request) =>
    request.method === method && request.path.startsWith(`/api/v1/namespaces/${ODD}/secrets`)
      ? { kind: 'refuse', status }
      : { kind: 'forward' },
  );
}

function secret(namespace: string = ODD): Promise<Secret> {
  return stage.cluster.client.get(SECRETS, { namespace, name: KEY });
}

async function edit(changes: (secret: Secret) => Partial<Secret>): Promise<void> {
  const before = await secret();
  await stage.cluster.client.update(SECRETS, { ...before, ...changes(before) });
}

const withExtraKey = ({ data }: Secret): Partial<Secret> => ({ data: { ...data, extra: 'eA==' } });

async function isThere(namespace: string): Promise<boolean> {
  return (await stage.deliveredSecrets()).some(({ metadata }) => metadata.namespace === namespace);
}

function writesToOdd(): number {
  return stage.proxy.writes.filter((write) => write.includes(`/${ODD}/`)).length;
}

async function placesOf(environment: string): Promise<readonly Place[]> {
  const { ledger } = await stage.recordOf();
  return ledger.environments.find(({ name }) => name === environment)?.places ?? [];
}

async function productionVersion(): Promise<string> {
  const { status } = await stage.key();
  const [newest] = status?.environments?.find(({ name }) => name === 'production')?.versions ?? [];
  return `${newest?.version} ${newest?.state}`;
}

async function readyMessage(): Promise<string> {
  return conditionOf(await stage.key())?.message ?? '';
}

/** A house rule that changes every Secret written to the namespace. */
async function mutate(patch: string): Promise<AsyncDisposable> {
  const meta = { apiVersion: 'admissionregistration.k8s.io/v1', metadata: { name: POLICY } };
  await stage.apply({
    ...meta,
    kind: 'MutatingAdmissionPolicy',
    spec: {
      reinvocationPolicy: 'Never',
      failurePolicy: 'Fail',
      matchConstraints: {
        resourceRules: [
          { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['secrets'] },
        ],
      },
      matchConditions: [{ name: 'namespace', expression: `request.namespace == "${ODD}"` }],
      mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: patch } }],
    },
  } as never);
  await stage.apply({ ...meta, kind: 'MutatingAdmissionPolicyBinding', spec: { policyName: POLICY } } as never);
  // The server takes a moment to enforce it, and to enforce it no more.
  const probe = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'probe', namespace: ODD },
    data: { probe: 'eA==' },
  } as const;
  const isEnforced = async (): Promise<boolean> => {
    const { data, immutable, metadata } = await stage.cluster.client.create(SECRETS, probe);
    const { uid = '', resourceVersion = '' } = metadata;
    await stage.cluster.client.delete(SECRETS, { namespace: ODD, name: 'probe' }, { uid, resourceVersion });
    return data?.['extra'] !== undefined || immutable === true;
  };
  await eventually(async () => expect(await isEnforced()).toBe(true), { timeoutMs: 20_000, intervalMs: 200 });
  return {
    [Symbol.asyncDispose]: async () => {
      const { apiVersion } = meta;
      for (const plural of ['mutatingadmissionpolicybindings', 'mutatingadmissionpolicies']) {
        await stage.removeObject(`/apis/${apiVersion}/${plural}/${POLICY}`);
      }
      await eventually(async () => expect(await isEnforced()).toBe(false), { timeoutMs: 20_000, intervalMs: 200 });
    },
  };
}

describe('while writes to one namespace come to nothing, a Secret elsewhere is withdrawn', () => {
  async function staysWithdrawable(): Promise<void> {
    await edit(withExtraKey);
    await stage.applyKey({ environments: [{ name: 'production' }] });
    await eventually(async () => expect(await isThere(STAGING[0])).toBe(false), { timeoutMs: 5_000 });
    await eventually(async () => expect(await placesOf('staging')).toEqual([]));
  }

  test.each([409, 404])('and updates are answered %d', async (status) => {
    deny('PUT', status);
    await staysWithdrawable();
    stage.proxy.behave();
    await stage.whenReady();
    expect(await productionVersion()).toBe('1 Current');
  });

  test('and they are changed by a policy, which status says', async () => {
    await using _policy = await mutate('[JSONPatch{op: "add", path: "/data/extra", value: "eA=="}]');
    await staysWithdrawable();
    await eventually(async () => expect(await readyMessage()).toContain('changed the Secret'));
  });
});

test('a write that is changed on its way is not repeated at once', async () => {
  await using _policy = await mutate('[JSONPatch{op: "add", path: "/data/extra", value: "eA=="}]');
  await stage.whenQuiet();
  stage.proxy.recount();
  await edit(withExtraKey);
  await eventually(() => expect(writesToOdd()).toBeGreaterThan(0));
  // Back-offs of 1, 2, 4 s and so on pass ten times as fast here.
  await consistently(() => expect(writesToOdd()).toBeLessThan(8), 1_500);
});

test('a deletion that is denied with 404 leaves the place in the ledger until the Secret is gone', async () => {
  deny('DELETE', 404);
  await stage.applyKey({ environments: [{ name: 'staging' }] });
  await eventually(() => expect(writesToOdd()).toBeGreaterThan(1), { timeoutMs: 10_000 });
  expect(await placesOf('production')).toMatchObject([{ namespace: ODD, state: 'Owed' }]);
  stage.proxy.behave();
  await eventually(async () => expect(await isThere(ODD)).toBe(false), { timeoutMs: 20_000 });
});

test('an update that is denied with 404 has nothing minted while the Secret carries the token', async () => {
  const token = tokenOf(await secret());
  deny('PUT', 404);
  await edit(withExtraKey);
  await eventually(() => expect(writesToOdd()).toBeGreaterThan(2), { timeoutMs: 10_000 });
  expect(await productionVersion()).toBe('1 Current');
  expect(tokenOf(await secret())).toBe(token);
});

test('a creation that is denied with 404 does not make its namespace a missing one', async () => {
  deny('POST', 404);
  await stage.removeSecret(ODD, KEY);
  await eventually(async () => expect(await readyMessage()).toContain('The API server did not take the Secret'));
});

describe('a Secret that can only be deleted and made anew', () => {
  test('does not take the token along when its creation is refused', async () => {
    const token = tokenOf(await secret());
    deny('POST', 403);
    await edit(({ metadata }) => ({ immutable: true, metadata: { ...metadata, labels: {} } }));
    await eventually(async () => expect(await isThere(ODD)).toBe(false));
    expect((await stage.recordOf()).sealed?.entries).toMatchObject([{ environment: 'production', field: 'token' }]);
    stage.proxy.behave();
    await eventually(async () => expect(tokenOf(await secret())).toBe(token), { timeoutMs: 20_000 });
    await stage.whenReady();
    expect(await productionVersion()).toBe('1 Current');
    await stage.whenQuiet();
    expect((await stage.recordOf()).sealed?.entries ?? []).toEqual([]);
  });

  test('is not one that a policy makes immutable and that is otherwise as wanted', async () => {
    await using _policy = await mutate('[JSONPatch{op: "add", path: "/immutable", value: true}]');
    await stage.whenQuiet();
    stage.proxy.recount();
    await stage.removeSecret(ODD, KEY);
    await eventually(async () => expect((await secret()).immutable).toBe(true), { timeoutMs: 20_000 });
    await stage.whenReady();
    await stage.whenQuiet();
    expect(writesToOdd()).toBe(1);
  });
});

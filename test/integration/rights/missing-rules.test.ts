/**
 * Each rule of deploy/rbac taken away in turn: the operator says which verb on what is missing, does the rest of its
 * work, and goes on when the rule is back. What breaks without it is what docs/security.md says. And of an operator that
 * serves some namespaces, all its rights in one of them.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { API_KEYS } from '../../../src/api/resources.ts';
import { fetchRecipient } from '../../../src/cli/fetch-recipient.ts';
import { CONFIG_MAPS, SECRETS } from '../../../src/kube/objects/resource.ts';
import { apiKey } from '../../support/builders.ts';
import type { KubeClient } from '../../../src/kube/client/client.ts';
import { clientFor } from '../../support/harness.ts';
import { eventually } from '../../support/harness/eventually.ts';
import { conditionOf, KeyWorld, type Tenant } from '../../support/key-world.ts';
import { OPERATOR_NAMESPACE as OWN, startOperator, type RunningOperator } from '../../support/operator.ts';
import { operatorRules, ruleName, rulesForPeople, type RoleRule } from '../../support/role-rules.ts';
import { staticToken } from '../../support/static-token.ts';
import { accountWith, deliverOnlyTo, withoutDelivery, withoutRule } from './role-edits.ts';

const USER = `system:serviceaccount:${OWN}:keywright`;
const STEADY_LEASES = ['--lease-duration=5s', '--renew-deadline=4s', '--retry-period=250ms'];
const KEYS = 'keyprojects, apikeys, cryptokeys';

let world: KeyWorld;
let tenant: Tenant;
let operator: RunningOperator | undefined;
let putBack: (() => Promise<void>) | undefined;

beforeAll(async () => {
  world = await KeyWorld.start();
  tenant = await world.tenant();
  await world.apply(keyFor('settled'));
  await world.apply(keyFor('doomed'));
  for (const name of ['settled', 'doomed']) await world.whenReady(`${tenant.authors}/${name}`);
  await world.stopOperator();
});

afterEach(async () => {
  await operator?.stop();
  operator = undefined;
  await putBack?.();
  putBack = undefined;
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

function keyFor(name: string) {
  return apiKey(`${tenant.authors}/${name}`, tenant.project).environment('staging').with({ recoverable: true });
}

async function start(...flags: readonly string[]): Promise<RunningOperator> {
  operator = await startOperator({ cluster: world.cluster, until: 'nothing', flags: [...STEADY_LEASES, ...flags] });
  return operator;
}

async function takeAway(name: string): Promise<void> {
  const rule = operatorRules().find((each) => ruleName(each) === name) ?? expect.fail(`no such rule: ${name}`);
  putBack = await withoutRule(world.cluster.connection, rule, { user: USER, namespace: OWN });
}

/** Resolves when readiness says that the account lacks the right, and the log does. */
async function expectToSay(running: RunningOperator, missing: string): Promise<void> {
  const problem = `this account may not ${missing}; install the roles: helm upgrade with rbac.create=true, or kubectl apply -f deploy/rbac`;
  await eventually(async () => {
    expect(await running.readiness()).toContain(`[-]prerequisites failed: ${problem}`);
    expect(running.logLines.filter((line) => line.includes(JSON.stringify(problem).slice(1, -1)))).toHaveLength(1);
  });
}

async function expectReady(running: RunningOperator): Promise<void> {
  await eventually(async () => expect(await running.readiness()).toBe('ok'));
}

async function deleteSettled(): Promise<void> {
  await world.remove(SECRETS, { namespace: tenant.staging, name: 'settled' });
}

/** Work that needs none of the rights that other keys lack: a Secret that went away is put back. */
async function expectSettledBack(): Promise<void> {
  await eventually(async () => expect(await world.hasSecret(tenant.staging, 'settled')).toBe(true));
}

async function whenForbidden(name: string): Promise<void> {
  await world.whenKey(`${tenant.authors}/${name}`, { status: 'False', reason: 'Forbidden' });
  expect(await world.hasSecret(tenant.staging, name)).toBe(false);
}

/** As a new ServiceAccount with the given rules alone. */
async function clientOf(name: string, rules: readonly RoleRule[]): Promise<KubeClient> {
  const token = await accountWith(world.cluster.connection, { namespace: OWN, name }, rules);
  return clientFor({ ...world.cluster.config, credentials: staticToken(token) });
}

interface Row {
  readonly rule: string;
  /** First of what is missing, in the operator's words. */
  readonly missing: string;
}

/** Without these nothing can be known, so nothing is done. */
const BLIND: readonly Row[] = [
  { rule: `keywright-keys (cluster): get, list, watch ${KEYS}`, missing: 'list keyprojects' },
  { rule: 'keywright-keys (cluster): get, list, watch namespaces', missing: 'list and watch namespaces' },
  { rule: 'keywright-delivery (cluster): get, list, watch secrets', missing: 'list and watch secrets' },
  {
    rule: `keywright-own-namespace (${OWN}): get, list, watch, update, delete configmaps: keywright-import`,
    missing: `list and watch configmaps in namespace "${OWN}"`,
  },
];

/** Without these some work waits, and the rest goes on. */
const PARTIAL: readonly (Row & {
  /** What somebody does, so that the right is needed. */
  readonly given: () => Promise<unknown>;
  readonly broken: (running: RunningOperator) => Promise<unknown>;
  readonly mended: () => Promise<unknown>;
})[] = [
  {
    rule: `keywright-keys (cluster): patch ${KEYS}`,
    missing: 'patch keyprojects',
    given: () => world.apply(keyFor('unheld')),
    broken: () => whenForbidden('unheld'),
    mended: () => world.whenReady(`${tenant.authors}/unheld`),
  },
  {
    rule: 'keywright-keys (cluster): update keyprojects/status, apikeys/status, cryptokeys/status',
    missing: 'update keyprojects/status',
    given: () => world.apply(keyFor('unpublished')),
    broken: async () => {
      const { status } = await world.key(`${tenant.authors}/unpublished`);
      expect(conditionOf({ ...(status && { status }) })?.reason).toBe('Pending');
      expect(await world.hasSecret(tenant.staging, 'unpublished')).toBe(false);
    },
    mended: () => world.whenReady(`${tenant.authors}/unpublished`),
  },
  {
    rule: `keywright-keys (cluster): get customresourcedefinitions: keyprojects.keywright.dev, apikeys.keywright.dev, cryptokeys.keywright.dev`,
    missing: 'get customresourcedefinitions "keyprojects.keywright.dev"',
    given: () => world.remove(API_KEYS, { namespace: tenant.authors, name: 'doomed' }),
    broken: async () => {
      expect((await world.key(`${tenant.authors}/doomed`)).metadata.deletionTimestamp).toBeDefined();
      expect(await world.hasSecret(tenant.staging, 'doomed')).toBe(true);
    },
    mended: () => world.gone(API_KEYS, { namespace: tenant.authors, name: 'doomed' }),
  },
  {
    rule: 'keywright-delivery (cluster): create, patch events',
    missing: 'create and patch events',
    given: () => world.apply(keyFor('silent')),
    broken: async () => {
      await world.whenReady(`${tenant.authors}/silent`);
      expect(await world.events({ namespace: tenant.authors, name: 'silent' })).toEqual([]);
    },
    mended: async () => {},
  },
  {
    rule: `keywright-own-namespace (${OWN}): create configmaps`,
    missing: `create configmaps in namespace "${OWN}"`,
    given: () => world.remove(CONFIG_MAPS, { namespace: OWN, name: 'keywright-import' }),
    broken: async () => {
      expect(await world.get(CONFIG_MAPS, { namespace: OWN, name: 'keywright-import' })).toBeUndefined();
    },
    mended: () => eventually(() => world.client.get(CONFIG_MAPS, { namespace: OWN, name: 'keywright-import' })),
  },
];

const LEASES = `keywright-own-namespace (${OWN}): get, create, update leases`;
const WRITES = 'keywright-delivery (cluster): create, update, delete secrets';
const MEMORY = `keywright-own-namespace (${OWN}): get, list, watch, create, update, delete secrets`;
const SEALING = [
  `keywright-seal (${OWN}): get configmaps: keywright-import`,
  'keywright-seal (cluster): get keyprojects',
];

test('every rule of the operator is taken away by a test', () => {
  const taken = [...BLIND, ...PARTIAL].map(({ rule }) => rule);
  expect([...taken, LEASES, WRITES, MEMORY].toSorted()).toEqual(operatorRules().map(ruleName).toSorted());
});

describe('an operator that lacks a rule', () => {
  test.each(BLIND)('sees nothing and does nothing without $rule', async ({ rule, missing }) => {
    await deleteSettled();
    await takeAway(rule);
    const running = await start();
    await expectToSay(running, missing);
    expect(await running.readiness()).toContain('[-]caches-synced failed');
    expect(await world.hasSecret(tenant.staging, 'settled')).toBe(false);
    await putBack?.();
    await expectSettledBack();
    await expectReady(running);
  });

  test.each(PARTIAL)('does the rest without $rule', async ({ rule, missing, given, broken, mended }) => {
    await deleteSettled();
    await takeAway(rule);
    await given();
    const running = await start();
    await expectToSay(running, missing);
    await expectSettledBack();
    await broken(running);
    await putBack?.();
    await expectReady(running);
    await mended();
  });

  test(`reports where it delivers nothing without ${WRITES}`, async () => {
    await takeAway(WRITES);
    await world.apply(keyFor('undelivered'));
    const running = await start();
    await expectToSay(running, 'create, update and delete secrets');
    await whenForbidden('undelivered');
    await putBack?.();
    await expectReady(running);
    await world.whenReady(`${tenant.authors}/undelivered`);
  });

  test(`does not lead without ${LEASES}`, async () => {
    await deleteSettled();
    await takeAway(LEASES);
    const running = await start();
    await expectToSay(running, `get, create and update leases in namespace "${OWN}"`);
    expect(await running.metricsText()).toMatch(/^leader_election_master_status\S* 0$/m);
    expect(await world.hasSecret(tenant.staging, 'settled')).toBe(false);
    await putBack?.();
    await expectSettledBack();
    await expectReady(running);
  });

  test(`has no memory without ${MEMORY}, where it delivers to some namespaces only`, async () => {
    const served = [tenant.authors, tenant.staging, tenant.eu, tenant.us];
    const deliverEverywhere = await deliverOnlyTo(world.cluster.connection, served);
    await takeAway(MEMORY);
    const running = await start(`--watch-namespaces=${served.join(',')}`);
    await expectToSay(running, `list and watch secrets in namespace "${OWN}"`);
    await deleteSettled();
    await putBack?.();
    await expectSettledBack();
    await expectReady(running);
    await deliverEverywhere();
  });
});

test('an operator that may not work in one of the namespaces it serves is ready, does the rest, and goes on there once it may', async () => {
  const other = await world.tenant();
  const served = [tenant, other].flatMap(({ authors, staging, eu, us }) => [authors, staging, eu, us]);
  const deliverEverywhere = await deliverOnlyTo(world.cluster.connection, served);
  putBack = await withoutDelivery(world.cluster.connection, { namespace: other.eu, user: USER });
  await deleteSettled();
  const running = await start(`--watch-namespaces=${served.join(',')}`);
  await expectSettledBack();

  const key = `${other.authors}/split`;
  await world.apply(apiKey(key, other.project).environment('staging').environment('production'));
  const { status } = await world.whenKey(key, { status: 'False', reason: 'Forbidden' });
  const rows = status?.environments?.flatMap(({ namespaces = [] }) => namespaces) ?? [];
  expect(Object.fromEntries(rows.map(({ name, success }) => [name, success]))).toEqual({
    [other.staging]: true,
    [other.eu]: false,
    [other.us]: true,
  });
  await eventually(async () => {
    const problems = running.logLines.filter((line) => line.includes(`secrets in namespace \\"${other.eu}\\"`));
    expect(problems.map((line) => (JSON.parse(line) as { msg: string }).msg).toSorted()).toEqual([
      expect.stringContaining('Cannot do all work: this account may not get, create, update and delete secrets'),
      expect.stringContaining('Cannot do all work: this account may not list and watch secrets'),
    ]);
    expect(await running.metricsText()).toMatch(/^keywright_keys_not_ready\{kind="ApiKey",reason="Forbidden"\} 1$/m);
    expect(await running.metricsText()).toMatch(/^keywright_orphan_records 0$/m);
    expect(await running.readiness()).toBe('ok');
  });

  await putBack();
  await world.whenReady(key);
  await world.remove(SECRETS, { namespace: other.eu, name: 'split' });
  await eventually(async () => expect(await world.hasSecret(other.eu, 'split')).toBe(true));
  await deliverEverywhere();
});

describe('a person who lacks a rule', () => {
  test.each([
    [SEALING[0] ?? '', 'this account may not read ConfigMap "keywright-import" in namespace "keywright-system"'],
    [SEALING[1] ?? '', 'this account may not read KeyProject'],
  ])('seals nothing without %s', async (missing, problem) => {
    const rules = rulesForPeople().filter((rule) => SEALING.includes(ruleName(rule)));
    await start();
    const all = await clientOf('sealer-with-all', rules);
    const options = { operatorNamespace: OWN, project: tenant.project, now: new Date() };
    await eventually(() => fetchRecipient({ client: all, ...options }));
    const some = await clientOf(
      'sealer-with-one',
      rules.filter((rule) => ruleName(rule) !== missing),
    );
    await eventually(async () => {
      await expect(fetchRecipient({ client: some, ...options })).rejects.toThrow(problem);
    });
  });
});

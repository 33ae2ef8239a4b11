import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { API_KEYS, KEY_PROJECTS } from '../../../src/api/resources.ts';
import { apiKey, keyProject, type ApiKeyBuilder, type KeyProjectBuilder } from '../../support/builders.ts';
import { RECORD_TYPE } from '../../../src/sealing/record.ts';
import { SECRETS } from '../../../src/kube/objects/resource.ts';
import { consistently, eventually } from '../../support/harness/eventually.ts';
import { KeyWorld, conditionOf, ledgerOf, sealedIn, tokenOf, type Tenant } from '../../support/key-world.ts';
import { OPERATOR_NAMESPACE } from '../../support/operator.ts';
import { WarpedClock } from '../../support/warped-clock.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const clock = new WarpedClock();
let world: KeyWorld;

beforeAll(async () => {
  world = await KeyWorld.start({ dependencies: { clock } });
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

function checkout({ authors, project }: Tenant): ApiKeyBuilder {
  return apiKey(`${authors}/checkout`, project).environment('staging').environment('production');
}

async function deliveredTo({ staging, eu, us }: Tenant, name = 'checkout'): Promise<readonly string[]> {
  const namespaces = [staging, eu, us];
  const found = await Promise.all(namespaces.map((namespace) => world.hasSecret(namespace, name)));
  return namespaces.filter((_, index) => found[index]);
}

/** Time goes on and everything is looked at again, as the operator does by itself at the end of a wait. */
function pass(ms: number): void {
  clock.jump(ms);
  world.operator.resync();
}

interface Refusal {
  readonly name: string;
  readonly reason: string;
  readonly message: RegExp;
  readonly project?: (project: KeyProjectBuilder) => KeyProjectBuilder;
  readonly key?: (key: ApiKeyBuilder) => ApiKeyBuilder;
  /** What mends it: a change of the project, or the key as it was before `key` changed it. */
  readonly mend?: (project: KeyProjectBuilder, tenant: Tenant) => KeyProjectBuilder;
}

const refusals: readonly Refusal[] = [
  {
    name: 'an environment the project does not have',
    key: (key) => key.environment('canary'),
    reason: 'EnvironmentNotFound',
    message: /has no environment "canary"; it has: staging, production/,
  },
  {
    name: 'an environment that is added to the project later',
    key: (key) => key.environment('canary'),
    mend: (project, { us }) => project.environment('canary', [`${us}-canary`]),
    reason: 'EnvironmentNotFound',
    message: /has no environment "canary"/,
  },
  {
    name: 'an author namespace the project does not list',
    project: (project) => project.authors('somebody-else'),
    mend: (project, { authors }) => project.authors(authors),
    reason: 'NamespaceNotAllowed',
    message: /does not list namespace ".*-config" in spec.authorNamespaces/,
  },
  {
    name: 'a scope the policy does not allow',
    project: (project) => project.policy({ scopes: ['charges.*'] }),
    key: (key) => key.with({ scopes: ['charges.read', 'refunds.write'] }),
    reason: 'PolicyViolation',
    message: /does not allow scope "refunds.write"/,
  },
  {
    name: 'a scope where the policy allows none',
    key: (key) => key.with({ scopes: ['charges.read'] }),
    mend: (project) => project.policy({ scopes: ['charges.read'] }),
    reason: 'PolicyViolation',
    message: /does not allow scope "charges.read"/,
  },
  {
    name: 'a type the policy does not allow',
    project: (project) => project.policy({ apiKeyTypes: ['Publishable'] }),
    mend: (project) => project.policy({ apiKeyTypes: ['Secret'] }),
    reason: 'PolicyViolation',
    message: /does not allow keys of type Secret/,
  },
  {
    name: 'recoverable where the policy forbids it',
    project: (project) => project.policy({ allowRecoverable: false }),
    key: (key) => key.with({ recoverable: true }),
    reason: 'PolicyViolation',
    message: /does not allow recoverable keys; remove spec.recoverable/,
  },
  {
    name: 'no expiry where the policy limits validity',
    project: (project) => project.policy({ maxValidity: '8760h' }),
    mend: (project) => project.policy({ maxKeys: 5 }),
    reason: 'PolicyViolation',
    message: /limits validity to 8760h; set spec.expiresAt for environment "staging"/,
  },
  {
    name: 'an expiry beyond the validity the policy allows',
    project: (project) => project.policy({ maxValidity: '8760h' }),
    key: (key) => key.with({ expiresAt: '2098-01-01T00:00:00Z' }),
    mend: (project) => project.policy({ maxValidity: '876000h' }),
    reason: 'PolicyViolation',
    message: /limits validity to 8760h/,
  },
];

describe('an ApiKey is refused, and delivered once that is mended:', () => {
  test.each(refusals)('$name', async ({ reason, message, project = same, key = same, mend }) => {
    const tenant = await world.tenant(project);
    const ref = `${tenant.authors}/checkout`;
    await world.createNamespace(`${tenant.us}-canary`);
    await world.apply(key(checkout(tenant)));
    const refused = await world.whenKey(ref, { status: 'False', reason, message });
    expect(conditionOf(refused, 'Stalled')).toMatchObject({ status: 'True', reason });
    expect(conditionOf(refused, 'Accepted')).toMatchObject({ status: 'False', reason });
    expect(conditionOf(refused, 'Reconciling')).toBeUndefined();
    expect(refused.status?.environments?.flatMap(({ versions }) => versions ?? [])).toEqual([]);
    expect(await deliveredTo(tenant)).toEqual([]);
    await expect(world.record(tenant.project, 'checkout')).rejects.toThrow('404');

    await world.apply(mend === undefined ? checkout(tenant) : mend(tenant.builder, tenant));
    await world.whenReady(ref);
    expect(await deliveredTo(tenant)).toHaveLength(3);
  });
});

function same<T>(builder: T): T {
  return builder;
}

test('an ApiKey that names no project there is waits a minute for it, is then refused, and delivered once it is there', async () => {
  const { authors, staging } = await world.tenant();
  const project = `${authors}-later`;
  const ref = `${authors}/checkout`;
  await world.apply(apiKey(ref, project).environment('staging'));
  const waiting = await world.whenKey(ref, { status: 'Unknown', reason: 'ProjectNotFound' });
  expect(conditionOf(waiting, 'Reconciling')).toMatchObject({ status: 'True' });

  pass(MINUTE_MS);
  await world.whenKey(ref, {
    status: 'False',
    reason: 'ProjectNotFound',
    message: `KeyProject "${project}" does not exist`,
  });
  await world.whenKey(ref, { status: 'True' }, 'Stalled');

  await world.apply(keyProject(project).authors(authors).environment('staging', [staging]));
  await world.whenReady(ref);
  expect(await world.hasSecret(staging, 'checkout')).toBe(true);
});

test('a second author namespace is told DuplicateName, and gets the name when the first key is gone for good', async () => {
  const tenant = await world.tenant();
  const other = await world.createNamespace(`${tenant.authors}-2`);
  await world.apply(tenant.builder.authors(tenant.authors, other));
  await world.apply(checkout(tenant).with({ recoveryWindow: '0s' }));
  await world.whenReady(`${tenant.authors}/checkout`);
  const first = tokenOf(await world.secret(tenant.eu, 'checkout'));

  const ref = `${other}/checkout`;
  await world.apply(checkout({ ...tenant, authors: other }));
  await world.whenKey(ref, { status: 'False', reason: 'DuplicateName', message: /choose another name/ });
  expect(tokenOf(await world.secret(tenant.eu, 'checkout'))).toBe(first);
  await world.whenReady(`${tenant.authors}/checkout`);

  await world.remove(API_KEYS, { namespace: tenant.authors, name: 'checkout' });
  await world.whenReady(ref);
  expect(tokenOf(await world.secret(tenant.eu, 'checkout'))).not.toBe(first);
  // The counter belongs to the name and goes on.
  expect((await world.key(ref)).status?.version).toBe(2);
});

test('a key beyond maxKeys is refused, and issued when another one goes', async () => {
  const tenant = await world.tenant((project) => project.policy({ maxKeys: 1 }));
  await world.apply(checkout(tenant));
  await world.whenReady(`${tenant.authors}/checkout`);
  const second = apiKey(`${tenant.authors}/second`, tenant.project).environment('staging');
  await world.apply(second);
  await world.whenKey(`${tenant.authors}/second`, {
    status: 'False',
    reason: 'TooManyKeys',
    message: /already has 1 keys/,
  });
  expect(await world.hasSecret(tenant.staging, 'second')).toBe(false);

  await world.remove(API_KEYS, { namespace: tenant.authors, name: 'checkout' });
  await world.whenReady(`${tenant.authors}/second`);
});

test('of many keys applied at once maxKeys are issued and the others are refused, each time one goes', async () => {
  const tenant = await world.tenant((project) => project.policy({ maxKeys: 3 }));
  const names = Array.from({ length: 16 }, (_, index) => `key-${index}`);
  const issued = async (): Promise<readonly string[]> => {
    const keys = await Promise.all(names.map((name) => world.get(API_KEYS, { namespace: tenant.authors, name })));
    const ready = keys.filter((key) => key !== undefined && conditionOf(key)?.status === 'True');
    const refused = keys.filter((key) => key !== undefined && conditionOf(key)?.reason === 'TooManyKeys');
    expect(ready.length + refused.length).toBe(keys.filter((key) => key !== undefined).length);
    return ready.flatMap((key) => key?.metadata.name ?? []);
  };
  // Declared while nobody looks, so that all workers find them at the same moment.
  await world.whileStopped(async () => {
    await Promise.all(
      names.map((name) =>
        world.apply(apiKey(`${tenant.authors}/${name}`, tenant.project).environment('staging').named(name)),
      ),
    );
  });
  const first = await eventually(async () => {
    const ready = await issued();
    expect(ready).toHaveLength(3);
    return ready;
  });
  expect(await activeRecords(tenant)).toBe(3);

  const leaver = { namespace: tenant.authors, name: first[0] ?? '' };
  await world.remove(API_KEYS, leaver);
  await world.gone(API_KEYS, leaver);
  await eventually(async () => expect(await issued()).toHaveLength(3));
  expect(await activeRecords(tenant)).toBe(3);
});

async function activeRecords({ project }: Tenant): Promise<number> {
  const { items } = await world.client.list(SECRETS, { namespace: OPERATOR_NAMESPACE });
  const ledgers = items.filter(({ type }) => type === RECORD_TYPE).map(ledgerOf);
  return ledgers.filter((ledger) => ledger.project === project && ledger.phase === 'Active').length;
}

test('of two namespaces that declare one name at once the same one has it in every look, and the other is told', async () => {
  const tenant = await world.tenant();
  const other = await world.createNamespace(`${tenant.authors}-2`);
  await world.apply(tenant.builder.authors(tenant.authors, other));
  const names = ['one', 'two', 'three', 'four'];
  const declare = (name: string): readonly ApiKeyBuilder[] =>
    [tenant.authors, other].map((authors) => checkout({ ...tenant, authors }).named(name));
  // Of the same second, found by as many workers.
  await world.whileStopped(async () => {
    await Promise.all(names.flatMap(declare).map((key) => world.apply(key)));
  });
  const outcomes = async (name: string): Promise<readonly (string | undefined)[]> => {
    const keys = await Promise.all([tenant.authors, other].map((namespace) => world.key(`${namespace}/${name}`)));
    return keys.map((key) => conditionOf(key)?.reason);
  };
  for (const name of names) {
    await eventually(async () =>
      expect(new Set(await outcomes(name))).toEqual(new Set(['Delivered', 'DuplicateName'])),
    );
    const { namespace } = await world.ledger(tenant.project, name);
    const before = await outcomes(name);
    expect(before.indexOf('Delivered')).toBe([tenant.authors, other].indexOf(namespace));
    world.operator.resync();
    await consistently(async () => expect(await outcomes(name)).toEqual(before), 500);
  }
});

test('a key that was issued keeps what is delivered and published when the project no longer accepts it', async () => {
  const tenant = await world.tenant((project) => project.policy({ scopes: ['charges.*'] }));
  const ref = `${tenant.authors}/checkout`;
  await world.apply(checkout(tenant).with({ scopes: ['charges.read', 'charges.write'] }));
  const before = await world.whenReady(ref);
  const token = tokenOf(await world.secret(tenant.eu, 'checkout'));

  await world.apply(tenant.builder.policy({ scopes: ['charges.read'] }));
  const frozen = await world.whenKey(ref, { status: 'False', reason: 'PolicyViolation' });
  expect(frozen.status?.scopes).toEqual(['charges.read']);
  expect(frozen.status?.environments?.map(({ versions }) => versions)).toEqual(
    before.status?.environments?.map(({ versions }) => versions),
  );
  expect(await deliveredTo(tenant)).toHaveLength(3);

  await world.apply(tenant.builder);
  const restored = await world.whenReady(ref);
  expect(restored.status?.scopes).toEqual(['charges.read', 'charges.write']);
  expect(tokenOf(await world.secret(tenant.eu, 'checkout'))).toBe(token);
});

test('an environment the project suspended takes nothing new, keeps what is there, and does not count in Ready', async () => {
  const tenant = await world.tenant();
  const suspended = tenant.builder.changed('production', { suspended: true });
  await world.apply(suspended);
  await world.whenProject(tenant.project, { status: 'True' });
  await world.apply(checkout(tenant));
  const key = await world.whenReady(`${tenant.authors}/checkout`);
  expect(await deliveredTo(tenant)).toEqual([tenant.staging]);
  expect(key.status?.environments?.[1]).toMatchObject({
    state: 'Pending',
    versions: [],
    namespaces: [
      { name: tenant.eu, success: false, reason: 'EnvironmentSuspended' },
      { name: tenant.us, success: false, reason: 'EnvironmentSuspended' },
    ],
  });

  await world.apply(tenant.builder);
  await eventually(async () => expect(await deliveredTo(tenant)).toHaveLength(3));
  await world.whenReady(`${tenant.authors}/checkout`);
  await world.apply(suspended);
  await world.whenProject(tenant.project, { status: 'True' });
  await world.apply(checkout(tenant).with({ signingSecret: {} }));
  await eventually(async () =>
    expect(
      (await world.key(`${tenant.authors}/checkout`)).status?.environments?.[0]?.versions?.[0]?.signingSecretId,
    ).toBeDefined(),
  );
  await world.whenReady(`${tenant.authors}/checkout`);
  expect(await deliveredTo(tenant)).toHaveLength(3);
});

test('a date in the past mints nothing; a later one issues the key', async () => {
  const tenant = await world.tenant();
  const ref = `${tenant.authors}/checkout`;
  await world.apply(checkout(tenant).with({ expiresAt: '2020-01-01T00:00:00Z' }));
  const expired = await world.whenKey(ref, { status: 'False', reason: 'Expired', message: /set a later expiresAt/ });
  expect(conditionOf(expired, 'Stalled')).toMatchObject({ status: 'True', reason: 'Expired' });
  expect(expired.status).toMatchObject({ state: 'Expired' });
  expect(await deliveredTo(tenant)).toEqual([]);

  await world.apply(checkout(tenant).with({ expiresAt: '2099-01-01T00:00:00Z' }));
  expect((await world.whenReady(ref)).status).toMatchObject({ state: 'Active', version: 1 });
});

test('a key that expires is refused in status and withdrawn from Secrets; a later date inside the window restores it', async () => {
  const tenant = await world.tenant();
  const ref = `${tenant.authors}/checkout`;
  const expiresAt = `${new Date(clock.now().getTime() + HOUR_MS).toISOString().slice(0, 19)}Z`;
  await world.apply(apiKey(ref, tenant.project).environment('staging', { expiresAt }).environment('production'));
  await world.whenReady(ref);
  const token = tokenOf(await world.secret(tenant.staging, 'checkout'));
  pass(2 * HOUR_MS);
  const expired = await world.whenKey(ref, { status: 'False', reason: 'Expired' });
  expect(expired.status?.environments?.map(({ state }) => state)).toEqual(['Expired', 'Active']);
  await eventually(async () => expect(await deliveredTo(tenant)).toEqual([tenant.eu, tenant.us]));

  await world.apply(checkout(tenant));
  await world.whenReady(ref);
  expect(tokenOf(await world.secret(tenant.staging, 'checkout'))).toBe(token);
  pass(-2 * HOUR_MS);
});

test('an environment that every namespace left keeps its token for the window, and a namespace of then gets a new one', async () => {
  const labels = { canary: `${Date.now()}` };
  const tenant = await world.tenant((project) =>
    project.environment('canary', [], { namespaceSelector: { matchLabels: labels } }),
  );
  const canary = await world.createNamespace(`${tenant.project}-canary`, labels);
  const ref = `${tenant.authors}/checkout`;
  await world.apply(apiKey(ref, tenant.project).environment('canary'));
  await world.whenReady(ref);
  const token = tokenOf(await world.secret(canary, 'checkout'));
  const leave = async (): Promise<void> => {
    await world.createNamespace(canary, { canary: 'no-more' });
    await eventually(async () => expect(await world.hasSecret(canary, 'checkout')).toBe(false));
  };
  const sealed = async (): Promise<readonly string[]> => sealedIn(await world.record(tenant.project, 'checkout'));
  await leave();
  expect(await sealed()).toEqual(['canary/1/token']);
  expect((await world.ledger(tenant.project, 'checkout')).environments[0]).toMatchObject({ state: 'Withdrawn' });

  await world.createNamespace(canary, labels);
  await world.whenReady(ref);
  await eventually(async () => expect(tokenOf(await world.secret(canary, 'checkout'))).toBe(token));

  await leave();
  pass(25 * HOUR_MS);
  await eventually(async () => expect(await sealed()).toEqual([]));
  await world.createNamespace(canary, labels);
  await eventually(async () => expect(tokenOf(await world.secret(canary, 'checkout'))).not.toBe(token));
  expect((await world.whenReady(ref)).status?.version).toBe(2);
  pass(-25 * HOUR_MS);
});

test('a suspended key is refused in status, its Secrets stay, and nothing is minted for it', async () => {
  const tenant = await world.tenant();
  const ref = `${tenant.authors}/checkout`;
  await world.apply(apiKey(ref, tenant.project).environment('staging'));
  await world.whenReady(ref);
  const token = tokenOf(await world.secret(tenant.staging, 'checkout'));

  await world.apply(checkout(tenant).with({ suspended: true }));
  const suspended = await world.whenKey(ref, { status: 'True', reason: 'Suspended' });
  expect(suspended.status).toMatchObject({ state: 'Suspended' });
  expect(await deliveredTo(tenant)).toEqual([tenant.staging]);

  await world.apply(checkout(tenant));
  expect((await world.whenReady(ref)).status).toMatchObject({ state: 'Active' });
  expect(tokenOf(await world.secret(tenant.staging, 'checkout'))).toBe(token);
  expect(await deliveredTo(tenant)).toHaveLength(3);
});

test('a namespace that two environments select serves the first, and the other one is told NamespaceTaken', async () => {
  const tenant = await world.tenant();
  const labels = { team: tenant.project };
  const shared = await world.createNamespace(`${tenant.project}-shared`, labels);
  const selecting = tenant.builder.with({
    environments: [
      { name: 'staging', namespaces: [tenant.staging], namespaceSelector: { matchLabels: labels } },
      { name: 'production', namespaces: [tenant.eu], namespaceSelector: { matchLabels: labels } },
    ],
  });
  await world.apply(selecting);
  await world.whenProject(tenant.project, { status: 'False', reason: 'NamespaceTaken', message: new RegExp(shared) });
  await world.apply(checkout(tenant));
  const key = await world.whenKey(`${tenant.authors}/checkout`, { status: 'False', reason: 'NamespaceTaken' });
  expect(conditionOf(key, 'Stalled')).toMatchObject({ status: 'True' });
  // Verifiers are told before there are Secrets, and so is whoever reads conditions.
  await eventually(async () => {
    const token = tokenOf(await world.secret(tenant.staging, 'checkout'));
    expect(tokenOf(await world.secret(shared, 'checkout'))).toBe(token);
    expect(await world.hasSecret(tenant.eu, 'checkout')).toBe(true);
  });

  await world.apply(tenant.builder);
  await world.whenReady(`${tenant.authors}/checkout`);
  await eventually(async () => expect(await world.hasSecret(shared, 'checkout')).toBe(false));
});

test("the operator's own namespace is never served, and project and key say so", async () => {
  const tenant = await world.tenant();
  await world.apply(tenant.builder.changed('production', { namespaces: [OPERATOR_NAMESPACE, tenant.eu] }));
  const project = await world.whenProject(tenant.project, {
    status: 'False',
    reason: 'NamespaceReserved',
    message: `Environment "production": namespace "${OPERATOR_NAMESPACE}" is the operator's own and never served`,
  });
  expect(project.status?.environments?.[1]).toMatchObject({ live: [tenant.eu], counts: { live: 1 } });
  await world.apply(checkout(tenant));
  // The first report may come while the other namespace is still delivered to.
  await eventually(async () => {
    const key = await world.whenKey(`${tenant.authors}/checkout`, { status: 'False', reason: 'NamespaceReserved' });
    expect(key.status?.environments?.[1]?.namespaces).toMatchObject([
      { name: OPERATOR_NAMESPACE, success: false, reason: 'NamespaceReserved' },
      { name: tenant.eu, success: true },
    ]);
  });
  expect(await world.hasSecret(OPERATOR_NAMESPACE, 'checkout')).toBe(false);

  await world.apply(tenant.builder.changed('production', { namespaces: [tenant.eu] }));
  await world.whenReady(`${tenant.authors}/checkout`);
});

test('a key suspended before it was issued says that there are no Secrets, and is issued when suspension ends', async () => {
  const tenant = await world.tenant();
  const ref = `${tenant.authors}/checkout`;
  await world.apply(checkout(tenant).with({ suspended: true }));
  await world.whenKey(ref, {
    status: 'True',
    reason: 'Suspended',
    message: /nothing is in force: there are no Secrets/,
  });
  expect(await deliveredTo(tenant)).toEqual([]);

  await world.apply(checkout(tenant));
  await world.whenReady(ref);
  expect(await deliveredTo(tenant)).toHaveLength(3);
});

test('an edit of status is undone', async () => {
  const tenant = await world.tenant();
  const ref = `${tenant.authors}/checkout`;
  await world.apply(checkout(tenant));
  const { status } = await world.whenReady(ref);
  await world.whenProject(tenant.project, { status: 'True' });
  const key = await world.key(ref);
  const environments = key.status?.environments?.map((environment) => ({ ...environment, versions: [] })) ?? [];
  await world.client.updateStatus(API_KEYS, {
    ...key,
    status: { ...status, state: 'Revoked', scopes: ['everything'], version: 99, environments },
  });
  await eventually(async () => expect((await world.key(ref)).status).toEqual(status));

  const project = await world.project(tenant.project);
  await world.client.updateStatus(KEY_PROJECTS, { ...project, status: { ...project.status, environments: [] } });
  await eventually(async () =>
    expect((await world.project(tenant.project)).status?.environments).toEqual(project.status?.environments),
  );
});

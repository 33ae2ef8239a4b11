import { afterAll, beforeAll, expect, test } from 'vitest';
import { API_KEYS } from '../../../src/api/resources.ts';
import { hashToken } from '../../../src/keys/hash.ts';
import { parseToken } from '../../../src/keys/parse-token.ts';
import { SECRETS } from '../../../src/kube/objects/resource.ts';
import { callAs } from '../../support/cluster/api-request.ts';
import { eventually } from '../../support/harness/eventually.ts';
import { recordWatch } from '../../support/harness/watch-recorder.ts';
import { apiKey, keyProject } from '../../support/builders.ts';
import { IssuedKey } from '../../support/issued-key.ts';
import { KeyWorld, conditionOf, ledgerOf, sealedIn, textOf, tokenOf, type Tenant } from '../../support/key-world.ts';

let world: KeyWorld;

beforeAll(async () => {
  world = await KeyWorld.start();
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

function checkout({ authors, project }: Tenant): ReturnType<typeof apiKey> {
  return apiKey(`${authors}/checkout`, project).environment('staging').environment('production');
}

/** The writes of the operator that are held against N + 5: keys and Secrets, records among them. */
async function countedWrites(): Promise<Readonly<Record<string, number>>> {
  const seen = await world.writesSeen();
  return Object.fromEntries([...seen].filter(([key]) => / (secrets|apikeys|apikeys\/status)$/.test(key)));
}

function difference(
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const entries = Object.entries(after).map(([key, count]): [string, number] => [key, count - (before[key] ?? 0)]);
  return Object.fromEntries(entries.filter(([, count]) => count > 0));
}

test('an ApiKey is delivered to every namespace of every environment, each environment with a token of its own', async () => {
  const given = await IssuedKey.issue(world, undefined, (project) => project.with({ tokenPrefix: 'acme' }));
  const [staging = '', eu = '', us = ''] = await given.tokens();
  expect(us).toBe(eu);
  expect(eu).not.toBe(staging);

  const secret = await world.secret(given.tenant.staging, 'checkout');
  expect(parseToken(staging)).toMatchObject({ prefix: 'acme_sk_staging', keyId: textOf(secret, 'key-id') });
  expect(secret).toMatchObject({ type: 'Opaque' });
  expect(Object.keys(secret.data ?? {}).toSorted()).toEqual(['key-id', 'token']);

  const key = await given.object();
  expect(key.status).toMatchObject({
    state: 'Active',
    version: 1,
    deployment: { success: true, ready: 3, total: 3 },
    summary: { environments: '2/2' },
  });
  const shown = key.status?.environments?.map(({ name, versions }) => [name, versions?.map(({ hash }) => hash)]);
  expect(shown).toEqual([
    ['staging', [hashToken(staging)]],
    ['production', [hashToken(eu)]],
  ]);
  expect(JSON.stringify(key)).not.toContain(eu.slice(-20));
});

test('conditions of a delivered ApiKey are True for its generation, and nothing says that work is left', async () => {
  const tenant = await world.tenant();
  await world.apply(checkout(tenant));
  const { status, metadata } = await world.whenReady(`${tenant.authors}/checkout`);
  expect(status?.observedGeneration).toBe(metadata.generation);
  expect(status?.conditions?.map(({ type, status: value, reason }) => `${type} ${value} ${reason}`)).toEqual([
    'Ready True Delivered',
    'Accepted True Valid',
    'Issued True Generated',
    'Deployed True AllReady',
  ]);
});

test('first issue never reports Ready False, and publishes a hash before any Secret carries its token', async () => {
  const tenant = await world.tenant();
  await using keys = await recordWatch(world.client, API_KEYS, { namespace: tenant.authors });
  await using secrets = await recordWatch(world.client, SECRETS);
  await world.apply(checkout(tenant));
  await world.whenReady(`${tenant.authors}/checkout`);

  // The watch may hear of it a little later than a read.
  await eventually(() => expect(conditionOf(keys.events.at(-1)?.object ?? {})?.status).toBe('True'));
  const statuses = keys.events.map(({ object }) => conditionOf(object)?.status);
  expect(statuses).not.toContain('False');
  const delivered = secrets.events.filter(
    ({ type, object }) => type === 'ADDED' && object.metadata.name === 'checkout',
  );
  expect(delivered).toHaveLength(3);
  for (const { object } of delivered) {
    const published = keys.events.find(({ object: key }) =>
      JSON.stringify(key.status ?? {}).includes(hashToken(tokenOf(object))),
    );
    const order = [published?.object, object].map((each) => Number(each?.metadata.resourceVersion));
    expect(order[0]).toBeLessThan(order[1] ?? 0);
  }
});

test('first issue of N Secrets is N + 5 writes', async () => {
  const tenant = await world.tenant();
  await world.whenProject(tenant.project, { status: 'True' });
  const before = await countedWrites();
  await world.apply(checkout(tenant));
  await world.whenReady(`${tenant.authors}/checkout`);
  const byVerb = difference(before, await countedWrites());
  // The finalizer, record and Secrets, publishing and reporting status, the record without tokens; APPLY is the test's.
  expect(byVerb).toEqual({
    'APPLY apikeys': 1,
    'PATCH apikeys': 1,
    'POST secrets': 1 + 3,
    'PUT apikeys/status': 2,
    'PUT secrets': 1,
  });
});

test('a project applied together with its key costs no write more', async () => {
  const { authors, staging, project } = await world.tenant();
  const together = `${project}-too`;
  const before = await countedWrites();
  // Seen at the same moment, the key finds its project there and not claimed.
  await world.whileStopped(async () => {
    await world.apply(keyProject(together).authors(authors).environment('staging', [staging]));
    await world.apply(apiKey(`${authors}/together`, together).environment('staging'));
  });
  await world.whenReady(`${authors}/together`);
  expect(difference(before, await countedWrites())).toEqual({
    'APPLY apikeys': 1,
    'PATCH apikeys': 1,
    'POST secrets': 1 + 1,
    'PUT apikeys/status': 2,
    'PUT secrets': 1,
  });
});

test('a resync of a settled cluster writes nothing', async () => {
  const tenant = await world.tenant();
  await world.apply(checkout(tenant));
  await world.apply(checkout(tenant).with({ recoverable: true, signingSecret: {} }));
  await world.whenReady(`${tenant.authors}/checkout`);
  // A report on a project waits up to 5 s for more to say.
  await eventually(
    async () =>
      expect((await world.project(tenant.project)).status?.keys).toMatchObject([{ count: 1, state: 'Active' }]),
    { timeoutMs: 15_000 },
  );
  const before = await world.writesSeen();
  const reconciled = await reconcileTotal();
  world.operator.resync();
  await eventually(async () => expect(await reconcileTotal()).toBeGreaterThan(reconciled));
  await eventually(async () => expect(await queueDepth()).toBe(0));
  const after = await world.writesSeen();
  const written = [...after].filter(([key, count]) => count > (before.get(key) ?? 0)).map(([key]) => key);
  expect(written.filter((key) => !key.includes('leases') && !key.includes('endpointslices'))).toEqual([]);
});

async function reconcileTotal(): Promise<number> {
  return sumOf(/^controller_runtime_reconcile_total\{controller="key"[^}]*\} (\d+)$/gm);
}

async function queueDepth(): Promise<number> {
  return sumOf(/^(?:workqueue_depth|controller_runtime_active_workers)\{[^}]*\} (\d+)$/gm);
}

async function sumOf(pattern: RegExp): Promise<number> {
  return [...(await world.operator.metricsText()).matchAll(pattern)].reduce((sum, [, count]) => sum + Number(count), 0);
}

test('the record of a key that is not recoverable forgets the token once it is delivered', async () => {
  const tenant = await world.tenant();
  await world.apply(checkout(tenant));
  await world.whenReady(`${tenant.authors}/checkout`);
  const record = await world.record(tenant.project, 'checkout');
  expect(sealedIn(record)).toEqual([]);
  const token = tokenOf(await world.secret(tenant.eu, 'checkout'));
  expect(Buffer.from(JSON.stringify(record.data)).includes(token.slice(-20))).toBe(false);
  expect(ledgerOf(record)).toMatchObject({ lastVersion: 1, namespace: tenant.authors });
});

test('the record of a recoverable key keeps the token sealed, and in clear nowhere', async () => {
  const tenant = await world.tenant();
  await world.apply(checkout(tenant).with({ recoverable: true }));
  await world.whenReady(`${tenant.authors}/checkout`);
  const record = await world.record(tenant.project, 'checkout');
  expect(sealedIn(record)).toEqual(['production/1/token', 'staging/1/token']);
  const token = tokenOf(await world.secret(tenant.eu, 'checkout'));
  const stored = Object.values(record.data ?? {}).map((value) => Buffer.from(value, 'base64').toString('latin1'));
  expect(stored.filter((text) => text.includes(token.slice(-20)))).toEqual([]);
});

test('every output is a Secret of its own with the same token, under the prefix of the project', async () => {
  const outputs = [{ name: 'app' }, { name: 'batch', secretName: 'nightly' }];
  const given = await IssuedKey.issue(
    world,
    (key) => key.with({ outputs }),
    (project) => project.policy({ secretNamePrefix: 'key-' }),
  );
  const tokens = await given.tokens('key-checkout');
  expect(tokens).not.toContain('');
  expect(await given.tokens('key-nightly')).toEqual(tokens);
});

test('an output that is renamed is delivered under the new name before the old Secret goes', async () => {
  const tenant = await world.tenant();
  await world.apply(checkout(tenant));
  await world.whenReady(`${tenant.authors}/checkout`);
  const token = tokenOf(await world.secret(tenant.eu, 'checkout'));
  await using secrets = await recordWatch(world.client, SECRETS, { namespace: tenant.eu });
  await world.apply(checkout(tenant).with({ outputs: [{ name: 'app', secretName: 'renamed' }] }));
  await secrets.until((events) => events.some(({ type }) => type === 'DELETED'));
  expect(secrets.events.map(({ type, object }) => `${type} ${object.metadata.name}`)).toEqual([
    'ADDED renamed',
    'DELETED checkout',
  ]);
  expect(tokenOf(await world.secret(tenant.eu, 'renamed'))).toBe(token);
  await world.whenReady(`${tenant.authors}/checkout`);
});

test('a signing secret is delivered when asked for, with its public id in status', async () => {
  const tenant = await world.tenant();
  await world.apply(checkout(tenant).with({ signingSecret: {} }));
  const { status } = await world.whenReady(`${tenant.authors}/checkout`);
  const [eu, us, staging] = await Promise.all(
    [tenant.eu, tenant.us, tenant.staging].map(async (namespace) =>
      textOf(await world.secret(namespace, 'checkout'), 'signing-secret'),
    ),
  );
  expect(eu).toMatch(/^whsec_/);
  expect(Buffer.from(eu?.slice('whsec_'.length) ?? '', 'base64')).toHaveLength(32);
  expect(us).toBe(eu);
  expect(staging).not.toBe(eu);
  const ids = status?.environments?.map(({ versions }) => versions?.[0]?.signingSecretId);
  expect(new Set(ids).size).toBe(2);
  expect(ids).not.toContain(undefined);
  // It cannot be read back from a hash, so it stays sealed.
  expect(sealedIn(await world.record(tenant.project, 'checkout'))).toEqual([
    'production/1/signingSecret',
    'staging/1/signingSecret',
  ]);
});

test('expiresAt is delivered and shown per environment, the earlier time where there are two', async () => {
  const tenant = await world.tenant();
  await world.apply(
    apiKey(`${tenant.authors}/checkout`, tenant.project)
      .environment('staging')
      .environment('production', { expiresAt: '2098-06-30T00:00:00Z' })
      .with({ expiresAt: '2099-12-31T00:00:00Z' }),
  );
  const { status } = await world.whenReady(`${tenant.authors}/checkout`);
  expect(textOf(await world.secret(tenant.staging, 'checkout'), 'expires-at')).toBe('2099-12-31T00:00:00Z');
  expect(textOf(await world.secret(tenant.eu, 'checkout'), 'expires-at')).toBe('2098-06-30T00:00:00Z');
  expect(status?.environments?.map(({ versions }) => versions?.[0]?.expiresAt)).toEqual([
    '2099-12-31T00:00:00Z',
    '2098-06-30T00:00:00Z',
  ]);
  expect(status).toMatchObject({ expiresAt: '2098-06-30T00:00:00Z', summary: { expires: '2098-06-30' } });
});

test('edits of a delivered key never report Ready False on their way', async () => {
  const tenant = await world.tenant((project) => project.policy({ scopes: ['charges.*'] }));
  const ref = `${tenant.authors}/checkout`;
  const one = apiKey(ref, tenant.project).environment('staging');
  await world.apply(one);
  await world.whenReady(ref);
  await using keys = await recordWatch(world.client, API_KEYS, { namespace: tenant.authors });
  const edits = [
    one.environment('production'),
    one.environment('production').with({ signingSecret: {}, scopes: ['charges.read'] }),
    one.environment('production').with({ outputs: [{ name: 'app', secretName: 'renamed' }] }),
    one.with({ expiresAt: '2098-01-01T00:00:00Z', recoverable: true }),
    one.with({ suspended: true }),
    one,
  ];
  for (const edit of edits) {
    await world.apply(edit);
    await world.whenReady(ref);
  }
  await world.remove(API_KEYS, { namespace: tenant.authors, name: 'checkout' });
  await world.gone(API_KEYS, { namespace: tenant.authors, name: 'checkout' });
  const verdicts = keys.events.flatMap(({ object }) => conditionOf(object) ?? []);
  expect(verdicts.filter(({ status }) => status === 'False')).toEqual([]);
  expect(verdicts.length).toBeGreaterThan(edits.length);
});

test('scopes that the project allows are granted, and changed without a Secret being written', async () => {
  const tenant = await world.tenant((project) => project.policy({ scopes: ['charges.*', 'refunds.read'] }));
  await world.apply(checkout(tenant).with({ scopes: ['charges.read'] }));
  expect((await world.whenReady(`${tenant.authors}/checkout`)).status?.scopes).toEqual(['charges.read']);
  const before = (await world.secret(tenant.eu, 'checkout')).metadata.resourceVersion;
  await world.apply(checkout(tenant).with({ scopes: ['charges.write', 'refunds.read'] }));
  expect((await world.whenReady(`${tenant.authors}/checkout`)).status?.scopes).toEqual([
    'charges.write',
    'refunds.read',
  ]);
  expect((await world.secret(tenant.eu, 'checkout')).metadata.resourceVersion).toBe(before);
});

test('kubectl get shows environments, key id and readiness', async () => {
  const tenant = await world.tenant();
  await world.apply(checkout(tenant));
  const { status } = await world.whenReady(`${tenant.authors}/checkout`);
  const table = (await callAs(
    { ...world.cluster.connection },
    { path: `/apis/keywright.dev/v1alpha1/namespaces/${tenant.authors}/apikeys`, accept: TABLE },
  )) as { columnDefinitions: { name: string }[]; rows: { cells: unknown[] }[] };
  const row = Object.fromEntries(
    table.columnDefinitions.map(({ name }, index) => [name.toLowerCase(), table.rows[0]?.cells[index]]),
  );
  expect(row).toMatchObject({ name: 'checkout', project: tenant.project, state: 'Active', ready: 'True' });
  expect(Object.values(row)).toContain('2/2');
  expect(Object.values(row)).toContain(status?.summary?.keyId);
});

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';

test('events tell of the version that was minted and of the end of delivery, once each', async () => {
  const tenant = await world.tenant();
  await world.apply(checkout(tenant));
  await world.whenReady(`${tenant.authors}/checkout`);
  const events = await eventually(async () => {
    const seen = await world.events({ namespace: tenant.authors, name: 'checkout' });
    expect(seen.map(({ reason }) => reason)).toContain('Delivered');
    return seen;
  });
  expect(events.map(({ type, reason, note }) => `${type} ${reason} ${note}`).toSorted()).toEqual([
    'Normal Delivered Delivered to 3 of 3 namespaces',
    'Normal Minted Minted version 1 for environment "staging", "production"',
  ]);
});

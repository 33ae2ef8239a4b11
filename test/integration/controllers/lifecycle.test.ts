/** Namespaces, projects and keys that come, go, hang in deletion or may not be written to. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FINALIZER } from '../../../src/api/labels.ts';
import { API_KEYS, CRYPTO_KEYS, KEY_PROJECTS } from '../../../src/api/resources.ts';
import { INSTALLATION_SECRET } from '../../../src/installation/installation-secret.ts';
import { CUSTOM_RESOURCE_DEFINITIONS, SECRETS } from '../../../src/kube/objects/resource.ts';
import { exhaustQuota, hangInDeletion, refuseSecrets } from '../../support/blocked-namespaces.ts';
import { apiKey, keyProject } from '../../support/builders.ts';
import { uniqueName } from '../../support/harness.ts';
import { applyManifests } from '../../support/harness/apply-manifests.ts';
import { consistently, eventually } from '../../support/harness/eventually.ts';
import { recordWatch } from '../../support/harness/watch-recorder.ts';
import { IssuedCryptoKey } from '../../support/issued-crypto-key.ts';
import { IssuedKey, NO_TOKENS } from '../../support/issued-key.ts';
import { KeyWorld, conditionOf, sealedIn, textOf, tokenOf, type Tenant } from '../../support/key-world.ts';
import { startOperator } from '../../support/operator.ts';

const SETTLE_MS = 1_000;

let world: KeyWorld;

beforeAll(async () => {
  world = await KeyWorld.start();
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

describe('a namespace', () => {
  test('that is being deleted is reported, holds no other up, and is served with the same token when it is back', async () => {
    const given = await IssuedKey.issue(world);
    const [, token] = await given.tokens();
    const letGo = await hangInDeletion(world, given.tenant.eu);
    const key = await world.whenKey(given.ref, {
      status: 'False',
      reason: 'NamespaceTerminating',
      message: given.tenant.eu,
    });
    expect(conditionOf(key, 'Stalled')).toBeUndefined();
    await world.whenProject(given.tenant.project, { status: 'False', reason: 'NamespaceTerminating' });
    await world.apply(given.builder.with({ signingSecret: {} }));
    await eventually(async () =>
      expect((await world.secret(given.tenant.us, 'checkout')).data).toHaveProperty('signing-secret'),
    );
    await letGo();
    await world.createNamespace(given.tenant.eu);
    await world.whenReady(given.ref);
    expect((await given.tokens())[1]).toBe(token);
    expect((await given.object()).status?.version).toBe(1);
  });

  test('that was the only one of its environment takes the token with it; its successor gets a new version', async () => {
    const given = await IssuedKey.issue(world);
    const before = await given.tokens();
    await world.removeNamespace(given.tenant.staging);
    await world.whenKey(given.ref, { reason: 'NamespaceMissing' });
    expect((await given.ledger()).lastVersion).toBe(1);

    await world.createNamespace(given.tenant.staging);
    await world.whenReady(given.ref);
    const after = await given.tokens();
    expect(after.slice(1)).toEqual(before.slice(1));
    expect(after[0]).not.toBe(before[0]);
    expect((await given.object()).status?.version).toBe(2);
    const events = await world.events({ namespace: given.tenant.authors, name: 'checkout' });
    expect(events).toContainEqual(expect.objectContaining({ type: 'Warning', reason: 'MaterialLost' }));
  });

  test('in which an admission policy refuses Secrets is reported as Forbidden, and served when it no longer does', async () => {
    const tenant = await world.tenant();
    const permit = await refuseSecrets(world, tenant.eu, 'CREATE');
    const ref = `${tenant.authors}/checkout`;
    await world.apply(apiKey(ref, tenant.project).environment('staging').environment('production'));
    const key = await world.whenKey(ref, { status: 'False', reason: 'Forbidden', message: tenant.eu });
    expect(conditionOf(key, 'Stalled')).toBeUndefined();
    const token = tokenOf(await world.secret(tenant.us, 'checkout'));
    expect(await world.hasSecret(tenant.staging, 'checkout')).toBe(true);

    await permit();
    await world.whenReady(ref, { timeoutMs: 15_000 });
    expect(tokenOf(await world.secret(tenant.eu, 'checkout'))).toBe(token);
  });

  test('that refuses a renamed Secret keeps the one it has until the new one is there', async () => {
    const given = await IssuedKey.issue(world);
    const before = await given.tokens();
    const permit = await refuseSecrets(world, given.tenant.eu, 'CREATE');
    await world.apply(given.builder.with({ outputs: [{ name: 'app', secretName: 'renamed' }] }));
    await world.whenKey(given.ref, { status: 'False', reason: 'Forbidden', message: given.tenant.eu });
    await eventually(async () => expect(await given.tokens()).toEqual(['', before[1], '']));
    await consistently(async () => expect(await given.tokens()).toEqual(['', before[1], '']), SETTLE_MS);

    await permit();
    await world.whenReady(given.ref, { timeoutMs: 15_000 });
    await eventually(async () => expect(await given.tokens()).toEqual(NO_TOKENS));
    expect(await given.tokens('renamed')).toEqual(before);
  });

  test('whose quota is used up is reported as QuotaExceeded, and served when there is room', async () => {
    const tenant = await world.tenant();
    const makeRoom = await exhaustQuota(world, tenant.eu);
    const ref = `${tenant.authors}/checkout`;
    await world.apply(apiKey(ref, tenant.project).environment('production'));
    await world.whenKey(ref, { status: 'False', reason: 'QuotaExceeded' });
    await makeRoom();
    await world.whenReady(ref, { timeoutMs: 15_000 });
    expect(await world.hasSecret(tenant.eu, 'checkout')).toBe(true);
  });

  test('is served when its labels select it, and withdrawn from when they no longer do', async () => {
    const labels = { tenant: uniqueName('shop'), tier: 'prod' };
    const given = await IssuedKey.issue(world, undefined, (project) =>
      project.environment('canary', [], { namespaceSelector: { matchLabels: labels } }),
    );
    const [, token] = await given.tokens();
    const name = await world.createNamespace(`${given.tenant.project}-selected`);
    await world.apply(given.builder.environment('canary'));
    await world.whenKey(given.ref, {
      status: 'Unknown',
      reason: 'NamespaceMissing',
      message: /"canary" maps to no namespace yet/,
    });

    await world.createNamespace(name, labels);
    await world.whenReady(given.ref);
    expect(await world.hasSecret(name, 'checkout')).toBe(true);
    await eventually(async () =>
      expect((await world.project(given.tenant.project)).status?.environments?.at(-1)).toMatchObject({
        counts: { live: 1 },
        live: [name],
      }),
    );

    await world.createNamespace(name, { ...labels, tier: 'test' });
    await eventually(async () => expect(await world.hasSecret(name, 'checkout')).toBe(false));
    expect((await given.tokens())[1]).toBe(token);
  });
});

describe('a KeyProject', () => {
  test('reports the namespaces that are there, missing and terminating, and its keys by state', async () => {
    const given = await IssuedKey.issue(world, undefined, (project) => project.environment('canary', ['nowhere']));
    await world.apply(given.builder.named('paused').with({ suspended: true }));
    const project = await world.whenProject(given.tenant.project, { status: 'Unknown', reason: 'NamespaceMissing' });
    expect(project.status?.environments?.map(({ name, counts }) => ({ name, ...counts }))).toEqual([
      { name: 'staging', live: 1, missing: 0, terminating: 0 },
      { name: 'production', live: 2, missing: 0, terminating: 0 },
      { name: 'canary', live: 0, missing: 1, terminating: 0 },
    ]);
    await eventually(
      async () =>
        expect((await world.project(given.tenant.project)).status?.keys).toEqual([
          { kind: 'ApiKey', state: 'Active', count: 1 },
          { kind: 'ApiKey', state: 'Suspended', count: 1 },
        ]),
      { timeoutMs: 15_000 },
    );
  });

  test('that is deleted waits for its keys, which stay delivered, and goes after the last one', async () => {
    const given = await IssuedKey.issue(world);
    const before = await given.tokens();
    await world.remove(KEY_PROJECTS, { name: given.tenant.project });
    await world.whenProject(given.tenant.project, {
      status: 'False',
      reason: 'InUse',
      message: /hold it: 1;/,
    });
    await world.whenKey(given.ref, { status: 'False', reason: 'ProjectTerminating' });
    const late = apiKey(`${given.tenant.authors}/late`, given.tenant.project).environment('staging');
    await world.apply(late);
    await world.whenKey(`${given.tenant.authors}/late`, { status: 'False', reason: 'ProjectTerminating' });
    await consistently(async () => expect(await given.tokens()).toEqual(before), SETTLE_MS);

    await given.remove();
    expect(await given.tokens()).toEqual(NO_TOKENS);
    // The key that was never issued has no record and holds nothing.
    await world.gone(KEY_PROJECTS, { name: given.tenant.project });
  });

  test('whose finalizer is taken off goes, its key shows what stays, and is Ready with the same token once it is applied again', async () => {
    const given = await IssuedKey.issue(world);
    const before = await given.tokens();
    await world.remove(KEY_PROJECTS, { name: given.tenant.project });
    await world.whenProject(given.tenant.project, { status: 'False', reason: 'InUse' });
    await world.client.patch(KEY_PROJECTS, { name: given.tenant.project }, { metadata: { finalizers: null } });
    const key = await world.whenKey(given.ref, { status: 'Unknown', reason: 'ProjectNotFound' });
    expect(key.status).toMatchObject({
      deployment: { success: true, ready: 3, total: 3 },
      summary: { environments: '2/2' },
    });
    expect(conditionOf(key, 'Deployed')).toMatchObject({ status: 'True', reason: 'AllReady' });

    await world.apply(given.tenant.builder);
    await world.whenReady(given.ref);
    expect(await given.tokens()).toEqual(before);
  });

  test('of another installation is left alone with its keys, and taken over when its annotation hands it over', async () => {
    const own = (await world.project((await world.tenant()).project)).metadata.name;
    const { status } = await world.whenProject(own, { status: 'True' });
    const installation = status?.installation ?? '';
    const given = await IssuedKey.declare(world, undefined, (project) =>
      project.annotated({ 'keywright.dev/installation': 'ffffffffffffffffffffffffffffffff' }),
    );
    await consistently(async () => {
      expect(await given.tokens()).toEqual(NO_TOKENS);
      expect((await world.project(given.tenant.project)).metadata.finalizers).toBeUndefined();
    }, SETTLE_MS);
    await world.apply(given.tenant.builder.annotated({ 'keywright.dev/installation': installation }));
    await world.whenReady(given.ref);
  });

  test('that is handed over to another installation is let alone with what is delivered', async () => {
    const given = await IssuedKey.issue(world);
    const before = await given.tokens();
    await world.apply(
      given.tenant.builder.annotated({ 'keywright.dev/installation': 'ffffffffffffffffffffffffffffffff' }),
    );
    await world.whenProject(given.tenant.project, { status: 'False', reason: 'ClaimedElsewhere' });
    await world.apply(given.builder.with({ signingSecret: {} }));
    await consistently(async () => {
      expect(await given.tokens()).toEqual(before);
      expect((await world.secret(given.tenant.eu, 'checkout')).data).not.toHaveProperty('signing-secret');
    }, SETTLE_MS);

    const { installation } = (await world.project(given.tenant.project)).status ?? {};
    await world.apply(given.tenant.builder.annotated({ 'keywright.dev/installation': installation ?? '' }));
    await world.whenReady(given.ref);
    expect(await given.tokens()).toEqual(before);
    expect((await world.secret(given.tenant.eu, 'checkout')).data).toHaveProperty('signing-secret');
  });

  test('that is handed over to an installation that does not exist goes when it is deleted, with its keys, and every Secret stays', async () => {
    const given = await IssuedKey.issue(world);
    const other = await IssuedKey.issue(world);
    const before = await given.tokens();
    for (const { tenant } of [given, other]) await handOver(tenant, 'ffffffffffffffffffffffffffffffff');
    await given.remove();
    await world.remove(KEY_PROJECTS, { name: given.tenant.project });
    await world.gone(KEY_PROJECTS, { name: given.tenant.project });
    // The project first: its key is frozen, and still there.
    await world.remove(KEY_PROJECTS, { name: other.tenant.project });
    await world.gone(KEY_PROJECTS, { name: other.tenant.project });
    await world.whenKey(other.ref, { reason: 'ProjectNotFound' });
    expect(await other.tokens()).not.toContain('');

    expect(await given.tokens()).toEqual(before);
    expect((await given.ledger()).phase).toBe('Active');
    const regarding = { namespace: given.tenant.authors, name: 'checkout' };
    const released = expect.objectContaining({ type: 'Warning', reason: 'Released' }) as unknown;
    await eventually(async () => expect(await world.events(regarding)).toContainEqual(released));
    await eventually(async () => expect(await world.events({ name: given.tenant.project })).toContainEqual(released));

    // Declared again, the project is ours again, and the key takes up what stayed.
    await world.apply(given.tenant.builder);
    await world.apply(given.builder);
    await world.whenReady(given.ref);
    expect(await given.tokens()).toEqual(before);
  });

  test('that is handed over to another installation leaves the deletion of its keys to that one', async () => {
    const given = await IssuedKey.issue(world);
    const before = await given.tokens();
    const second = { cluster: world.cluster, namespace: 'keywright-second', flags: ['--leader-elect=false'] };
    const first = await startOperator(second);
    const id = await eventually(
      async () => textOf(await world.secret(second.namespace, INSTALLATION_SECRET), 'id') ?? '',
    );
    await handOver(given.tenant, id);
    // It issues the key anew, and finds Secrets that it cannot prove to be its own.
    await world.whenKey(given.ref, { status: 'False', reason: 'SecretConflict' });
    await eventually(async () => expect((await world.project(given.tenant.project)).status?.installation).toBe(id));
    await first.stop();

    const ref = { namespace: given.tenant.authors, name: 'checkout' };
    await world.remove(API_KEYS, ref);
    await consistently(async () => expect((await given.object()).metadata.finalizers).toEqual([FINALIZER]), SETTLE_MS);
    await using _again = await startOperator(second);
    await world.gone(API_KEYS, ref);
    expect(await given.tokens()).toEqual(before);
  });

  test('keeps its claim when the annotation is removed by whoever applies it', async () => {
    const { project } = await world.tenant();
    await world.whenProject(project, { status: 'True' });
    const claim = (await world.project(project)).metadata.annotations;
    await world.edit(KEY_PROJECTS, { name: project }, (object) => ({
      ...object,
      metadata: { ...object.metadata, annotations: {} },
    }));
    await eventually(async () => expect((await world.project(project)).metadata.annotations).toEqual(claim));
  });
});

async function handOver({ builder, project }: Tenant, installation: string): Promise<void> {
  await world.apply(builder.annotated({ 'keywright.dev/installation': installation }));
  await eventually(async () =>
    expect((await world.project(project)).metadata.annotations?.['keywright.dev/installation']).toBe(installation),
  );
}

describe('deletion of an ApiKey', () => {
  test('tells verifiers before a Secret goes, and leaves a tombstone that seals the tokens for the window', async () => {
    const given = await IssuedKey.issue(world);
    await using keys = await recordWatch(world.client, API_KEYS, { namespace: given.tenant.authors });
    await using secrets = await recordWatch(world.client, SECRETS);
    await given.remove();
    const refused = keys.events.find(({ object }) =>
      object.status?.environments?.every(({ versions }) => versions?.length === 0),
    );
    const gone = secrets.events.filter(({ type, object }) => type === 'DELETED' && object.metadata.name === 'checkout');
    expect(gone).toHaveLength(3);
    for (const { object } of gone) {
      expect(Number(refused?.object.metadata.resourceVersion)).toBeLessThan(Number(object.metadata.resourceVersion));
    }
    expect(refused?.object.status?.state).toBe('Suspended');
    expect(await given.ledger()).toMatchObject({ phase: 'Withdrawn', environments: [{ places: [] }, { places: [] }] });
    expect(sealedIn(await given.record())).toEqual(['production/1/token', 'staging/1/token']);
  });

  test('takes off no finalizer of others, nor does putting ours back', async () => {
    const given = await IssuedKey.issue(world);
    const ref = { namespace: given.tenant.authors, name: 'checkout' };
    const replaced = (finalizers: readonly string[]): Promise<unknown> =>
      world.edit(API_KEYS, ref, (object) => ({ ...object, metadata: { ...object.metadata, finalizers } }));
    const theirs = ['example.com/one', 'example.com/two'];
    await replaced(theirs);
    await eventually(async () => expect((await given.object()).metadata.finalizers).toEqual([...theirs, FINALIZER]));
    await world.remove(API_KEYS, ref);
    await eventually(async () => expect((await given.object()).metadata.finalizers).toEqual(theirs));
    await replaced([]);
    await world.gone(API_KEYS, ref);
  });

  test('of one that was never issued leaves no record', async () => {
    const given = await IssuedKey.declare(world, (key) => key.environment('unknown'));
    await world.whenKey(given.ref, { status: 'False', reason: 'EnvironmentNotFound' });
    await given.remove();
    await expect(given.record()).rejects.toThrow('404');
  });

  test('does not wait for a namespace that is missing or hangs in deletion', async () => {
    const given = await IssuedKey.issue(world);
    await world.removeNamespace(given.tenant.us);
    const letGo = await hangInDeletion(world, given.tenant.eu);
    await given.remove();
    expect(await given.tokens()).toEqual(NO_TOKENS);
    await letGo();
  });

  test('does not wait for a namespace that refuses it: the Secret stays owed, and goes when it may', async () => {
    const given = await IssuedKey.issue(world);
    const [, token] = await given.tokens();
    const permit = await refuseSecrets(world, given.tenant.eu, 'DELETE');
    await given.remove();
    expect(await given.tokens()).toEqual(['', token, '']);
    expect((await given.ledger()).environments[1]?.places).toMatchObject([
      { namespace: given.tenant.eu, state: 'Owed' },
    ]);
    await permit();
    await eventually(async () => expect(await given.tokens()).toEqual(NO_TOKENS), { timeoutMs: 15_000 });
    await eventually(async () => expect((await given.ledger()).environments[1]?.places).toEqual([]));
  });

  test('followed by another type under its name is refused: the ledger remembers the type', async () => {
    const given = await IssuedKey.issue(world);
    await given.remove();
    await world.apply(given.builder.with({ type: 'Publishable' }));
    await world.whenKey(given.ref, { status: 'False', reason: 'TypeMismatch', message: /issued as Secret/ });
    await world.apply(given.builder.with({ type: 'Publishable' }).named('public'));
    await world.whenReady(`${given.tenant.authors}/public`);
    expect(await given.tokens('public')).not.toContain('');
    expect(await given.tokens()).toEqual(NO_TOKENS);
  });

  test('followed by a declaration under another project issues it there, and the old tombstone stays as it is', async () => {
    const given = await IssuedKey.issue(world);
    const before = await given.tokens();
    const other = `${given.tenant.project}-2`;
    const { authors, staging } = given.tenant;
    await world.apply(keyProject(other).authors(authors).environment('staging', [staging]));
    await given.remove();
    await world.apply(apiKey(given.ref, other).environment('staging'));
    await world.whenReady(given.ref);
    expect((await given.tokens())[0]).not.toBe(before[0]);
    expect(await given.ledger()).toMatchObject({ phase: 'Withdrawn', lastVersion: 1 });
  });
});

test('all CRDs being deleted at once go with their objects, whatever records say, withdraw no Secret, and what is applied again takes them up', async () => {
  const [given, crypto] = [await IssuedKey.issue(world), await IssuedCryptoKey.issue(world)];
  const [tokens, keys] = [await given.tokens(), await crypto.delivered()];
  const damaged = await IssuedKey.issue(world);
  const { metadata } = await damaged.record();
  const record = { namespace: metadata.namespace ?? '', name: metadata.name };
  await world.edit(SECRETS, record, (secret) => ({ ...secret, data: { ...secret.data, mac: '' } }));
  await world.whenKey(damaged.ref, { status: 'False', reason: 'RecordInvalid' });
  const names = [KEY_PROJECTS, API_KEYS, CRYPTO_KEYS].map(({ plural, group }) => `${plural}.${group}`);
  for (const name of names) await world.remove(CUSTOM_RESOURCE_DEFINITIONS, { name });
  for (const name of names) await world.gone(CUSTOM_RESOURCE_DEFINITIONS, { name }, { timeoutMs: 40_000 });
  expect(await given.tokens()).toEqual(tokens);
  expect(await crypto.delivered()).toEqual(keys);

  await applyManifests(world.cluster.connection, 'crds');
  for (const object of [given.tenant.builder, crypto.tenant.builder, given.builder, crypto.builder]) {
    await world.apply(object);
  }
  await world.whenReady(given.ref, { timeoutMs: 40_000 });
  await crypto.whenReady({ timeoutMs: 40_000 });
  expect(await given.tokens()).toEqual(tokens);
  expect(await crypto.delivered()).toEqual(keys);
  expect([(await given.ledger()).lastVersion, (await crypto.ledger()).lastVersion]).toEqual([1, 1]);
}, 150_000);

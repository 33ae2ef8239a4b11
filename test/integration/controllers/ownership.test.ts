import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { API_KEYS } from '../../../src/api/resources.ts';
import type { Secret } from '../../../src/kube/objects/objects.ts';
import { SECRETS } from '../../../src/kube/objects/resource.ts';
import { refuseSecrets } from '../../support/blocked-namespaces.ts';
import { apiKey, type ApiKeyBuilder } from '../../support/builders.ts';
import { consistently, eventually } from '../../support/harness/eventually.ts';
import { recordWatch } from '../../support/harness/watch-recorder.ts';
import { sumOf } from '../../support/prometheus-text.ts';
import { IssuedKey } from '../../support/issued-key.ts';
import { KeyWorld, conditionOf, textOf, tokenOf, type Tenant } from '../../support/key-world.ts';

const SETTLE_MS = 1_000;

let world: KeyWorld;

beforeAll(async () => {
  world = await KeyWorld.start();
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

function checkout({ authors, project }: Tenant): ApiKeyBuilder {
  return apiKey(`${authors}/checkout`, project).environment('staging').environment('production');
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

async function issued(
  change: (key: ApiKeyBuilder) => ApiKeyBuilder = (key) => key,
): Promise<Tenant & { readonly ref: string; readonly token: string }> {
  const tenant = await world.tenant();
  const ref = `${tenant.authors}/checkout`;
  await world.apply(change(checkout(tenant)));
  await world.whenReady(ref);
  return { ...tenant, ref, token: tokenOf(await world.secret(tenant.eu, 'checkout')) };
}

/** A Secret with everything on it that a delivered one has, as a copy would be made. */
function copyOf({ metadata, type, data }: Secret): Partial<Secret> {
  const { name, labels, annotations } = metadata;
  return {
    type: type ?? '',
    data: data ?? {},
    metadata: { name, ...(labels && { labels }), ...(annotations && { annotations }) },
  };
}

async function expectToStay(secret: Secret): Promise<void> {
  const { namespace = '', name } = secret.metadata;
  await consistently(async () => expect(await world.secret(namespace, name)).toEqual(secret), SETTLE_MS);
}

describe('a Secret of the wanted name that is not ours', () => {
  test('is left as it is, the other namespaces are served, and the key is delivered once it goes away', async () => {
    const tenant = await world.tenant();
    const foreign = await world.createSecret(tenant.eu, 'checkout', { data: { password: base64('theirs') } });
    await world.apply(checkout(tenant));
    const key = await world.whenKey(`${tenant.authors}/checkout`, {
      status: 'False',
      reason: 'SecretConflict',
      message: `Environment "production", namespace "${tenant.eu}": Secret "checkout" is not this key's`,
    });
    expect(conditionOf(key, 'Stalled')).toMatchObject({ status: 'True', reason: 'SecretConflict' });
    expect(key.status?.environments?.map(({ success }) => success)).toEqual([true, false]);
    expect(await world.hasSecret(tenant.staging, 'checkout')).toBe(true);
    expect(await world.hasSecret(tenant.us, 'checkout')).toBe(true);
    await expectToStay(foreign);

    await world.remove(SECRETS, { namespace: tenant.eu, name: 'checkout' });
    await world.whenReady(`${tenant.authors}/checkout`);
    const [eu, us] = [await world.secret(tenant.eu, 'checkout'), await world.secret(tenant.us, 'checkout')];
    expect(tokenOf(eu)).toBe(tokenOf(us));
  });

  test('is not ours for carrying the labels and annotations of a delivered Secret, its proof among them', async () => {
    const { eu, token, project, authors } = await issued();
    const delivered = copyOf(await world.secret(eu, 'checkout'));
    const planted = await world.createSecret(eu, 'second', { ...delivered, data: { token: base64('planted') } });
    await world.apply(apiKey(`${authors}/second`, project).environment('production'));
    await world.whenKey(`${authors}/second`, { status: 'False', reason: 'SecretConflict' });
    await expectToStay(planted);
    expect(tokenOf(await world.secret(eu, 'checkout'))).toBe(token);
  });

  test('is not ours for looking like one: our labels, a made up proof, and a token of the right form', async () => {
    const { eu, us, staging, project, authors } = await issued();
    const model = copyOf(await world.secret(eu, 'checkout'));
    const annotations = {
      ...model.metadata?.annotations,
      'keywright.dev/owner': `ApiKey/${authors}/second`,
      'keywright.dev/proof': `mac-1.${'A'.repeat(54)}`,
    };
    const lookAlike = await world.createSecret(us, 'second', {
      ...model,
      data: { token: base64(tokenOf(await world.secret(staging, 'checkout'))) },
      metadata: { name: 'second', labels: model.metadata?.labels ?? {}, annotations },
    });
    await world.apply(apiKey(`${authors}/second`, project).environment('production'));
    await world.whenKey(`${authors}/second`, { status: 'False', reason: 'SecretConflict' });
    await expectToStay(lookAlike);
  });

  test('is not ours for a proof that was moved there from another place of the key', async () => {
    const { eu, us, ref } = await issued();
    const moved = (await world.secret(eu, 'checkout')).metadata.annotations?.['keywright.dev/proof'] ?? '';
    await world.edit(SECRETS, { namespace: us, name: 'checkout' }, ({ metadata, ...secret }) => ({
      ...secret,
      metadata: { ...metadata, annotations: { ...metadata.annotations, 'keywright.dev/proof': moved } },
      data: { token: base64('planted') },
    }));
    await world.whenKey(ref, { status: 'False', reason: 'SecretConflict' });
    await expectToStay(await world.secret(us, 'checkout'));
  });

  test('is not ours where it is a copy of a delivered one in another namespace: nobody writes or deletes it', async () => {
    const { eu, authors, project } = await issued();
    const elsewhere = await world.createNamespace(`${project}-elsewhere`);
    const copy = await world.createSecret(elsewhere, 'checkout', copyOf(await world.secret(eu, 'checkout')));
    await expectToStay(copy);
    await world.remove(API_KEYS, { namespace: authors, name: 'checkout' });
    await world.gone(API_KEYS, { namespace: authors, name: 'checkout' });
    await expectToStay(copy);
  });
});

describe('consent on a Secret', () => {
  test('hands it over: it is overwritten as a whole and the annotation goes', async () => {
    const tenant = await world.tenant();
    await world.createSecret(tenant.eu, 'checkout', {
      data: { password: base64('theirs') },
      metadata: { name: 'checkout', labels: { app: 'theirs' }, annotations: adoptBy(tenant) },
    });
    await world.apply(checkout(tenant));
    await world.whenReady(`${tenant.authors}/checkout`);
    const adopted = await world.secret(tenant.eu, 'checkout');
    expect(Object.keys(adopted.data ?? {}).toSorted()).toEqual(['key-id', 'token']);
    expect(adopted.metadata.annotations).not.toHaveProperty('keywright.dev/adopt');
    expect(adopted.metadata.labels).toMatchObject({ app: 'theirs', 'keywright.dev/managed': 'true' });
    expect(tokenOf(adopted)).toBe(tokenOf(await world.secret(tenant.us, 'checkout')));
  });

  test('takes along the copies that other tools made of the data', async () => {
    const tenant = await world.tenant();
    const copies = {
      'kubectl.kubernetes.io/last-applied-configuration': '{"data":{}}',
      'kapp.k14s.io/original': '{"data":{}}',
      'kapp.k14s.io/original-diff-md5': 'c6e94dc94aed3401b5d0f26ed6c0bff3',
    };
    await world.createSecret(tenant.eu, 'checkout', {
      metadata: { name: 'checkout', annotations: { ...copies, ...adoptBy(tenant), 'example.com/note': 'kept' } },
    });
    await world.apply(checkout(tenant));
    await world.whenReady(`${tenant.authors}/checkout`);
    const { annotations } = (await world.secret(tenant.eu, 'checkout')).metadata;
    expect(annotations).toMatchObject({ 'example.com/note': 'kept' });
    for (const copy of Object.keys(copies)) expect(annotations).not.toHaveProperty([copy]);
  });

  test('given while the key is refused takes effect at once (flow l)', async () => {
    const tenant = await world.tenant();
    await world.createSecret(tenant.eu, 'checkout', { data: { password: base64('theirs') } });
    await world.apply(checkout(tenant));
    await world.whenKey(`${tenant.authors}/checkout`, { status: 'False', reason: 'SecretConflict' });
    await world.edit(SECRETS, { namespace: tenant.eu, name: 'checkout' }, (secret) => ({
      ...secret,
      metadata: { ...secret.metadata, annotations: adoptBy(tenant) },
    }));
    await world.whenReady(`${tenant.authors}/checkout`);
    expect(tokenOf(await world.secret(tenant.eu, 'checkout'))).toBe(tokenOf(await world.secret(tenant.us, 'checkout')));
  });

  test('takes effect at once though another namespace refuses the key again and again', async () => {
    const tenant = await world.tenant();
    await world.createSecret(tenant.eu, 'checkout', { data: { password: base64('theirs') } });
    const permit = await refuseSecrets(world, tenant.us, 'CREATE');
    await world.apply(checkout(tenant));
    await world.whenKey(`${tenant.authors}/checkout`, { status: 'False', reason: 'SecretConflict' });
    // The key's own next look is 8 s away then.
    await eventually(() => expect(failuresOf(`${tenant.authors}/checkout`)).toBeGreaterThanOrEqual(4));
    await world.edit(SECRETS, { namespace: tenant.eu, name: 'checkout' }, (secret) => ({
      ...secret,
      metadata: { ...secret.metadata, annotations: adoptBy(tenant) },
    }));
    await eventually(async () => expect(tokenOf(await world.secret(tenant.eu, 'checkout'))).not.toBe(''), {
      timeoutMs: 3_000,
    });
    await permit();
  });

  test.each([
    ['another key', (_: Tenant) => ({ 'keywright.dev/adopt': 'ApiKey/somewhere/else' }), []],
    ['this key while a controller owns it', adoptBy, [controllerReference()]],
  ])('for %s counts for nothing', async (_, annotations, ownerReferences) => {
    const tenant = await world.tenant();
    const foreign = await world.createSecret(tenant.eu, 'checkout', {
      metadata: { name: 'checkout', annotations: annotations(tenant), ownerReferences },
    });
    await world.apply(checkout(tenant));
    await world.whenKey(`${tenant.authors}/checkout`, { status: 'False', reason: 'SecretConflict' });
    // An owner that does not exist would let the garbage collector take it; the controller manager is given no time to.
    expect((await world.secret(tenant.eu, 'checkout')).metadata.resourceVersion).toBe(foreign.metadata.resourceVersion);
  });

  test('lets an immutable Secret of another type be made anew', async () => {
    const tenant = await world.tenant();
    const before = await world.createSecret(tenant.eu, 'checkout', {
      type: 'example.com/theirs',
      immutable: true,
      metadata: { name: 'checkout', annotations: adoptBy(tenant) },
    });
    await world.apply(checkout(tenant));
    await world.whenReady(`${tenant.authors}/checkout`);
    const after = await world.secret(tenant.eu, 'checkout');
    expect(after.metadata.uid).not.toBe(before.metadata.uid);
    expect(after).toMatchObject({ type: 'Opaque' });
  });
});

/** How often the reconciles of a key have failed, as the log has it. */
function failuresOf(key: string): number {
  const lines = world.operator.logLines.map((line) => JSON.parse(line) as { key?: string; failures?: number });
  return Math.max(0, ...lines.filter((line) => line.key === key).map(({ failures = 0 }) => failures));
}

function adoptBy({ authors }: Tenant): Readonly<Record<string, string>> {
  return { 'keywright.dev/adopt': `ApiKey/${authors}/checkout` };
}

function controllerReference(): NonNullable<Secret['metadata']['ownerReferences']>[number] {
  return {
    apiVersion: 'example.com/v1',
    kind: 'Vault',
    name: 'theirs',
    uid: 'b4c9f1d0-0000-4000-8000-000000000001',
    controller: true,
  };
}

describe('two keys that want one Secret name', () => {
  test('the first has it, the other is told and does not fight, and takes over when the first is deleted (flow m)', async () => {
    const { ref, eu, authors, project, token } = await issued();
    const second = apiKey(`${authors}/second`, project)
      .environment('production')
      .with({ outputs: [{ name: 'app', secretName: 'checkout' }] });
    await world.apply(second);
    await world.whenKey(`${authors}/second`, { status: 'False', reason: 'SecretConflict' });
    await using secrets = await recordWatch(world.client, SECRETS, { namespace: eu });
    world.operator.resync();
    await consistently(() => expect(secrets.events).toEqual([]), SETTLE_MS);
    await world.whenReady(ref);
    expect(tokenOf(await world.secret(eu, 'checkout'))).toBe(token);

    // A name that is free for a moment is still the first one's.
    for (let round = 0; round < 5; round += 1) {
      await world.remove(SECRETS, { namespace: eu, name: 'checkout' });
      await eventually(async () => expect(tokenOf(await world.secret(eu, 'checkout'))).toBe(token));
    }

    await world.remove(API_KEYS, { namespace: authors, name: 'checkout' });
    const taker = await world.whenReady(`${authors}/second`);
    const secret = await world.secret(eu, 'checkout');
    expect(textOf(secret, 'key-id')).toBe(taker.status?.summary?.keyId);
    expect(tokenOf(secret)).not.toBe(token);
  });

  test('applied together, one has every place and the other none, and both stay so', async () => {
    const tenant = await world.tenant();
    const names = ['one', 'other', 'third'];
    await Promise.all(
      names.map((name) =>
        world.apply(
          checkout({ ...tenant })
            .with({ outputs: [{ name: 'app', secretName: 'shared' }] })
            .named(name),
        ),
      ),
    );
    await eventually(async () => {
      const keys = await Promise.all(names.map((name) => world.key(`${tenant.authors}/${name}`)));
      const reasons = keys.map((key) => conditionOf(key)?.reason);
      expect(reasons.filter((reason) => reason === 'Delivered')).toHaveLength(1);
      expect(reasons.filter((reason) => reason === 'SecretConflict')).toHaveLength(2);
    });
    await using secrets = await recordWatch(world.client, SECRETS, { namespace: tenant.eu });
    world.operator.resync();
    await consistently(() => expect(secrets.events).toEqual([]), SETTLE_MS);
  });
});

describe('drift of a delivered Secret is repaired', () => {
  const token = { token: base64('edited') };
  test.each<{ name: string; drift: (secret: Secret) => Partial<Secret> }>([
    { name: 'an edited value', drift: ({ data }) => ({ data: { ...data, ...token } }) },
    { name: 'a data key too many', drift: ({ data }) => ({ data: { ...data, extra: base64('x') } }) },
    { name: 'a data key too few', drift: ({ data }) => ({ data: { token: data?.['token'] ?? '' } }) },
    {
      name: 'a changed label',
      drift: ({ metadata }) => ({
        metadata: { ...metadata, labels: { ...metadata.labels, 'keywright.dev/project': 'other' } },
      }),
    },
    {
      name: 'another project label and another value at once',
      drift: ({ metadata, data }) => ({
        metadata: { ...metadata, labels: { ...metadata.labels, 'keywright.dev/project': 'other' } },
        data: { ...data, ...token },
      }),
    },
    {
      name: 'no label and another value at once',
      drift: ({ metadata: { labels: _, ...metadata }, data }) => ({ metadata, data: { ...data, ...token } }),
    },
    {
      name: 'every annotation but the proof, and another value at once',
      drift: ({ metadata, data }) => ({
        metadata: {
          ...metadata,
          annotations: {
            'keywright.dev/owner': 'ApiKey/somewhere/else',
            'keywright.dev/proof': metadata.annotations?.['keywright.dev/proof'] ?? '',
          },
        },
        data: { ...data, ...token },
      }),
    },
    {
      name: 'no label and no annotation',
      drift: ({ metadata: { labels: _, annotations: __, ...metadata } }) => ({ metadata }),
    },
    {
      name: 'an edited proof',
      drift: ({ metadata }) => ({
        metadata: { ...metadata, annotations: { ...metadata.annotations, 'keywright.dev/proof': 'x' } },
      }),
    },
    { name: 'the immutable flag', drift: () => ({ immutable: true }) },
  ])('$name', async ({ drift }) => {
    const { eu, token: issuedToken, ref } = await issued();
    const before = await world.secret(eu, 'checkout');
    await world.edit(SECRETS, { namespace: eu, name: 'checkout' }, (secret) => ({ ...secret, ...drift(secret) }));
    await eventually(async () => expect(meaningOf(await world.secret(eu, 'checkout'))).toEqual(meaningOf(before)), {
      timeoutMs: 3_000,
    });
    expect(tokenOf(await world.secret(eu, 'checkout'))).toBe(issuedToken);
    await world.whenReady(ref);
    expect((await world.key(ref)).status?.version).toBe(1);
  });

  test('its deletion, with an event', async () => {
    const { eu, ref, token: issuedToken, authors } = await issued();
    const before = await world.secret(eu, 'checkout');
    await world.remove(SECRETS, { namespace: eu, name: 'checkout' });
    await eventually(async () => expect(meaningOf(await world.secret(eu, 'checkout'))).toEqual(meaningOf(before)), {
      timeoutMs: 3_000,
    });
    expect(tokenOf(await world.secret(eu, 'checkout'))).toBe(issuedToken);
    await world.whenReady(ref);
    await eventually(async () => {
      const events = await world.events({ namespace: authors, name: 'checkout' });
      expect(events).toContainEqual({
        type: 'Normal',
        reason: 'DriftRepaired',
        note: expect.stringContaining(`"checkout" in namespace "${eu}"`) as string,
      });
    });
  });

  test('a Secret of another type with our values in its place', async () => {
    const { eu, ref, token: issuedToken } = await issued();
    const before = await world.secret(eu, 'checkout');
    await world.whileStopped(async () => {
      await world.remove(SECRETS, { namespace: eu, name: 'checkout' });
      await world.createSecret(eu, 'checkout', { ...copyOf(before), type: 'example.com/copy' });
    });
    await eventually(async () => expect(meaningOf(await world.secret(eu, 'checkout'))).toEqual(meaningOf(before)));
    expect(tokenOf(await world.secret(eu, 'checkout'))).toBe(issuedToken);
    await world.whenReady(ref);
  });
});

describe('a stream of Secrets that somebody writes', () => {
  async function looks(): Promise<number> {
    const text = await world.operator.metricsText();
    return sumOf(text, 'controller_runtime_reconcile_total', { controller: 'api-key' });
  }

  test('and that name a key without being its own has the key not looked at once; its drift is still repaired', async () => {
    const { eu, project, token } = await issued();
    const elsewhere = await world.createNamespace(`${project}-elsewhere`);
    const { metadata, ...model } = copyOf(await world.secret(eu, 'checkout'));
    const before = await looks();
    for (let index = 0; index < 30; index += 1) {
      await world.createSecret(elsewhere, `fake-${index}`, { ...model, metadata: { ...metadata, name: 'x' } });
      if (index % 2 === 0) await world.remove(SECRETS, { namespace: elsewhere, name: `fake-${index}` });
    }
    await consistently(async () => expect(await looks()).toBe(before), SETTLE_MS);
    await world.edit(SECRETS, { namespace: eu, name: 'checkout' }, (secret) => ({ ...secret, data: {} }));
    await eventually(async () => expect(tokenOf(await world.secret(eu, 'checkout'))).toBe(token));
    expect(await looks()).toBeGreaterThan(before);
  });

  test('in the way of a key costs a bounded number of looks and events', async () => {
    const tenant = await world.tenant();
    const ref = { namespace: tenant.eu, name: 'checkout' };
    await world.createSecret(tenant.eu, 'checkout', { data: { password: base64('theirs') } });
    await world.apply(checkout(tenant));
    await world.whenKey(`${tenant.authors}/checkout`, { status: 'False', reason: 'SecretConflict' });
    const before = await looks();
    for (let index = 0; index < 100; index += 1) {
      await world.edit(SECRETS, ref, (secret) => ({ ...secret, data: { round: base64(String(index)) } }));
    }
    await consistently(async () => expect((await looks()) - before).toBeLessThan(40), SETTLE_MS);
    const events = await world.events({ namespace: tenant.authors, name: 'checkout' });
    expect(events.filter(({ reason }) => reason === 'SecretConflict')).toHaveLength(1);
    await world.remove(SECRETS, ref);
    await world.whenReady(`${tenant.authors}/checkout`, { timeoutMs: 10_000 });
  });
});

/** What of a Secret is ours to decide; the proof is made anew with each write. */
function meaningOf({ metadata, type, data, immutable }: Secret): unknown {
  const { 'keywright.dev/proof': proof, ...annotations } = metadata.annotations ?? {};
  return {
    labels: metadata.labels,
    annotations,
    hasProof: proof !== undefined && proof !== 'x',
    type,
    data,
    immutable: immutable === true,
  };
}

test('what others label and annotate a delivered Secret with stays, and what the author labels the key with does not get there', async () => {
  const { eu, ref } = await issued((key) => key.annotated({ 'argocd.argoproj.io/tracking-id': 'theirs' }));
  const change = { labels: { team: 'consumer' }, annotations: { 'example.com/note': 'kept' } };
  await world.edit(SECRETS, { namespace: eu, name: 'checkout' }, ({ metadata, ...secret }) => ({
    ...secret,
    metadata: {
      ...metadata,
      labels: { ...metadata.labels, ...change.labels },
      annotations: { ...metadata.annotations, ...change.annotations },
    },
    data: {},
  }));
  await eventually(async () => expect(tokenOf(await world.secret(eu, 'checkout'))).not.toBe(''));
  expect((await world.secret(eu, 'checkout')).metadata).toMatchObject(change);
  expect((await world.secret(eu, 'checkout')).metadata.annotations).not.toHaveProperty(
    'argocd.argoproj.io/tracking-id',
  );
  await world.whenReady(ref);
});

describe('keywright_deliveries_total', () => {
  /** Counts since `before`, zeros left out. */
  async function counted(before: ReadonlyMap<string, number> = new Map()): Promise<ReadonlyMap<string, number>> {
    const pattern = /^keywright_deliveries_total\{result="(\w+)"\} (\d+)$/gm;
    const counts = [...(await world.operator.metricsText()).matchAll(pattern)].map(
      ([, result = '', count]): [string, number] => [result, Number(count) - (before.get(result) ?? 0)],
    );
    return new Map(counts.filter(([, count]) => count > 0));
  }

  test('counts what was put back as repaired, what an edit asked for as created', async () => {
    const before = await counted();
    const given = await IssuedKey.issue(world);
    const { eu, us } = given.tenant;
    await world.remove(SECRETS, { namespace: eu, name: 'checkout' });
    await eventually(async () => expect((await counted(before)).get('repaired')).toBe(1));
    await world.edit(SECRETS, { namespace: us, name: 'checkout' }, (secret) => ({ ...secret, data: {} }));
    await eventually(async () => expect((await counted(before)).get('repaired')).toBe(2));
    expect((await counted(before)).get('created')).toBe(3);
    await world.apply(given.builder.with({ outputs: [{ name: 'app' }, { name: 'batch', secretName: 'second' }] }));
    await eventually(async () => expect((await counted(before)).get('created')).toBe(6));
    expect((await counted(before)).get('repaired')).toBe(2);
  });

  test('counts a conflict once, however often it is looked at', async () => {
    const tenant = await world.tenant();
    await world.createSecret(tenant.eu, 'checkout');
    const before = await counted();
    await world.apply(checkout(tenant));
    await world.whenKey(`${tenant.authors}/checkout`, { status: 'False', reason: 'SecretConflict' });
    await world.edit(SECRETS, { namespace: tenant.eu, name: 'checkout' }, ({ metadata, ...secret }) => ({
      ...secret,
      metadata: { ...metadata, labels: { touched: 'true' } },
    }));
    world.operator.resync();
    await consistently(
      async () =>
        expect(await counted(before)).toEqual(
          new Map([
            ['created', 2],
            ['conflict', 1],
          ]),
        ),
      SETTLE_MS,
    );
  });
});

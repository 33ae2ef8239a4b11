import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { API_KEYS } from '../../../src/api/resources.ts';
import type { Secret } from '../../../src/kube/objects/objects.ts';
import { SECRETS } from '../../../src/kube/objects/resource.ts';
import { refuseSecrets } from '../../support/blocked-namespaces.ts';
import { apiKey } from '../../support/builders.ts';
import { consistently, eventually } from '../../support/harness/eventually.ts';
import { recordWatch } from '../../support/harness/watch-recorder.ts';
import { KeyWorld, conditionOf, textOf, tokenOf, type Tenant } from '../../support/key-world.ts';
import { base64, checkout, copyOf, issued } from './checkout.ts';

const SETTLE_MS = 1_000;

let world: KeyWorld;

beforeAll(async () => {
  world = await KeyWorld.start();
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

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
    const { eu, token, project, authors } = await issued(world);
    const delivered = copyOf(await world.secret(eu, 'checkout'));
    const planted = await world.createSecret(eu, 'second', { ...delivered, data: { token: base64('planted') } });
    await world.apply(apiKey(`${authors}/second`, project).environment('production'));
    await world.whenKey(`${authors}/second`, { status: 'False', reason: 'SecretConflict' });
    await expectToStay(planted);
    expect(tokenOf(await world.secret(eu, 'checkout'))).toBe(token);
  });

  test('is not ours for looking like one: our labels, a made up proof, and a token of the right form', async () => {
    const { eu, us, staging, project, authors } = await issued(world);
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
    const { eu, us, ref } = await issued(world);
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
    const { eu, authors, project } = await issued(world);
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
    await eventually(() => expect(failuresOf(`ApiKey/${tenant.authors}/checkout`)).toBeGreaterThanOrEqual(4));
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
    const { ref, eu, authors, project, token } = await issued(world);
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

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Secret } from '../../../src/kube/objects/objects.ts';
import { SECRETS } from '../../../src/kube/objects/resource.ts';
import { consistently, eventually } from '../../support/harness/eventually.ts';
import { IssuedKey } from '../../support/issued-key.ts';
import { KeyWorld, tokenOf } from '../../support/key-world.ts';
import { sumOf } from '../../support/prometheus-text.ts';
import { base64, checkout, copyOf, issued } from './checkout.ts';

const SETTLE_MS = 1_000;

let world: KeyWorld;

beforeAll(async () => {
  world = await KeyWorld.start();
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
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
    {
      name: 'another value in a Secret made immutable',
      drift: ({ data }) => ({ immutable: true, data: { ...data, ...token } }),
    },
  ])('$name', async ({ drift }) => {
    const { eu, token: issuedToken, ref } = await issued(world);
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
    const { eu, ref, token: issuedToken, authors } = await issued(world);
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
    const { eu, ref, token: issuedToken } = await issued(world);
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
    return sumOf(text, 'controller_runtime_reconcile_total', { controller: 'key' });
  }

  test('and that name a key without being its own has the key not looked at once; its drift is still repaired', async () => {
    const { eu, project, token } = await issued(world);
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

test('what others put into the metadata of a delivered Secret stays, and what the author labels the key with does not get there', async () => {
  const { eu, ref } = await issued(world, (key) => key.annotated({ 'argocd.argoproj.io/tracking-id': 'theirs' }));
  const change = {
    labels: { team: 'consumer' },
    annotations: { 'example.com/note': 'kept' },
    finalizers: ['example.com/hold'],
  };
  await world.edit(SECRETS, { namespace: eu, name: 'checkout' }, ({ metadata, ...secret }) => ({
    ...secret,
    metadata: {
      ...metadata,
      ...change,
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

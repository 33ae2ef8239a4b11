/** What is taken back for good, and what stays although its key is deleted. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FINALIZER } from '../../../src/api/labels.ts';
import { API_KEYS } from '../../../src/api/resources.ts';
import type { ApiKey } from '../../../src/api/generated/api-key.ts';
import { SECRETS } from '../../../src/kube/objects/resource.ts';
import type { ApiKeyBuilder } from '../../support/builders.ts';
import { eventually } from '../../support/harness/eventually.ts';
import { IssuedKey } from '../../support/issued-key.ts';
import { KeyWorld, sealedIn, textOf, tokenOf, type Tenant } from '../../support/key-world.ts';
import { checkout } from './checkout.ts';

let world: KeyWorld;
beforeAll(async () => {
  world = await KeyWorld.start();
}, 120_000);
afterAll(async () => world[Symbol.asyncDispose]());

interface Given extends Tenant {
  readonly key: ApiKeyBuilder;
  readonly ref: string;
}

async function issued(): Promise<Given> {
  const tenant = await world.tenant();
  const key = checkout(tenant);
  await world.apply(key);
  await world.whenReady(`${tenant.authors}/checkout`);
  return { ...tenant, key, ref: `${tenant.authors}/checkout` };
}

const production = ({ status }: ApiKey): readonly (readonly [number, string])[] =>
  (status?.environments?.find(({ name }) => name === 'production')?.versions ?? []).map(({ version, state }) => [
    version,
    state,
  ]);

async function removeKey({ authors }: Given): Promise<void> {
  await world.remove(API_KEYS, { namespace: authors, name: 'checkout' });
  await world.gone(API_KEYS, { namespace: authors, name: 'checkout' });
}

async function secretsIn(namespace: string): Promise<readonly string[]> {
  const { items } = await world.client.list(SECRETS, { namespace });
  return items.map(({ metadata }) => metadata.name);
}

async function secretIsGone(namespace: string): Promise<void> {
  expect(await secretsIn(namespace)).not.toContain('checkout');
}

describe('A revoked key', () => {
  test('is refused as a whole, and its Secrets go, for good: whatever becomes of the field, status or the object', async () => {
    const given = await issued();
    await world.apply(given.key.with({ revocation: { reason: 'Compromised' } }));
    await world.whenKey(given.ref, { status: 'True', reason: 'Revoked', message: /Compromised.*another name/ });
    const revoked = await world.key(given.ref);
    expect(revoked.status).toMatchObject({ state: 'Revoked', version: 1, revokedAt: expect.any(String) as unknown });
    expect(production(revoked)).toEqual([[1, 'Revoked']]);
    for (const namespace of [given.staging, given.eu, given.us]) await secretIsGone(namespace);

    await world.apply(given.key);
    await removeKey(given);
    await world.apply(given.key.with({ rotation: { trigger: 'come-back' } }));
    await world.whenKey(given.ref, { status: 'True', reason: 'Revoked' });
    expect((await world.key(given.ref)).status?.state).toBe('Revoked');
    await secretIsGone(given.eu);
  });

  test('has the versions replaced that are named, at once with a new trigger in the same edit (flow g)', async () => {
    const given = await issued();
    const first = tokenOf(await world.secret(given.eu, 'checkout'));
    await world.apply(
      given.key.with({ revocation: { reason: 'Compromised', throughVersion: 1 }, rotation: { trigger: 'leak' } }),
    );
    await eventually(async () => {
      const secret = await world.secret(given.eu, 'checkout');
      expect(tokenOf(secret)).not.toBe(first);
      expect(secret.data).not.toHaveProperty(['previous.token']);
    });
    await world.whenReady(given.ref);
    expect(production(await world.key(given.ref))).toEqual([
      [2, 'Current'],
      [1, 'Revoked'],
    ]);
    const note =
      'Revoked all versions up to 1 for good (Compromised): version 1 of environment "staging", version 1 of environment "production"';
    await eventually(async () =>
      expect(await world.events({ namespace: given.authors, name: 'checkout' })).toContainEqual(
        expect.objectContaining({ type: 'Warning', reason: 'VersionsRevoked', note }),
      ),
    );
    await world.apply(given.key);
    await world.whenReady(given.ref);
    expect(production(await world.key(given.ref))).toContainEqual([1, 'Revoked']);
  });

  test('waits without Secrets for a trigger when there is none', async () => {
    const given = await issued();
    const revocation = { reason: 'Compromised', throughVersion: 1 } as const;
    await world.apply(given.key.with({ revocation }));
    await world.whenKey(given.ref, { status: 'True', reason: 'Revoked', message: /rotation\.trigger/ });
    await secretIsGone(given.us);
    await world.apply(given.key.with({ revocation, rotation: { trigger: 'now' } }));
    await world.whenKey(given.ref, { status: 'True', reason: 'Delivered' });
    expect(production(await world.key(given.ref))[0]).toEqual([2, 'Current']);
  });

  test('is issued again by a trigger, too, after it was deleted and applied again', async () => {
    const given = await issued();
    await world.apply(given.key.with({ revocation: { reason: 'Compromised', throughVersion: 1 } }));
    await world.whenKey(given.ref, { status: 'True', reason: 'Revoked' });
    await removeKey(given);
    await world.apply(given.key);
    await world.whenKey(given.ref, { status: 'True', reason: 'Revoked' });
    await world.apply(given.key.with({ rotation: { trigger: 'now' } }));
    await world.whenKey(given.ref, { status: 'True', reason: 'Delivered' });
    expect(production(await world.key(given.ref))[0]).toEqual([2, 'Current']);
  });

  test('is told when it names a version that was never issued, and keeps what it has', async () => {
    const given = await issued();
    await world.apply(given.key.with({ revocation: { reason: 'Retired', throughVersion: 7 } }));
    await world.whenKey(given.ref, { status: 'False', reason: 'InvalidRevocation', message: /newest version is 1/ });
    expect(production(await world.key(given.ref))).toEqual([[1, 'Current']]);
    expect(textOf(await world.secret(given.eu, 'checkout'), 'token')).toBeDefined();
  });

  test('is never issued when it is revoked from the start', async () => {
    const tenant = await world.tenant();
    await world.apply(checkout(tenant).with({ revocation: { reason: 'Retired' } }));
    const key = await world.whenKey(`${tenant.authors}/checkout`, { status: 'True', reason: 'Revoked' });
    expect(key.status).toMatchObject({ state: 'Revoked' });
    await secretIsGone(tenant.eu);
  });

  test('keeps nothing of it sealed', async () => {
    const given = await IssuedKey.issue(world, (key) => key.with({ recoverable: true, signingSecret: {} }));
    await world.apply(given.builder.with({ revocation: { reason: 'Unspecified' } }));
    await world.whenKey(given.ref, { status: 'True', reason: 'Revoked' });
    expect(sealedIn(await given.record())).toEqual([]);
  });
});

describe('A retained key', () => {
  test('leaves its Secrets when it is deleted, and takes them over when it is applied again', async () => {
    const given = await issued();
    const retained = given.key.with({ deletionPolicy: 'Retain' });
    await world.apply(retained);
    await world.whenReady(given.ref);
    const before = await world.secret(given.eu, 'checkout');
    await removeKey(given);
    expect((await world.secret(given.eu, 'checkout')).data).toEqual(before.data);

    await world.apply(retained);
    await world.whenReady(given.ref);
    const key = await world.key(given.ref);
    expect(key.metadata.finalizers).toContain(FINALIZER);
    expect(production(key)).toEqual([[1, 'Current']]);
    expect((await world.secret(given.eu, 'checkout')).data).toEqual(before.data);
  });

  test('that was revoked has no Secret, also when one is restored from a backup after it went', async () => {
    const given = await issued();
    const { type, data, metadata } = await world.secret(given.eu, 'checkout');
    const { labels, annotations } = metadata;
    const gone = { deletionPolicy: 'Retain', revocation: { reason: 'Compromised' } } as const;
    await world.apply(given.key.with(gone));
    await world.whenKey(given.ref, { status: 'True', reason: 'Revoked' });
    await secretIsGone(given.eu);
    await removeKey(given);

    const backup = { namespace: given.eu, name: 'checkout', labels: { ...labels }, annotations: { ...annotations } };
    await world.client.create(SECRETS, {
      apiVersion: 'v1',
      kind: 'Secret',
      type: type ?? '',
      data: data ?? {},
      metadata: backup,
    });
    await eventually(async () => expect(await secretsIn(given.eu)).not.toContain('checkout'));
  });
});

/** Tokens that others made: brought into the cluster by a Secret of the author, and delivered like minted ones. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiKey, ApiKeySpec } from '../../../src/api/generated/api-key.ts';
import type { Secret } from '../../../src/kube/objects/objects.ts';
import { SECRETS } from '../../../src/kube/objects/resource.ts';
import { apiKey, type ApiKeyBuilder } from '../../support/builders.ts';
import { eventually } from '../../support/harness/eventually.ts';
import { conditionOf, KeyWorld, sealedIn, textOf, tokenOf, type Tenant } from '../../support/key-world.ts';
import { SecretSearch } from '../../support/secret-search.ts';

const CONSENT = { 'keywright.dev/allow-import': 'true' };
const FROM_SECRET: NonNullable<ApiKeySpec['import']> = { secretKeyRef: { name: 'old', key: 'token' } };

let world: KeyWorld;
beforeAll(async () => {
  world = await KeyWorld.start();
}, 120_000);
afterAll(async () => world[Symbol.asyncDispose]());

/** In a format of somebody else. */
function newToken(): string {
  return `legacy_live_${randomBytes(24).toString('hex')}`;
}

/** A key "checkout" for staging alone, imported from the Secret "old". */
function imported({ authors, project }: Tenant, more: Partial<ApiKeySpec> = {}): ApiKeyBuilder {
  return apiKey(`${authors}/checkout`, project)
    .environment('staging')
    .with({ import: FROM_SECRET, ...more });
}

async function writeSource(
  { authors }: Tenant,
  content: string,
  labels: Readonly<Record<string, string>> = CONSENT,
  name = 'old',
): Promise<void> {
  const source = { apiVersion: 'v1', kind: 'Secret', metadata: { namespace: authors, name, labels } };
  await world.apply({ ...source, stringData: { token: content } } as unknown as Secret);
}

async function delivered({ staging }: Tenant): Promise<string> {
  return tokenOf(await world.secret(staging, 'checkout'));
}

async function whenRefused({ authors }: Tenant, reason: string, name = 'checkout'): Promise<ApiKey> {
  const key = await world.whenKey(`${authors}/${name}`, { status: 'False', reason });
  expect(conditionOf(key, 'Accepted')).toMatchObject({ status: 'False', reason });
  return key;
}

async function whenReady({ authors }: Tenant): Promise<ApiKey> {
  return await world.whenReady(`${authors}/checkout`);
}

describe('An imported token', () => {
  test('is delivered as it was given, kept as a keyed hash, and shown nowhere', async () => {
    const tenant = await world.tenant();
    const token = newToken();
    await writeSource(tenant, `${token}\n`);
    await world.apply(imported(tenant, { signingSecret: {} }));
    const key = await whenReady(tenant);
    const secret = await world.secret(tenant.staging, 'checkout');
    expect(tokenOf(secret)).toBe(token);
    expect(textOf(secret, 'signing-secret')).toMatch(/^whsec_/);
    const [version] = key.status?.environments?.[0]?.versions ?? [];
    expect(version).toMatchObject({ version: 1, origin: 'Imported', maskedToken: '***' });
    expect(version?.hash).toMatch(/^hmac-sha256:[a-z0-9-]+:[0-9a-f]{64}$/);
    expect(version?.keyId).toBe(textOf(secret, 'key-id'));
    const record = await eventually(async () => {
      const stored = await world.record(tenant.project, 'checkout');
      expect(sealedIn(stored)).toEqual(['staging/1/signingSecret']);
      return stored;
    });

    const search = new SecretSearch();
    search.add('token', token);
    const events = await world.events({ namespace: tenant.authors, name: 'checkout' });
    const shown = [key.status, record, events, secret.metadata, world.operator.logLines].map((part) =>
      JSON.stringify(part),
    );
    expect(shown.flatMap((text) => search.find(text))).toEqual([]);
  });

  test('stays when its source is deleted, and takes nothing from the same token in another Secret', async () => {
    const tenant = await world.tenant();
    const token = newToken();
    await writeSource(tenant, token);
    await world.apply(imported(tenant));
    await whenReady(tenant);
    await world.remove(SECRETS, { namespace: tenant.authors, name: 'old' });
    await writeSource(tenant, `${token}\n`, CONSENT, 'moved');
    await world.apply(imported(tenant, { import: { secretKeyRef: { name: 'moved', key: 'token' } } }));
    await whenReady(tenant);
    expect(await delivered(tenant)).toBe(token);
    expect((await world.ledger(tenant.project, 'checkout')).lastVersion).toBe(1);
  });

  test('is followed by a new version when its source changes', async () => {
    const tenant = await world.tenant();
    await writeSource(tenant, newToken());
    await world.apply(imported(tenant));
    await whenReady(tenant);
    const second = newToken();
    await writeSource(tenant, second);
    await eventually(async () => expect(await delivered(tenant)).toBe(second));
    const ledger = await world.ledger(tenant.project, 'checkout');
    expect(ledger.environments[0]?.versions).toMatchObject([
      { version: 2, state: 'Current', cause: 'ImportChanged' },
      { version: 1, state: 'Retiring' },
    ]);
  });

  test('that is in no Secret any more comes back from its source as the same version', async () => {
    const tenant = await world.tenant();
    const token = newToken();
    await writeSource(tenant, token);
    await world.apply(imported(tenant));
    await whenReady(tenant);
    await eventually(async () => expect(sealedIn(await world.record(tenant.project, 'checkout'))).toEqual([]));
    await world.remove(SECRETS, { namespace: tenant.staging, name: 'checkout' });
    await eventually(async () => expect(await delivered(tenant)).toBe(token));
    expect((await world.ledger(tenant.project, 'checkout')).lastVersion).toBe(1);
  });

  test('that is lost with its source is never minted instead, and comes back with it', async () => {
    const tenant = await world.tenant();
    const token = newToken();
    await writeSource(tenant, token);
    await world.apply(imported(tenant));
    await whenReady(tenant);
    await eventually(async () => expect(sealedIn(await world.record(tenant.project, 'checkout'))).toEqual([]));
    await world.remove(SECRETS, { namespace: tenant.authors, name: 'old' });
    await world.remove(SECRETS, { namespace: tenant.staging, name: 'checkout' });
    await world.whenKey(`${tenant.authors}/checkout`, { status: 'False', reason: 'ImportSourceMissing' });
    expect(await world.hasSecret(tenant.staging, 'checkout')).toBe(false);
    await writeSource(tenant, token);
    await whenReady(tenant);
    expect(await delivered(tenant)).toBe(token);
    expect((await world.ledger(tenant.project, 'checkout')).lastVersion).toBe(1);
  });

  test('is known again in a Secret whose labels and annotations somebody took off', async () => {
    const tenant = await world.tenant();
    const token = newToken();
    await writeSource(tenant, token);
    await world.apply(imported(tenant));
    await whenReady(tenant);
    await world.remove(SECRETS, { namespace: tenant.authors, name: 'old' });
    const before = await world.secret(tenant.staging, 'checkout');
    await world.edit(SECRETS, { namespace: tenant.staging, name: 'checkout' }, (secret) => ({
      ...secret,
      metadata: { ...secret.metadata, labels: {}, annotations: {} },
    }));
    await eventually(async () => {
      const { metadata, data } = await world.secret(tenant.staging, 'checkout');
      expect(metadata.labels).toEqual(before.metadata.labels);
      expect(data).toEqual(before.data);
    });
  });

  test('stands beside a minted one in another environment, and the import may be taken out again', async () => {
    const tenant = await world.tenant();
    const token = newToken();
    await writeSource(tenant, token);
    const key = apiKey(`${tenant.authors}/checkout`, tenant.project);
    await world.apply(key.environment('staging', { import: FROM_SECRET }).environment('production'));
    await whenReady(tenant);
    expect(tokenOf(await world.secret(tenant.eu, 'checkout'))).toMatch(/^sk_production_/);
    await world.apply(key.environment('staging').environment('production'));
    await whenReady(tenant);
    expect(await delivered(tenant)).toBe(token);
  });
});

describe('A token is refused', () => {
  test.each<[string, string, (tenant: Tenant) => Promise<void>]>([
    ['no Secret is there', 'ImportSourceMissing', async () => {}],
    ['the owner of the Secret did not consent', 'ImportNotAllowed', (tenant) => writeSource(tenant, newToken(), {})],
    ['it can be guessed', 'WeakSecret', (tenant) => writeSource(tenant, 'Password123!'.repeat(4))],
    ['it is short', 'WeakSecret', (tenant) => writeSource(tenant, newToken().slice(-31))],
    ['it is two', 'MalformedKey', (tenant) => writeSource(tenant, `${newToken()}\n${newToken()}`)],
  ])('when %s, and taken as soon as that is mended', async (_name, reason, spoil) => {
    const tenant = await world.tenant();
    await spoil(tenant);
    await world.apply(imported(tenant));
    await whenRefused(tenant, reason);
    expect(await world.hasSecret(tenant.staging, 'checkout')).toBe(false);
    const token = newToken();
    await writeSource(tenant, token);
    await whenReady(tenant);
    expect(await delivered(tenant)).toBe(token);
  });

  test('when another key imported it before, without a word of which', async () => {
    const [first, second] = [await world.tenant(), await world.tenant()];
    const token = newToken();
    await writeSource(first, token);
    await world.apply(imported(first));
    await whenReady(first);
    await writeSource(second, token);
    await world.apply(imported(second));
    const key = await whenRefused(second, 'DuplicateKey');
    expect(JSON.stringify(key.status)).not.toContain(first.project);
  });

  test('when we minted it', async () => {
    const [owner, other] = [await world.tenant(), await world.tenant()];
    await world.apply(apiKey(`${owner.authors}/checkout`, owner.project).environment('staging'));
    await whenReady(owner);
    await writeSource(other, await delivered(owner));
    await world.apply(imported(other));
    await whenRefused(other, 'DuplicateKey');
    expect(await world.hasSecret(other.staging, 'checkout')).toBe(false);
  });

  test('when two environments of a key would share it', async () => {
    const tenant = await world.tenant();
    await writeSource(tenant, newToken());
    const key = apiKey(`${tenant.authors}/checkout`, tenant.project);
    const both = key.environment('staging', { import: FROM_SECRET }).environment('production', { import: FROM_SECRET });
    await world.apply(both);
    await whenRefused(tenant, 'DuplicateKey');
    await world.apply(key.environment('staging', { import: FROM_SECRET }));
    await whenReady(tenant);
    await world.apply(both);
    await whenRefused(tenant, 'DuplicateKey');
    expect((await world.ledger(tenant.project, 'checkout')).lastVersion).toBe(1);
    expect(await world.hasSecret(tenant.eu, 'checkout')).toBe(false);
  });

  test('when the key had it revoked, for whichever environment', async () => {
    const tenant = await world.tenant();
    await writeSource(tenant, newToken());
    await world.apply(imported(tenant));
    await whenReady(tenant);
    const revocation = { reason: 'Compromised', throughVersion: 1 } as const;
    await world.apply(imported(tenant, { revocation }));
    await world.whenKey(`${tenant.authors}/checkout`, { status: 'True', reason: 'Revoked' });
    const key = apiKey(`${tenant.authors}/checkout`, tenant.project).with({ revocation });
    const staging = key.environment('staging', { import: FROM_SECRET });
    await world.apply(staging.environment('production', { import: FROM_SECRET }));
    await whenRefused(tenant, 'RevokedMaterial');
    expect((await world.ledger(tenant.project, 'checkout')).lastVersion).toBe(1);
    expect(await world.hasSecret(tenant.staging, 'checkout')).toBe(false);
    expect(await world.hasSecret(tenant.eu, 'checkout')).toBe(false);
  });

  test('for all but one of many keys that import it at the same moment', async () => {
    const tenant = await world.tenant();
    const names = ['one', 'two', 'three', 'four', 'five'];
    await world.whileStopped(async () => {
      await writeSource(tenant, newToken());
      for (const name of names) await world.apply(imported(tenant).named(name));
    });
    const keys = await eventually(
      async () => {
        const all = await Promise.all(names.map((name) => world.key(`${tenant.authors}/${name}`)));
        const reasons = all.map((key) => conditionOf(key)?.reason);
        expect(reasons.filter((reason) => reason === 'Delivered')).toHaveLength(1);
        expect(reasons.filter((reason) => reason === 'DuplicateKey')).toHaveLength(4);
        return all;
      },
      { timeoutMs: 30_000 },
    );
    expect(keys.filter(({ status }) => status?.version === 1)).toHaveLength(1);
  });
});

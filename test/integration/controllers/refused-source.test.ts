/** A source that is refused or missing is its environment's alone: everything else of the key goes on. */
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CryptoKey, CryptoKeySpec } from '../../../src/api/generated/crypto-key.ts';
import { ACCEPTED } from '../../../src/api/conditions.ts';
import { IMPORT_NAME, IMPORT_TYPE } from '../../../src/installation/import-secret.ts';
import type { Secret } from '../../../src/kube/objects/objects.ts';
import { SECRETS } from '../../../src/kube/objects/resource.ts';
import { eventually } from '../../support/harness/eventually.ts';
import { conditionOf, KeyWorld, textOf, type Tenant } from '../../support/key-world.ts';
import { OPERATOR_NAMESPACE } from '../../support/operator.ts';
import { ecKey, ImportedKeys, locked, NAME, PASSPHRASE, pkcs8 } from './imported-keys.ts';

let world: KeyWorld;
let keys: ImportedKeys;
beforeAll(async () => {
  world = await KeyWorld.start();
  keys = new ImportedKeys(world);
}, 120_000);
afterAll(async () => world[Symbol.asyncDispose]());

type Environment = CryptoKeySpec['environments'][number];

const importing = (name: string, key = 'prod.pem'): Environment => ({
  name,
  import: { secretKeyRef: { name: NAME, key } },
});

/** Each environment says itself what it imports. */
async function apply(tenant: Tenant, ...environments: readonly Environment[]): Promise<void> {
  await keys.apply(tenant, { import: undefined, environments: [...environments] });
}

/** Puts values under data keys of the source; undefined takes one away. */
async function putInSource(
  { authors: namespace }: Tenant,
  values: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  await world.edit(SECRETS, { namespace, name: NAME }, (secret): Secret => {
    const data = { ...secret.data };
    for (const [key, value] of Object.entries(values)) {
      if (value === undefined) delete data[key];
      else data[key] = Buffer.from(value).toString('base64');
    }
    return { ...secret, data };
  });
}

/** A key that was imported into staging, and delivered there. */
async function delivered(): Promise<{ readonly tenant: Tenant; readonly pem: string }> {
  const tenant = await world.tenant();
  const pem = ecKey();
  await keys.source(tenant, pem);
  await apply(tenant, importing('staging'));
  await keys.whenReady(tenant);
  return { tenant, pem };
}

async function whenRestored({ staging: namespace }: Tenant, pem: string): Promise<void> {
  await world.remove(SECRETS, { namespace, name: NAME });
  await eventually(async () => expect(textOf(await world.secret(namespace, NAME), 'private.pem')).toBe(pem));
}

function environmentOf({ status }: CryptoKey, name: string): unknown {
  return status?.environments?.find((environment) => environment.name === name);
}

describe('A Secret of an imported key that is deleted comes back', () => {
  test.each<[string, string, (tenant: Tenant) => Promise<void>]>([
    [
      'while its source is not labelled for import any more',
      'ImportNotAllowed',
      async ({ authors: namespace }) => {
        await world.edit(SECRETS, { namespace, name: NAME }, (secret): Secret => {
          const { 'keywright.dev/allow-import': _consent, ...labels } = secret.metadata.labels ?? {};
          return { ...secret, metadata: { ...secret.metadata, labels } };
        });
      },
    ],
    ['while its source holds no key', 'MalformedKey', async (tenant) => putInSource(tenant, { 'prod.pem': 'no key' })],
    [
      'while the source of a new environment is missing',
      'ImportSourceMissing',
      async (tenant) => apply(tenant, importing('staging'), importing('production', 'absent')),
    ],
    [
      'while its source holds a key for another purpose',
      'PurposeMismatch',
      async (tenant) => {
        await keys.apply(tenant, { purpose: 'Sign' });
        await putInSource(tenant, { 'prod.pem': pkcs8(generateKeyPairSync('x25519').privateKey) });
      },
    ],
  ])('%s', async (_name, reason, spoil) => {
    const { tenant, pem } = await delivered();
    await spoil(tenant);
    await keys.whenKey(tenant, { status: 'False', reason });
    await whenRestored(tenant, pem);
    await keys.whenKey(tenant, { status: 'False', reason }, ACCEPTED);
    expect(await keys.version(tenant)).toBe(1);
  });

  // It takes the import key away.
  test('while its message is sealed to an import key that was lost and made anew', async () => {
    const tenant = await world.tenant();
    const pem = ecKey();
    const openpgpMessage = await keys.seal(tenant, 'key', pem);
    await keys.apply(tenant, { import: { openpgpMessage } });
    await keys.whenReady(tenant);
    await world.whileStopped(async () => {
      await world.remove(SECRETS, { namespace: OPERATOR_NAMESPACE, name: IMPORT_NAME });
      const metadata = { namespace: OPERATOR_NAMESPACE, name: IMPORT_NAME };
      await world.apply({ apiVersion: 'v1', kind: 'Secret', metadata, type: IMPORT_TYPE } as Secret);
    });
    await keys.whenKey(tenant, { status: 'False', reason: 'UnknownImportKey' });
    await whenRestored(tenant, pem);
    expect(await keys.version(tenant)).toBe(1);
  });
});

describe('An environment whose source is missing or refused', () => {
  test('waits at first issue while the others are delivered, and status says for what', async () => {
    const tenant = await world.tenant();
    const pem = ecKey();
    await keys.source(tenant, pem);
    await apply(tenant, importing('staging'), importing('production', 'absent.pem'));
    await eventually(async () => expect(textOf(await world.secret(tenant.staging, NAME), 'private.pem')).toBe(pem));
    const key = await keys.whenKey(tenant, { status: 'False', reason: 'ImportSourceMissing' });
    const message = `Secret "${NAME}" of the import has no data key "absent.pem"; add it, or correct the import`;
    expect(conditionOf(key)?.message).toBe(`Environment "production": ${message}`);
    expect(environmentOf(key, 'production')).toMatchObject({ state: 'Pending', success: false, message });
    await putInSource(tenant, { 'absent.pem': ecKey() });
    expect(environmentOf(await keys.whenReady(tenant), 'production')).not.toHaveProperty('message');
  });

  test('holds up no new version of another one', async () => {
    const tenant = await world.tenant();
    await keys.source(tenant, ecKey());
    await putInSource(tenant, { 'other.pem': ecKey() });
    await apply(tenant, importing('staging'), importing('production', 'other.pem'));
    await keys.whenReady(tenant);
    const next = ecKey();
    await putInSource(tenant, { 'prod.pem': next, 'other.pem': 'no key' });
    await eventually(async () => expect(textOf(await world.secret(tenant.staging, NAME), 'private.pem')).toBe(next));
    // A pass may say of production that its source is refused before it has delivered to staging.
    await eventually(async () => {
      const key = await keys.whenKey(tenant, { status: 'False', reason: 'MalformedKey' });
      expect(conditionOf(key)?.message).toContain('Environment "production": ');
      expect(environmentOf(key, 'staging')).toMatchObject({ success: true, versions: [{}, {}] });
    });
  });

  test('holds up no suspension', async () => {
    const { tenant } = await delivered();
    await putInSource(tenant, { 'prod.pem': 'no key' });
    await keys.whenKey(tenant, { status: 'False', reason: 'MalformedKey' });
    await keys.apply(tenant, { suspended: true });
    const { status } = await keys.whenKey(tenant, { status: 'False', reason: 'MalformedKey' });
    expect(status?.state).toBe('Suspended');
  });
});

describe('A source of a protected key without its passphrase', () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const keyRef = { name: NAME, key: 'prod.pem' };

  async function imported(): Promise<Tenant> {
    const tenant = await world.tenant();
    await keys.source(tenant, locked(privateKey));
    await putInSource(tenant, { 'prod.pass': PASSPHRASE });
    await keys.apply(tenant, {
      import: { secretKeyRef: keyRef, passphraseSecretKeyRef: { name: NAME, key: 'prod.pass' } },
    });
    await keys.whenReady(tenant);
    return tenant;
  }

  test('changes nothing while the key beside it is the one that was imported', async () => {
    const tenant = await imported();
    await putInSource(tenant, { 'prod.pass': undefined });
    await keys.apply(tenant, { displayName: 'Partner' });
    await keys.whenReady(tenant);
    expect(await keys.version(tenant)).toBe(1);
  });

  test('says so once the key beside it is another one, and goes on with the passphrase', async () => {
    const tenant = await imported();
    const next = generateKeyPairSync('ed25519').privateKey;
    await putInSource(tenant, { 'prod.pass': undefined, 'prod.pem': locked(next) });
    const key = await keys.whenKey(tenant, { status: 'False', reason: 'ImportSourceMissing' });
    expect(conditionOf(key)?.message).toContain('no data key "prod.pass"');
    await putInSource(tenant, { 'prod.pass': PASSPHRASE });
    await keys.whenReady(tenant);
    await eventually(async () => {
      const pem = textOf(await world.secret(tenant.staging, NAME), 'private.pem') ?? '';
      expect(createPrivateKey(pem).equals(next)).toBe(true);
    });
  });
});

/** Imports that were made to cost as much as they can, and what others notice of them. */
import { config, encryptKey, enums, generateKey } from 'openpgp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CryptoKey, CryptoKeySpec } from '../../../src/api/generated/crypto-key.ts';
import { CRYPTO_KEYS } from '../../../src/api/resources.ts';
import { ALLOW_IMPORT_LABEL } from '../../../src/api/labels.ts';
import type { KubeObject, Secret } from '../../../src/kube/objects/objects.ts';
import { LEASES } from '../../../src/kube/objects/resource.ts';
import { apiKey } from '../../support/builders.ts';
import { ber, der, oid, salt } from '../../support/der.ts';
import { eventually } from '../../support/harness/eventually.ts';
import { conditionOf, KeyWorld, type Tenant } from '../../support/key-world.ts';
import { OPERATOR_NAMESPACE, startOperatorProcess } from '../../support/operator.ts';
import { ImportedKeys, NAME } from './imported-keys.ts';

const PASSPHRASE = 'x';
const ENVIRONMENTS = ['one', 'two', 'three', 'four', 'five', 'six'];
/** The shortest that may be set: what holds the event loop that long loses the lease. */
const FLAGS = ['--lease-duration=6s', '--renew-deadline=4s', '--retry-period=1s'];

let world: KeyWorld;
let keys: ImportedKeys;
beforeAll(async () => {
  world = await KeyWorld.start();
  keys = new ImportedKeys(world);
  await world.stopOperator();
});
afterAll(() => world[Symbol.asyncDispose]());

/** PBES2 that asks for 2^31-1 iterations, in parameters whose length is BER, as OpenSSL reads it. */
function endlessPkcs8(): Buffer {
  const kdf = der(0x30, oid('2a864886f70d01050c'), ber(0x30, salt, der(2, '7fffffff')));
  const cipher = der(0x30, oid('60864801650304012a'), der(4, Buffer.alloc(16)));
  return der(0x30, der(0x30, oid('2a864886f70d01050d'), der(0x30, kdf, cipher)), der(4, Buffer.alloc(48, 7)));
}

/** Within every limit that can be read off it: eleven parts, each locked with Argon2 over 64 MiB in four passes. */
async function costlyOpenPgp(): Promise<Buffer> {
  const subkeys = Array.from({ length: 10 }, () => ({}));
  const { privateKey } = await generateKey({ userIDs: [{ name: 'a' }], type: 'ecc', format: 'object', subkeys });
  const s2kArgon2Params = { passes: 4, parallelism: 1, memoryExponent: 16 };
  const costly = { ...config, aeadProtect: true, s2kType: enums.s2k.argon2 as const, s2kArgon2Params };
  return Buffer.from((await encryptKey({ privateKey, passphrase: PASSPHRASE, config: costly })).armor());
}

async function importing(tenant: Tenant, content: Buffer, spec: Partial<CryptoKeySpec>): Promise<void> {
  const metadata = { namespace: tenant.authors, name: NAME, labels: { [ALLOW_IMPORT_LABEL]: 'true' } };
  const data = { 'prod.pem': content.toString('base64'), passphrase: Buffer.from(PASSPHRASE).toString('base64') };
  await world.apply({ apiVersion: 'v1', kind: 'Secret', metadata, data } as Secret);
  const secretKeyRef = { name: NAME, key: 'prod.pem' };
  await keys.apply(tenant, {
    ...spec,
    import: { secretKeyRef, passphraseSecretKeyRef: { name: NAME, key: 'passphrase' } },
  });
}

async function holderOfLease(): Promise<unknown> {
  const at = { namespace: OPERATOR_NAMESPACE, name: 'keywright-controller' };
  const { spec } = (await world.client.get(LEASES, at)) as KubeObject & { readonly spec: Record<string, unknown> };
  return { holder: spec['holderIdentity'], transitions: spec['leaseTransitions'] };
}

async function keyOfAnotherProject(given?: Tenant): Promise<void> {
  const other = given ?? (await world.tenant());
  await world.apply(apiKey(`${other.authors}/innocent`, other.project).environment('staging'));
  await world.whenReady(`${other.authors}/innocent`);
}

test('A key that asks for two thousand million iterations is refused while another project is served', async () => {
  await using _operator = await startOperatorProcess({ cluster: world.cluster, flags: FLAGS });
  const tenant = await world.tenant();
  await importing(tenant, endlessPkcs8(), {});
  await keyOfAnotherProject();
  const before = await holderOfLease();
  await keys.whenKey(tenant, { status: 'False', reason: 'MalformedKey' });
  expect(await holderOfLease()).toEqual(before);
});

test('A key that costs seconds in every environment costs the operator neither its lease nor others their keys', async () => {
  await using _operator = await startOperatorProcess({ cluster: world.cluster, flags: FLAGS });
  const tenant = await world.tenant();
  for (const name of ENVIRONMENTS) await world.createNamespace(`${tenant.project}-${name}`);
  const project = ENVIRONMENTS.reduce(
    (builder, name) => builder.environment(name, [`${tenant.project}-${name}`]),
    tenant.builder,
  );
  await world.apply(project);
  const before = await holderOfLease();
  await importing(tenant, await costlyOpenPgp(), {
    type: 'OpenPGP',
    environments: ENVIRONMENTS.map((name) => ({ name })),
  });
  await keyOfAnotherProject();
  // How long it takes is the machine's to say: it is taken, or refused for it.
  await eventually(
    async () => {
      const ready = conditionOf(
        await world.client.get(CRYPTO_KEYS, { namespace: tenant.authors, name: NAME }),
        'Ready',
      );
      expect(['True', 'False']).toContain(ready?.status);
    },
    { timeoutMs: 60_000 },
  );
  expect(await holderOfLease()).toEqual(before);
});

/** Keys of one project whose sources cost seconds each. Each is another one by the line ends after it. */
async function costlyKeys({ authors: namespace, project }: Tenant, content: Buffer, count: number): Promise<void> {
  const costly = Array.from({ length: count }, (_, number) => `costly-${number}`);
  const metadata = { namespace, name: NAME, labels: { [ALLOW_IMPORT_LABEL]: 'true' } };
  const padded = (at: number): string => Buffer.concat([content, Buffer.alloc(at, '\n')]).toString('base64');
  const data = Object.fromEntries<string>([
    ['passphrase', Buffer.from(PASSPHRASE).toString('base64')],
    ...costly.map((name, at): [string, string] => [name, padded(at)]),
  ]);
  await world.apply({ apiVersion: 'v1', kind: 'Secret', metadata, data } as Secret);
  for (const name of costly) {
    const environments = [{ name: 'staging', import: costlySource(name) }];
    await world.apply(cryptoKey({ name, namespace }, { project, type: 'OpenPGP', environments }));
  }
}

function costlySource(key: string): NonNullable<CryptoKeySpec['import']> {
  return { secretKeyRef: { name: NAME, key }, passphraseSecretKeyRef: { name: NAME, key: 'passphrase' } };
}

function cryptoKey(metadata: { readonly name: string; readonly namespace: string }, spec: CryptoKeySpec): CryptoKey {
  return { apiVersion: 'keywright.dev/v1alpha1', kind: 'CryptoKey', metadata, spec };
}

test('Keys that cost seconds each, of as many projects as there are workers, leave the workers to others', async () => {
  const tenants = [await world.tenant(), await world.tenant(), await world.tenant(), await world.tenant()];
  const other = await world.tenant();
  const content = await costlyOpenPgp();
  for (const tenant of tenants) await costlyKeys(tenant, content, 3);
  await using _operator = await startOperatorProcess({ cluster: world.cluster, flags: [...FLAGS, '--workers=4'] });
  const judgedKeys = async (): Promise<number> => (await Promise.all(tenants.map(judged))).flat().length;
  await eventually(async () => expect(await judgedKeys()).not.toBe(0));
  await keyOfAnotherProject(other);
  expect(await judgedKeys()).toBeLessThan(6);
});

test('A revocation waits for no key to be judged, its own neither', async () => {
  const tenant = await world.tenant();
  const at = { namespace: tenant.authors, name: 'victim' };
  const { project } = tenant;
  await costlyKeys(tenant, await costlyOpenPgp(), 8);
  await using _operator = await startOperatorProcess({ cluster: world.cluster, flags: FLAGS });
  const openpgp = { userIds: ['Payments <payments@example.com>'] };
  const environments = [{ name: 'staging' }];
  await world.apply(cryptoKey(at, { project, type: 'OpenPGP', algorithm: 'OpenPGP-ECC', openpgp, environments }));
  await eventually(async () => expect(versionStates(await world.client.get(CRYPTO_KEYS, at))).toEqual(['Current']));
  const before = (await judged(tenant)).length;
  const spec: CryptoKeySpec = {
    project,
    type: 'OpenPGP',
    environments: [{ name: 'staging', import: costlySource('costly-7') }],
    revocation: { reason: 'Compromised', throughVersion: 1 },
  };
  await world.apply(cryptoKey(at, spec));
  await eventually(async () => expect(versionStates(await world.client.get(CRYPTO_KEYS, at))).toEqual(['Revoked']));
  expect((await judged(tenant)).length - before).toBeLessThan(4);
});

function versionStates({ status }: CryptoKey): readonly (string | undefined)[] {
  return (status?.environments ?? []).flatMap(({ versions = [] }) => versions.map(({ state }) => state));
}

/** How long it takes is the machine's to say: they are taken, or refused for it. */
async function judged({ authors: namespace }: Tenant): Promise<readonly CryptoKey[]> {
  const { items } = await world.client.list(CRYPTO_KEYS, { namespace });
  return items.filter(
    (key) =>
      key.metadata.name.startsWith('costly-') && ['True', 'False'].includes(conditionOf(key, 'Ready')?.status ?? ''),
  );
}

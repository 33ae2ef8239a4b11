/** How large what is imported may be, and what becomes of a key that has more to say than a record or a status holds. */
import { generateKey, readKey } from 'openpgp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SECRETS } from '../../../src/kube/objects/resource.ts';
import { recordName } from '../../../src/sealing/record.ts';
import { eventually } from '../../support/harness/eventually.ts';
import { conditionOf, KeyWorld, textOf, type Tenant } from '../../support/key-world.ts';
import { OPERATOR_NAMESPACE } from '../../support/operator.ts';
import { ecKey, ImportedKeys, NAME } from './imported-keys.ts';

const KIB = 1024;
let world: KeyWorld;
let keys: ImportedKeys;
beforeAll(async () => {
  world = await KeyWorld.start();
  keys = new ImportedKeys(world);
}, 120_000);
afterAll(async () => world[Symbol.asyncDispose]());

async function hasRecord({ project }: Tenant): Promise<boolean> {
  const name = recordName({ project, kind: 'CryptoKey', name: NAME });
  return (await world.get(SECRETS, { namespace: OPERATOR_NAMESPACE, name })) !== undefined;
}

/** A PEM file of this many bytes: tools write what they like before the block. */
function pemOf(bytes: number): string {
  const pem = ecKey();
  return `${'Bag Attributes\n'.repeat(bytes).slice(0, bytes - pem.length - 1)}\n${pem}`;
}

/** The binary form of an OpenPGP key with about `kib` KiB of user ids. */
async function openPgpKey(kib: number): Promise<Uint8Array> {
  const userIDs = Array.from({ length: kib * 2 }, (_, i) => ({ name: `${i} ${'user '.repeat(66)}` }));
  const { privateKey } = await generateKey({ type: 'ecc', userIDs, format: 'object' });
  return privateKey.write();
}

async function withEnvironments(count: number): Promise<{ tenant: Tenant; names: readonly string[] }> {
  const names = Array.from({ length: count }, (_, i) => `e-${i}`);
  const tenant = await world.tenant();
  for (const name of names) await world.createNamespace(`${tenant.project}-${name}`);
  const project = names.reduce(
    (builder, name) => builder.environment(name, [`${tenant.project}-${name}`]),
    tenant.builder,
  );
  await world.apply(project);
  return { tenant, names };
}

describe('Imports', () => {
  test('of 16 KiB are taken, of one byte more are refused', async () => {
    const tenant = await world.tenant();
    await keys.source(tenant, pemOf(16 * KIB + 1));
    await keys.apply(tenant, {});
    const refused = await keys.whenKey(tenant, { status: 'False', reason: 'TooLarge' });
    expect(conditionOf(refused)?.message).toContain('is larger than 16 KiB; give the key alone');
    await keys.source(tenant, pemOf(16 * KIB));
    await keys.whenReady(tenant);
  });

  test('of more than 160 KiB over all environments are refused, and nothing is minted', async () => {
    const { tenant, names } = await withEnvironments(11);
    await keys.source(tenant, pemOf(15 * KIB));
    await keys.apply(tenant, { environments: names.map((name) => ({ name })) });
    const refused = await keys.whenKey(tenant, { status: 'False', reason: 'TooLarge' });
    expect(conditionOf(refused)?.message).toContain('larger than 160 KiB together');
    expect(await hasRecord(tenant)).toBe(false);
    await keys.apply(tenant, { environments: names.slice(1).map((name) => ({ name })) });
    await keys.whenReady(tenant);
  });
});

describe('A public key', () => {
  test('that is longer than status holds is left out there, and delivered', async () => {
    const tenant = await world.tenant();
    await keys.source(tenant, await openPgpKey(14));
    await keys.apply(tenant, { type: 'OpenPGP' });
    const { status } = await keys.whenReady(tenant);
    const [version] = status?.environments?.[0]?.versions ?? [];
    expect(version?.publicKey).toBeUndefined();
    const armored = textOf(await world.secret(tenant.staging, NAME), 'public.asc') ?? '';
    expect(armored.length).toBeGreaterThan(16 * KIB);
    expect(version?.openpgpFingerprint).toBe((await readKey({ armoredKey: armored })).getFingerprint().toUpperCase());
  });

  test('is left out of status where all of them have more than 128 KiB, and a changed import is still a new version', async () => {
    const { tenant, names } = await withEnvironments(14);
    const spec = { type: 'OpenPGP', environments: names.map((name) => ({ name })) } as const;
    await keys.source(tenant, await openPgpKey(9));
    await keys.apply(tenant, spec);
    const first = await keys.whenReady(tenant);
    const shown = first.status?.environments?.flatMap(({ versions = [] }) =>
      versions.map(({ publicKey }) => publicKey),
    );
    expect(shown).toHaveLength(14);
    expect(shown?.join('').length).toBeLessThanOrEqual(128 * KIB);
    expect(shown?.filter((text) => text !== undefined).length).toBeGreaterThan(8);
    await keys.source(tenant, await openPgpKey(9));
    await eventually(async () => expect(await keys.version(tenant)).toBe(2));
    await keys.whenReady(tenant);
  });
});

test('A record of more than 700 KiB is refused before anything is minted', async () => {
  // Each namespace has two Secrets of every output, and each of these an entry in the ledger.
  const filled = (start: string, length: number): string => start.padEnd(length, 'n');
  const tenant = await world.tenant((project) => project.policy({ secretNamePrefix: filled('p', 60) }));
  const wide = ['a', 'b', 'c', 'd'];
  let project = tenant.builder;
  for (const name of wide) {
    const namespaces = Array.from({ length: 60 }, (_, i) => filled(`${tenant.project}-${name}-${i}-`, 63));
    for (const namespace of namespaces) await world.createNamespace(namespace);
    project = project.environment(name, namespaces);
  }
  await world.apply(project);
  const outputs = Array.from({ length: 4 }, (_, i) => ({
    name: filled(`o${i}`, 50),
    secretName: filled(`s${i}`, 179),
  }));
  const environments = wide.map((name) => ({ name }));
  await keys.apply(tenant, {
    type: 'KeyPair',
    algorithm: 'Ed25519',
    passphrase: {},
    outputs,
    environments,
    import: undefined,
  });
  const key = await keys.whenKey(tenant, { status: 'False', reason: 'TooLarge' });
  expect(conditionOf(key)?.message).toContain("The key's record would exceed 700 KiB, so nothing was minted");
  expect(await hasRecord(tenant)).toBe(false);
  await keys.apply(tenant, {
    type: 'KeyPair',
    algorithm: 'Ed25519',
    environments: [{ name: 'staging' }],
    import: undefined,
  });
  await keys.whenReady(tenant);
});

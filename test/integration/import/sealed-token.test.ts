/** A token sealed by `keywright seal` into a manifest, as it goes through Git into the Secrets of an ApiKey. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import type { ApiKey, ApiKeySpec } from '../../../src/api/generated/api-key.ts';
import { API_KEYS, CRYPTO_KEYS, KEY_PROJECTS } from '../../../src/api/resources.ts';
import { writeKubeconfig } from '../../support/cluster/kubeconfig-file.ts';
import { eventually } from '../../support/harness/eventually.ts';
import { KeyWorld, conditionOf, sealedIn, tokenOf, type Tenant } from '../../support/key-world.ts';

const BIN = join(import.meta.dirname, '../../../bin/keywright');
const TOKEN = `legacy_live_${randomBytes(24).toString('hex')}`;

let world: KeyWorld;
let tenant: Tenant;
/** A second namespace whose authors may declare keys of the project. */
let others: string;
let folder: string;

beforeAll(async () => {
  world = await KeyWorld.start();
  tenant = await world.tenant();
  others = await world.createNamespace(`${tenant.project}-others`);
  await world.apply(tenant.builder.authors(tenant.authors, others));
  folder = await mkdtemp(join(tmpdir(), 'keywright-sealed-token-test-'));
  await writeKubeconfig(join(folder, 'kubeconfig'), world.cluster.connection, 'admin');
  await writeFile(join(folder, 'token.txt'), `${TOKEN}\n`);
  await eventually(async () => {
    const { status } = await world.client.get(KEY_PROJECTS, { name: tenant.project });
    expect(status?.importKey).toBeDefined();
  });
}, 120_000);
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await world[Symbol.asyncDispose]();
});

type Environments = ApiKeySpec['environments'];

function manifest(name: string, environments: Environments, namespace: string = tenant.authors): ApiKey {
  const spec = { project: tenant.project, type: 'Secret', environments } as const;
  return { apiVersion: 'keywright.dev/v1alpha1', kind: 'ApiKey', metadata: { name, namespace }, spec };
}

/** The manifest with the token sealed into it. */
async function sealed(key: ApiKey, environment: string): Promise<ApiKey> {
  const path = join(folder, `${key.metadata.name}.yaml`);
  await writeFile(path, stringify(key));
  const env = { PATH: process.env['PATH'], HOME: folder, KUBECONFIG: join(folder, 'kubeconfig') };
  const flags = [`--patch=${path}`, `--environment=${environment}`, '--from-file=token.txt'];
  await promisify(execFile)(BIN, ['seal', ...flags], { cwd: folder, env });
  const text = await readFile(path, 'utf8');
  expect(text).not.toContain(TOKEN);
  return parse(text) as ApiKey;
}

test.each([
  ['an environment', 'staging', 'sealed-for-one'],
  ['whichever environment the key has', '*', 'sealed-for-all'],
])('A token sealed for %s is delivered as it was sealed', async (_name, environment, name) => {
  const key = await sealed(manifest(name, [{ name: 'staging' }]), environment);
  await world.apply(key);
  await world.whenReady(`${tenant.authors}/${name}`);
  expect(tokenOf(await world.secret(tenant.staging, name))).toBe(TOKEN);
  await eventually(async () => expect(sealedIn(await world.record(tenant.project, name))).toEqual([]));
  // Free for the next row.
  const ending: ApiKey = { ...key, spec: { ...key.spec, recoveryWindow: '0s' } };
  await world.apply(ending);
  await world.whenReady(`${tenant.authors}/${name}`);
  await world.remove(API_KEYS, { namespace: tenant.authors, name });
  await world.gone(API_KEYS, { namespace: tenant.authors, name });
});

describe('A message that was sealed for a key is refused', () => {
  let message: NonNullable<ApiKeySpec['import']>;
  beforeAll(async () => {
    const key = await sealed(manifest('checkout', [{ name: 'staging' }]), 'staging');
    message = key.spec.environments[0]?.import ?? {};
  });

  test.each<[string, () => ApiKey]>([
    ['in a key of another name', () => manifest('refunds', [{ name: 'staging', import: message }])],
    ['in another environment', () => manifest('checkout', [{ name: 'production', import: message }])],
    ['in another namespace', () => manifest('checkout', [{ name: 'staging', import: message }], others)],
  ])('%s', async (_name, key) => {
    const object = key();
    await world.apply(object);
    const { namespace = '', name } = object.metadata;
    const refused = await world.whenKey(`${namespace}/${name}`, { status: 'False', reason: 'ContextMismatch' });
    expect(refused.status?.version).toBeUndefined();
    await world.remove(API_KEYS, { namespace, name });
    await world.gone(API_KEYS, { namespace, name });
  });

  test('in a key of another kind', async () => {
    const spec = { project: tenant.project, type: 'SecretKey', environments: [{ name: 'staging', import: message }] };
    const metadata = { name: 'checkout', namespace: tenant.authors };
    await world.apply({ apiVersion: 'keywright.dev/v1alpha1', kind: 'CryptoKey', metadata, spec } as never);
    await eventually(async () => {
      const key = await world.client.get(CRYPTO_KEYS, metadata);
      expect(conditionOf(key)).toMatchObject({ status: 'False', reason: 'ContextMismatch' });
    });
  });
});

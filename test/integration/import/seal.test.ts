/** `keywright seal` as people run it, against a running operator; what it makes is opened with the operator's own keys. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse, parseDocument } from 'yaml';
import { KEY_PROJECTS } from '../../../src/api/resources.ts';
import { decodeImportSecret, IMPORT_NAME, newImportKey } from '../../../src/installation/import-secret.ts';
import { CONFIG_MAPS, SECRETS } from '../../../src/kube/objects/resource.ts';
import type { ImportContext } from '../../../src/sealing/import-context.ts';
import { ImportKeys } from '../../../src/sealing/import-keys.ts';
import { openImportMessage, type OpenedImport } from '../../../src/sealing/import-message.ts';
import { writeKubeconfig } from '../../support/cluster/kubeconfig-file.ts';
import { requestToken } from '../../support/cluster/request-token.ts';
import { eventually } from '../../support/harness/eventually.ts';
import { KeyWorld, type Tenant } from '../../support/key-world.ts';
import { OPERATOR_NAMESPACE } from '../../support/operator.ts';

const BIN = join(import.meta.dirname, '../../../bin/keywright');
const ref = { namespace: OPERATOR_NAMESPACE, name: IMPORT_NAME };
const TOKEN = 'canary-token-5b1f';

let world: KeyWorld;
let tenant: Tenant;
let folder: string;
let kubeconfig: string;
let installation: string;
/** A token for `place()`. */
let sealed: string;

beforeAll(async () => {
  world = await KeyWorld.start();
  tenant = await world.tenant();
  folder = await mkdtemp(join(tmpdir(), 'keywright-seal-test-'));
  kubeconfig = join(folder, 'kubeconfig');
  await writeKubeconfig(kubeconfig, world.cluster.connection, 'admin');
  await eventually(async () => {
    const { status } = await world.client.get(KEY_PROJECTS, { name: tenant.project });
    assert(status?.importKey !== undefined, 'the project does not report the import key yet');
    installation = status.installation ?? '';
  });
  await writeFile(join(folder, 'token.txt'), `${TOKEN}\n`);
  sealed = messageIn((await run(sealFlags())).stdout);
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await world[Symbol.asyncDispose]();
});

/** Of a new ServiceAccount "author" without any right. */
async function authorToken(): Promise<string> {
  await world.apply({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'author', namespace: tenant.authors },
  });
  return await requestToken(world.cluster.connection, tenant.authors, 'author');
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs it in the test's folder, with nothing of the tester's environment but the PATH. */
async function run(argv: readonly string[], { stdin = '', bin = BIN } = {}): Promise<Ended> {
  const env = { PATH: process.env['PATH'], HOME: folder, KUBECONFIG: kubeconfig };
  const child = spawn(bin, argv, { cwd: folder, env, stdio: 'pipe' });
  const texts = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (texts.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (texts.stderr += chunk.toString()));
  child.stdin.on('error', () => {});
  child.stdin.end(stdin);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, ...texts };
}

const sealFlags = (...more: readonly string[]): readonly string[] => [
  'seal',
  '--kind=ApiKey',
  `--namespace=${tenant.authors}`,
  '--name=checkout',
  `--project=${tenant.project}`,
  '--environment=production',
  '--from-file=token.txt',
  ...more,
];

function place(changes: Partial<ImportContext> = {}): ImportContext {
  return {
    installation,
    project: tenant.project,
    kind: 'ApiKey',
    namespace: tenant.authors,
    name: 'checkout',
    environment: 'production',
    field: 'token',
    ...changes,
  };
}

/** Opens it as the operator does. */
async function open(message: string, expected: ImportContext = place(), now = new Date()): Promise<OpenedImport> {
  const decoded = decodeImportSecret(await world.client.get(SECRETS, ref), installation);
  assert(decoded.state === 'valid');
  return await openImportMessage(new ImportKeys(decoded.stored.keys), message, expected, now);
}

function messageIn(yaml: string): string {
  const { spec } = parse(yaml) as { spec: { environments: { import: { openpgpMessage: string } }[] } };
  return spec.environments.at(-1)?.import.openpgpMessage ?? '';
}

const opened = { kind: 'Opened', content: Buffer.from(TOKEN) };

test('prints YAML that opens for the place it names, and shows nothing of the value', async () => {
  const { code, stdout, stderr } = await run(sealFlags());
  expect(stderr).toContain(`Sealed the token of ApiKey ${tenant.authors}/checkout`);
  expect(code).toBe(0);
  expect(stdout + stderr).not.toContain(TOKEN);
  expect(await open(messageIn(stdout))).toEqual(opened);
});

test.each<[string, () => Partial<ImportContext>]>([
  ['object', () => ({ name: 'other' })],
  ['kind', () => ({ kind: 'CryptoKey' })],
  ['namespace', () => ({ namespace: 'other' })],
  ['project', () => ({ project: 'other' })],
  ['environment', () => ({ environment: 'staging' })],
  ['field', () => ({ field: 'key' })],
  ['installation', () => ({ installation: 'aa'.repeat(16) })],
])('makes a message that cannot be replayed into another %s', async (_name, change) => {
  expect(await open(sealed, place(change()))).toMatchObject({ reason: 'ContextMismatch' });
});

test('makes a message that ends', async () => {
  const { stdout } = await run(sealFlags('--valid-for=1h'));
  const later = new Date(Date.now() + 2 * 3_600_000);
  expect(await open(messageIn(stdout), place(), later)).toMatchObject({ reason: 'ImportExpired' });
});

test('writes into a manifest from standard input, by the name kubectl calls it', async () => {
  const plugin = join(folder, 'kubectl-keywright');
  await symlink(BIN, plugin);
  const manifest = join(folder, 'checkout.yaml');
  const text = `# Ours\napiVersion: keywright.dev/v1alpha1\nkind: ApiKey\nmetadata:\n  name: checkout\n  namespace: ${tenant.authors}\nspec:\n  project: ${tenant.project}\n  environments:\n    - name: production # live\n`;
  await writeFile(manifest, text);
  const flags = ['seal', '--patch=checkout.yaml', '--environment=production', '--from-file=-'];
  const { code, stdout, stderr } = await run(flags, { stdin: TOKEN, bin: plugin });
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
  expect(stderr).toContain('Wrote it into checkout.yaml');
  const patched = await readFile(manifest, 'utf8');
  expect(patched.startsWith(text)).toBe(true);
  expect(await open(messageIn(patched))).toEqual(opened);
  expect(parseDocument(patched).errors).toEqual([]);
});

test('seals without a cluster to a key from a file', async () => {
  const map = await world.client.get(CONFIG_MAPS, ref);
  await writeFile(join(folder, 'import-key.asc'), map.data?.['import-key.asc'] ?? '');
  const { code, stdout } = await run(sealFlags('--import-key=import-key.asc', '--kubeconfig=/nonexistent'));
  expect(code).toBe(0);
  expect(await open(messageIn(stdout))).toEqual(opened);
});

test('needs no more rights than the roles for sealing give', async () => {
  const reader = join(folder, 'reader');
  const token = await authorToken();
  await writeKubeconfig(reader, { ...world.cluster.connection, token }, 'author');
  const refused = await run(sealFlags(`--kubeconfig=${reader}`));
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('ask for the roles keywright-seal');
  const subjects = [{ kind: 'ServiceAccount', name: 'author', namespace: tenant.authors }];
  const metadata = { name: 'authors-seal' };
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const roleRef = (kind: string): object => ({ apiGroup: 'rbac.authorization.k8s.io', kind, name: 'keywright-seal' });
  const inNamespace = { ...metadata, namespace: OPERATOR_NAMESPACE };
  for (const binding of [
    { apiVersion, kind: 'RoleBinding', metadata: inNamespace, roleRef: roleRef('Role'), subjects },
    { apiVersion, kind: 'ClusterRoleBinding', metadata, roleRef: roleRef('ClusterRole'), subjects },
  ]) {
    await world.apply(binding);
  }
  await eventually(async () => expect((await run(sealFlags(`--kubeconfig=${reader}`))).code).toBe(0));
});

test('refuses a published key that is not the one the project reports', async () => {
  const other = await newImportKey(installation, new Date());
  await world.stopOperator();
  await world.edit(CONFIG_MAPS, ref, (live) => ({
    ...live,
    data: { ...live.data, 'import-key.asc': other.publicKey },
  }));
  const { code, stdout, stderr } = await run(sealFlags());
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain('is not the one that KeyProject');
  await world.startOperator();
  await eventually(async () => expect((await run(sealFlags())).code).toBe(0));
});

test('says what to do about a cluster that is away and a file that is no kubeconfig', async () => {
  await writeFile(join(folder, 'broken'), 'canary: [');
  const broken = await run(sealFlags(`--kubeconfig=${join(folder, 'broken')}`));
  expect(broken.code).toBe(1);
  expect(broken.stderr).toContain('--import-key');
  expect(broken.stderr).not.toContain('canary');
  const away = join(folder, 'away');
  await writeKubeconfig(away, { ...world.cluster.connection, server: 'https://127.0.0.1:1' }, 'admin');
  expect((await run(sealFlags(`--kubeconfig=${away}`))).stderr).toContain('the API server cannot be reached');
});

test('ends with 2 when it was called in a wrong way', async () => {
  const { code, stderr } = await run(['seal', TOKEN]);
  expect(code).toBe(2);
  expect(stderr).toContain('keywright seal --help');
  expect(stderr).not.toContain(TOKEN);
});

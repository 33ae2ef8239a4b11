/** What docs/crypto-keys.md tells people to do, done: its snippets run on delivered Secrets, its manifest is sealed. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { CRYPTO_KEYS, KEY_PROJECTS } from '../../src/api/resources.ts';
import { SECRETS } from '../../src/kube/objects/resource.ts';
import { writeKubeconfig } from '../support/cluster/kubeconfig-file.ts';
import { gnupgHome } from '../support/gnupg-home.ts';
import { applyManifests, applyObject, type Manifest } from '../support/harness/apply-manifests.ts';
import { eventually } from '../support/harness/eventually.ts';
import { conditionOf, KeyWorld, textOf } from '../support/key-world.ts';
import { runTool } from '../support/outside-tool.ts';

const ROOT = join(import.meta.dirname, '../..');
const NAMESPACE = 'payments-config';
const READ = ['java-keystore', 'ec-jwt', 'file-content-pgp'];
const NAMES = ['ledger-core', 'session-tokens', 'settlement-files'];
const SLOW = { timeoutMs: 50_000 };
const guide = await readFile(join(ROOT, 'docs/crypto-keys.md'), 'utf8');

let world: KeyWorld;
let folder: string;
/** Where a container would find the Secrets. */
let mounts: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keywright-guide-'));
  mounts = join(folder, 'keys');
  world = await KeyWorld.start();
  await applyManifests(world.cluster.connection, 'examples/quickstart');
  for (const file of READ) await applyManifests(world.cluster.connection, `examples/crypto-keys/${file}.yaml`);
  for (const name of NAMES) await whenReady(name);
  await mountSecrets('payments-prod-eu');
}, 120_000);
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await world[Symbol.asyncDispose]();
});

async function whenReady(name: string): Promise<void> {
  await eventually(async () => {
    const key = await world.client.get(CRYPTO_KEYS, { namespace: NAMESPACE, name });
    expect(conditionOf(key), name).toMatchObject({ status: 'True', observedGeneration: key.metadata.generation });
  }, SLOW);
}

/** Writes every Secret as a volume shows it: a folder of its name, a file for each data key. */
async function mountSecrets(namespace: string): Promise<void> {
  const { items } = await world.client.list(SECRETS, { namespace });
  for (const { metadata, data = {} } of items) {
    await mkdir(join(mounts, metadata.name), { recursive: true });
    for (const [key, value] of Object.entries(data))
      await writeFile(join(mounts, metadata.name, key), Buffer.from(value, 'base64'), { mode: 0o600 });
  }
}

/** The block of a language below a heading, which reads our folder instead of /etc/keys. */
function snippet(heading: string, language: string): string {
  const [, section = ''] = guide.split(`\n### ${heading}\n`);
  const [, code] = new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 's').exec(section) ?? [];
  if (code === undefined) throw new Error(`docs/crypto-keys.md has no ${language} below ${heading}`);
  return code.replaceAll('/etc/keys', mounts);
}

test('Java reads the key store as the guide says', async () => {
  const file = join(folder, 'LedgerCore.java');
  await writeFile(file, snippet('Java', 'java'));
  // AES-256-GCM adds a tag of 16 bytes to the 9 of the message.
  expect((await runTool('java', [file])).toString()).toBe('AES 25\n');
});

test('gpg imports the key and decrypts with it as the guide says', async () => {
  await using home = await gnupgHome();
  const message = 'card 4711\n';
  await home.gpg(['--import', join(mounts, 'settlement-files', 'public.asc')]);
  const encrypt = ['--trust-model', 'always', '--recipient', 'settlement@example.com', '--encrypt'];
  await writeFile(join(home.path, 'cards.csv.gpg'), await home.gpg(encrypt, message));
  await runTool('bash', ['-euc', snippet('gpg', 'sh')], { env: { GNUPGHOME: home.path }, cwd: home.path });
  expect(await readFile(join(home.path, 'cards.csv'), 'utf8')).toBe(message);
});

test('a JOSE library signs and verifies as the guide says', async () => {
  const code = snippet('A JOSE library', 'js');
  const printed = await runTool(process.execPath, ['--input-type=module', '--eval', code], { cwd: ROOT });
  expect(printed.toString()).toBe('customer 17\n');
});

test('a manifest that is sealed as the guide says is imported, each key into its environment', async () => {
  const kubeconfig = join(folder, 'kubeconfig');
  await writeKubeconfig(kubeconfig, world.cluster.connection, 'admin');
  await eventually(async () => {
    const { status } = await world.client.get(KEY_PROJECTS, { name: 'payments' });
    expect(status?.importKey).toBeDefined();
  });
  const file = join(folder, 'partner-decryption.yaml');
  await writeFile(file, snippet('Seal a key for Git', 'yaml'));
  const make = 'openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:3072';
  await runTool('bash', ['-euc', `for name in staging production; do ${make} > $name.pem; done`], { cwd: folder });
  const programs = `kubectl() { shift; '${join(ROOT, 'bin/keywright')}' "$@"; }`;
  await runTool('bash', ['-euc', `${programs}\n${snippet('Seal a key for Git', 'sh')}`], {
    cwd: folder,
    env: { KUBECONFIG: kubeconfig },
  });
  await applyObject(world.cluster.connection, parse(await readFile(file, 'utf8')) as Manifest);
  await whenReady('partner-decryption');
  for (const [namespace, name] of [
    ['payments-staging', 'staging'],
    ['payments-prod-us', 'production'],
  ] as const) {
    const secret = await world.secret(namespace, 'partner-decryption');
    expect(textOf(secret, 'private.pem')).toBe(await readFile(join(folder, `${name}.pem`), 'utf8'));
  }
});

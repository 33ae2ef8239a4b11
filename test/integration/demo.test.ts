import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KIND_LABEL, MANAGED_LABEL } from '../../src/api/labels.ts';
import type { Secret } from '../../src/kube/objects/objects.ts';
import { readFolder } from '../support/chart/helm.ts';
import { apiRequest } from '../support/cluster/api-request.ts';
import { readKubeconfig } from '../support/cluster/kubeconfig-file.ts';
import { startCluster } from '../support/cluster/start-cluster.ts';
import type { Manifest } from '../support/harness/apply-manifests.ts';
import { eventually } from '../support/harness/eventually.ts';

const ROOT = join(import.meta.dirname, '../..');
const TIMEOUT_MS = 120_000;

/** A run as a person starts it in a terminal: its process group is what Ctrl-C reaches. */
interface Run {
  readonly child: ChildProcess;
  readonly output: () => string;
  /** Exit code, or the name of the signal it died of. */
  readonly ended: Promise<number | string>;
}

let temporary: string;
let run: Run | undefined;

beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'keywright-demo-test-'));
});

afterEach(async () => {
  if (run !== undefined && run.child.exitCode === null) sendToGroup(run, 'SIGKILL');
  run = undefined;
  await rm(temporary, { recursive: true, force: true });
});

function npmRunDemo(...flags: readonly string[]): Run {
  const child = spawn('npm', ['run', '--silent', 'demo', '--', ...flags], {
    cwd: ROOT,
    detached: true,
    // A kubeconfig that would fail anybody who read it.
    env: { ...process.env, TMPDIR: temporary, KUBECONFIG: '/nonexistent/kubeconfig' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  const ended = new Promise<number | string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  run = { child, output: () => chunks.join(''), ended };
  return run;
}

/** npm keeps a compile cache there too. */
async function filesOfOurs(): Promise<readonly string[]> {
  return (await readdir(temporary)).filter((name) => name.startsWith('keywright'));
}

function sendToGroup({ child }: Run, signal: NodeJS.Signals): void {
  process.kill(-(child.pid ?? 0), signal);
}

async function untilOutput({ output }: Run, text: string): Promise<void> {
  await eventually(() => expect(output()).toContain(text), { timeoutMs: TIMEOUT_MS });
}

/** Data keys of Secrets whose values anybody may see. */
const PUBLIC_KEYS = ['key-id', 'public.pem', 'public.asc', 'jwks.json'];

interface Delivered {
  readonly kind: string;
  /** Secret texts: each value in base64, of a token its secret end, of a crypto key each line that is not the same in all. */
  readonly texts: readonly string[];
}

/** What every delivered Secret holds that nobody may see, read past the demo. */
async function deliveredSecrets(kubeconfig: string): Promise<readonly Delivered[]> {
  const path = `/api/v1/secrets?labelSelector=${MANAGED_LABEL}%3Dtrue`;
  const { body } = await apiRequest(await readKubeconfig(kubeconfig), { path });
  const { items } = JSON.parse(body) as { items: readonly Secret[] };
  return items.map(({ metadata, data = {} }) => ({
    kind: metadata.labels?.[KIND_LABEL] ?? '',
    texts: Object.entries(data)
      .filter(([key]) => !PUBLIC_KEYS.includes(key))
      .flatMap(([, value]) => [value, ...secretTexts(Buffer.from(value, 'base64').toString('latin1'))]),
  }));
}

/** Armour lines and the names in a JWK are the same in every key. */
function secretTexts(value: string): readonly string[] {
  if (value.startsWith('{')) return Object.values(JSON.parse(value) as Record<string, unknown>).map(String);
  if (value.startsWith('acme_')) return [value.slice(value.lastIndexOf('_') + 1)];
  return value.split('\n').filter((line) => !/^(-----.*|)$/.test(line));
}

/** Pieces of 8 characters. */
function pieces(text: string): readonly string[] {
  return Array.from({ length: Math.max(0, text.length - 7) }, (_, index) => text.slice(index, index + 8));
}

async function readQuickstart(): Promise<readonly Manifest[]> {
  return await readFolder('examples/quickstart');
}

/** What `kubectl apply` would take to have been applied last of examples/quickstart. */
async function lastAppliedOf(kubeconfig: string): Promise<readonly unknown[]> {
  const admin = await readKubeconfig(kubeconfig);
  return await Promise.all(
    (await readQuickstart()).map(async (manifest) => {
      const { metadata } = JSON.parse((await apiRequest(admin, { path: pathOf(manifest) })).body) as Manifest;
      return JSON.parse(
        metadata.annotations?.['kubectl.kubernetes.io/last-applied-configuration'] ?? 'null',
      ) as unknown;
    }),
  );
}

function pathOf({ apiVersion, kind, metadata: { name, namespace } }: Manifest): string {
  const place = namespace === undefined ? '' : `/namespaces/${namespace}`;
  return `/${apiVersion === 'v1' ? 'api' : 'apis'}/${apiVersion}${place}/${kind.toLowerCase()}s/${name}`;
}

describe('npm run demo', () => {
  it(
    '-- --once shows the whole tour, exits 0 and leaves no file behind',
    async () => {
      const { output, ended } = npmRunDemo('--once');
      expect(await ended, output()).toBe(0);
      const lines = output();
      expect(lines).toMatch(/^✓ Kubernetes v\S+ runs at https:\/\/127\.0\.0\.1:\d+/m);
      expect(lines).toMatch(/^✓ The operator runs as ServiceAccount keywright-system\/keywright/m);
      expect(lines).toMatch(/^✓ examples\/quickstart is applied: .* Ready in 3 of 3 namespaces/m);
      expect(lines).toMatch(/^ {2}payments +Payments platform +True /m);
      expect(lines).toMatch(/^ {2}payments-config +checkout +payments +Active .* 2\/2 +True /m);
      expect(lines).toMatch(/^ {4}token {4}acme_sk_live_[0-9a-z]{12}_\*\*\* /m);
      const hashes = [...lines.matchAll(/^ {4}(sha256:[0-9a-f]{64})$/gm)].map(([, hash]) => hash);
      expect(hashes).toHaveLength(2);
      expect(hashes[0]).toBe(hashes[1]);
      expect(lines.match(/^✓ Secret .*: back after \d+ ms, with the same token/gm)).toHaveLength(2);
      expect(lines).toMatch(
        /^✓ 4 files of examples\/crypto-keys are applied: every CryptoKey is Ready in 3 namespaces/m,
      );
      expect(lines).toMatch(/^ {2}card-data +SecretKey +AES-256 +Generated +KCV [0-9A-F]{6} +key\.b64 key\.bin$/m);
      expect(lines).toMatch(
        /^ {2}statement-signing +KeyPair +RSA-3072 +Generated +SHA256:\S{16}… +jwk\.json private\.pem public\.pem$/m,
      );
      expect(lines).toMatch(
        /^ {2}report-exchange +OpenPGP +OpenPGP-ECC +Generated +[0-9A-F]{23}… +private\.asc public\.asc$/m,
      );
      expect(lines).toMatch(
        /^ {2}partner-verification +PublicKey +EC-P256 +Imported +SHA256:\S{16}… +jwk\.json public\.pem$/m,
      );
      expect(lines.match(/^✓ Secret \S+ deleted: back after \d+ ms, the same byte for byte/gm)).toHaveLength(4);
      expect(lines).toMatch(/^✓ Resync: \d+ reconciles, 0 writes /m);
      expect(lines).toMatch(/^Everything was as it should be\.$/m);
      expect(lines).not.toContain('\u001b');
      expect(await filesOfOurs()).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it(
    '-- --kubeconfig uses a cluster that has nothing of ours yet, and one that it has used before; kubectl apply goes on from there',
    async () => {
      const cluster = await startCluster();
      try {
        for (const _ of ['fresh', 'used']) {
          const { output, ended } = npmRunDemo('--once', `--kubeconfig=${cluster.kubeconfigPath}`);
          expect(await ended, output()).toBe(0);
          expect(output()).toMatch(/^Everything was as it should be\.$/m);
        }
        expect(await lastAppliedOf(cluster.kubeconfigPath)).toEqual(await readQuickstart());
      } finally {
        await cluster.stop();
      }
    },
    TIMEOUT_MS,
  );

  it(
    'keeps running until Ctrl-C, shows no piece of a token or key, and ends what it started',
    async () => {
      const demo = npmRunDemo();
      await untilOutput(demo, 'Ctrl-C ends');
      const kubeconfig = /export KUBECONFIG=(\S+)/.exec(demo.output())?.[1] ?? '';
      const { server } = await readKubeconfig(kubeconfig);
      const metrics = /curl (http\S+)/.exec(demo.output())?.[1] ?? '';
      expect((await fetch(metrics)).status).toBe(200);
      const delivered = await deliveredSecrets(kubeconfig);
      expect(delivered.map(({ kind }) => kind).toSorted()).toEqual([
        ...Array<string>(3).fill('ApiKey'),
        // Four keys; one has a second Secret for its public half.
        ...Array<string>(15).fill('CryptoKey'),
      ]);
      const secretPieces = delivered.flatMap(({ texts }) => texts).flatMap(pieces);
      expect(secretPieces.length).toBeGreaterThan(1_000);
      expect(secretPieces.filter((piece) => demo.output().includes(piece)).length).toBe(0);

      sendToGroup(demo, 'SIGINT');
      expect(await demo.ended).toBe(0);
      expect(demo.output()).toContain('Ending the operator and the cluster');
      expect(existsSync(dirname(kubeconfig))).toBe(false);
      await expect(fetch(metrics)).rejects.toThrow('fetch failed');
      await expect(apiRequest({ server }, { path: '/livez' })).rejects.toThrow('ECONNREFUSED');
    },
    TIMEOUT_MS,
  );

  it(
    'ends cleanly, and not as a success, when it is asked to before the tour is over',
    async () => {
      const demo = npmRunDemo('--once');
      await untilOutput(demo, 'The CRDs');
      const server = /runs at (https:\S+?):? /.exec(demo.output())?.[1] ?? '';
      sendToGroup(demo, 'SIGTERM');
      expect(await demo.ended).not.toBe(0);
      expect(demo.output()).not.toContain('demo failed');
      expect(await filesOfOurs()).toEqual([]);
      await expect(apiRequest({ server }, { path: '/livez' })).rejects.toThrow('ECONNREFUSED');
    },
    TIMEOUT_MS,
  );

  it.each([
    {
      flags: ['--kubeconfig=/nonexistent/file'],
      code: 1,
      says: 'Could not read /nonexistent/file: there is no such file\nName another one with --kubeconfig=FILE, or none',
    },
    { flags: ['--onec'], code: 2, says: 'Usage: npm run demo' },
    { flags: ['--help'], code: 0, says: 'Usage: npm run demo' },
  ])('answers $flags with exit code $code', async ({ flags, code, says }) => {
    const { output, ended } = npmRunDemo(...flags);
    expect(await ended).toBe(code);
    expect(output()).toContain(says);
  });
});

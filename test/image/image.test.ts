/** The image as `npm run image` builds it, run as locked down as Pod Security "restricted" demands, on a real cluster. */
import { Version } from '@cyclonedx/cyclonedx-library/Spec';
import { JsonStrictValidator } from '@cyclonedx/cyclonedx-library/Validation';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempDisposable, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildImage } from '../../scripts/image/build-image.ts';
import { dockerEngine, type DockerEngine } from '../../scripts/image/docker-engine.ts';
import type { ApiKey } from '../../src/api/generated/api-key.ts';
import type { CryptoKey } from '../../src/api/generated/crypto-key.ts';
import { API_KEYS, CRYPTO_KEYS } from '../../src/api/resources.ts';
import { SECRETS, type Resource } from '../../src/kube/objects/resource.ts';
import { VERSION } from '../../src/version.ts';
import { applyManifests, applyObject } from '../support/harness/apply-manifests.ts';
import { eventually } from '../support/harness/eventually.ts';
import { conditionOf, KeyWorld, textOf } from '../support/key-world.ts';
import { runTool } from '../support/outside-tool.ts';
import { startOperatorContainer, type OperatorContainer } from './operator-container.ts';

const ROOT = join(import.meta.dirname, '../..');
const TIME = new Date('2026-11-23T12:00:00Z');
const [IMAGE, AGAIN] = ['keywright:test', 'keywright:test-again'];
const AUTHORS = 'payments-config';
const SLOW = { timeoutMs: 60_000 };

let engine: DockerEngine;
let world: KeyWorld;
beforeAll(async () => {
  engine = await dockerEngine(process.env);
  Object.assign(process.env, {
    DOCKER_HOST: engine.host,
    // Its helper cannot be pulled, and without the address it would pull another one to find it.
    TESTCONTAINERS_RYUK_DISABLED: 'true',
    TESTCONTAINERS_HOST_OVERRIDE: '127.0.0.1',
  });
  await buildImage({ docker: engine.docker, root: ROOT, reference: IMAGE, time: TIME });
});
afterAll(async () => {
  try {
    await engine.docker(['image', 'rm', IMAGE, AGAIN]);
  } finally {
    await engine[Symbol.asyncDispose]();
  }
});

const READ_DOCUMENTS = `JSON.stringify([
  ...['/keywright/sbom.cdx.json', '/usr/share/sbom/base.cdx.json'].map((path) => fs.readFileSync(path, 'utf8')),
  process.versions.node,
  fs.readFileSync('/usr/share/common-licenses/LGPL-2.1', 'utf8'),
])`;
const inNode = async (expression: string): Promise<string> =>
  await engine.docker(['run', '--rm', '--network=none', '--entrypoint=/nodejs/bin/node', IMAGE, '--print', expression]);
const inspected = async (image: string, format: string): Promise<unknown> =>
  JSON.parse(await engine.docker(['image', 'inspect', `--format={{json ${format}}}`, image])) as unknown;

describe('the image', () => {
  test('is the same when it is built again', async () => {
    await buildImage({ docker: engine.docker, root: ROOT, reference: AGAIN, time: TIME });
    expect(await inspected(AGAIN, '.RootFS.Layers')).toEqual(await inspected(IMAGE, '.RootFS.Layers'));
  });

  test('is built on images that are named, not on whatever a tag is today', async () => {
    // Of the file alone, without a context: it ends before anything is read.
    const build = (...given: readonly string[]): Promise<string> =>
      engine.docker(['build', '--network=none', '--force-rm', ...given, '-'], join(ROOT, 'Dockerfile'));
    await expect(build()).rejects.toThrow('BUILDER: name-the-image-to-build-in-by-its-digest');
    const text = await readFile(join(ROOT, 'Dockerfile'), 'utf8');
    expect(text.match(/^ARG (BUILDER|BASE).*$/gm)).toEqual(['ARG BUILDER', 'ARG BASE']);
    expect(text.match(/^FROM .*$/gm)).toEqual([
      expect.stringMatching(/^FROM \$\{BUILDER:\?\S+\} AS build$/),
      expect.stringMatching(/^FROM \$\{BASE:\?\S+\}$/),
    ]);
  });

  test('holds what the sources give with every package installed', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'keywright-program-'));
    const [here, inImage] = [join(folder.path, 'here'), join(folder.path, 'in-image')];
    const env = { SOURCE_DATE_EPOCH: String(TIME.getTime() / 1_000) };
    await runTool(process.execPath, [join(ROOT, 'scripts/image/program.ts'), here], { env });
    const container = await engine.docker(['create', IMAGE]);
    await engine.docker(['cp', `${container}:/keywright`, inImage]);
    await engine.docker(['rm', container]);
    expect((await runTool('diff', ['-r', here, inImage])).toString()).toBe('');
  });

  test('brings valid bills of materials, which name its Node and libraries, and licences of these', async () => {
    const [program = '', base = '', version, licence] = JSON.parse(await inNode(READ_DOCUMENTS)) as readonly string[];
    const judge = new JsonStrictValidator(Version.v1dot6);
    expect([await judge.validate(program), await judge.validate(base)]).toEqual([null, null]);
    const { components } = JSON.parse(base) as { components: readonly { name: string; version: string }[] };
    const libraries = ['base-files', 'gcc-12-base', 'libc6', 'libgcc-s1', 'libstdc++6'];
    expect(components.map(({ name }) => name)).toEqual(['node', ...libraries]);
    expect(components[0]?.version).toBe(version);
    expect(licence).toContain('GNU LESSER GENERAL PUBLIC LICENSE');
  });

  test('names a user by number that is not root', async () => {
    expect(await inspected(IMAGE, '.Config.User')).toBe('65532:65532');
  });

  test('is small', async () => {
    expect(await inspected(IMAGE, '.Size')).toBeLessThan(150e6);
  });

  test.each(['/bin/sh', '/nodejs/bin/npm'])('has no %s', async (program) => {
    const run = engine.docker(['run', '--rm', '--network=none', `--entrypoint=${program}`, IMAGE]);
    await expect(run).rejects.toThrow('no such file or directory');
  });

  test('is also the command-line program', async () => {
    const run = await engine.docker(['run', '--rm', '--network=none', '--read-only', IMAGE, '--version']);
    expect(run).toBe(`keywright ${VERSION}`);
  });
});

describe('the operator in a read-only container without root or a capability', () => {
  let operator: OperatorContainer;
  beforeAll(async () => {
    world = await KeyWorld.startStopped();
    operator = await startOperatorContainer(IMAGE, world.cluster.connection);
    await applyManifests(world.cluster.connection, 'examples/quickstart');
  });
  afterAll(async () => {
    await operator[Symbol.asyncDispose]();
    await world[Symbol.asyncDispose]();
  });

  /** The status of Ready, once it is True for the present spec. */
  const readiness = async (resource: Resource<ApiKey | CryptoKey>, name: string): Promise<string> =>
    await eventually(async () => {
      const key = await world.client.get(resource, { namespace: AUTHORS, name });
      const ready = conditionOf(key);
      if (ready?.status !== 'True' || ready.observedGeneration !== key.metadata.generation)
        throw new Error(`${name}: ${JSON.stringify(key.status?.conditions)}`);
      return ready.status;
    }, SLOW);

  test('may do nothing but run', async () => {
    const code = `import { readFileSync, writeFileSync } from 'node:fs';
      const refused = ['/keywright/x', '/tmp/x'].map((path) => { try { writeFileSync(path, ''); } catch ({ code }) { return code; } });
      console.log(JSON.stringify({ status: readFileSync('/proc/1/status', 'utf8'), refused }));`;
    const { output } = await operator.container.exec(['/nodejs/bin/node', '--input-type=module', '--eval', code]);
    const { status, refused } = JSON.parse(output) as { status: string; refused: readonly string[] };
    expect(status).toMatch(/^Uid:\t65532\t65532\t65532\t65532$/m);
    expect(status).toMatch(/^CapEff:\t0{16}$/m);
    expect(status).toMatch(/^CapBnd:\t0{16}$/m);
    expect(refused).toEqual(['EROFS', 'EROFS']);
  });

  test('is ready, and delivers an ApiKey', async () => {
    expect(await readiness(API_KEYS, 'checkout')).toBe('True');
    await eventually(async () => expect((await fetch(operator.readiness)).status).toBe(200));
    const secret = await world.client.get(SECRETS, { namespace: 'payments-prod-eu', name: 'checkout' });
    expect(textOf(secret, 'token')).toMatch(/^acme_sk_/);
  });

  test('mints RSA and OpenPGP keys in its threads', async () => {
    for (const file of ['rsa-signing', 'file-content-pgp'])
      await applyManifests(world.cluster.connection, `examples/crypto-keys/${file}.yaml`);
    expect(await readiness(CRYPTO_KEYS, 'statement-signing')).toBe('True');
    expect(await readiness(CRYPTO_KEYS, 'settlement-files')).toBe('True');
  });

  test('judges an imported key in its thread', async () => {
    const pem = (): string =>
      generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    await applyObject(world.cluster.connection, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'partner-keys', namespace: AUTHORS, labels: { 'keywright.dev/allow-import': 'true' } },
      stringData: { 'acquirer-staging.pem': pem(), 'acquirer-production.pem': pem() },
    });
    await applyManifests(world.cluster.connection, 'examples/crypto-keys/private-key-import.yaml');
    expect(await readiness(CRYPTO_KEYS, 'acquirer-signing')).toBe('True');
  });
});

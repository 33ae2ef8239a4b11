/**
 * Everything in examples/ on an operator that runs, applied in the order examples/README.md says; test/gitops has what
 * Argo CD and Flux apply.
 */
import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiKey } from '../../src/api/generated/api-key.ts';
import type { CryptoKey } from '../../src/api/generated/crypto-key.ts';
import type { KeyProject } from '../../src/api/generated/key-project.ts';
import { API_KEYS, CRYPTO_KEYS, KEY_PROJECTS } from '../../src/api/resources.ts';
import type { Condition } from '../../src/kube/objects/conditions.ts';
import { SECRETS, type Resource } from '../../src/kube/objects/resource.ts';
import { systemClock } from '../../src/system-clock.ts';
import { secretsOfReadme } from '../support/example-secrets.ts';
import { applyManifests, applyObject, type Manifest } from '../support/harness/apply-manifests.ts';
import { eventually } from '../support/harness/eventually.ts';
import { conditionOf, KeyWorld } from '../support/key-world.ts';
import { WarpedClock } from '../support/warped-clock.ts';
import { yamlDocuments } from '../support/yaml-documents.ts';

/** Examples expire on days that are to come when they are read; here it is never later than this. */
const TODAY = Date.parse('2026-11-23T12:00:00Z');
const QUICKSTART = 'examples/quickstart';
const SOURCES = ['partner-keys', 'keys-to-deploy'];
const RESOURCES: readonly Resource<KeyProject | ApiKey | CryptoKey>[] = [KEY_PROJECTS, API_KEYS, CRYPTO_KEYS];

const files = (await readdir('examples', { recursive: true }))
  .filter((file) => file.endsWith('.yaml') && !file.startsWith('gitops/'))
  .map((file) => `examples/${file}`)
  .toSorted();
const others = files.filter((file) => !file.startsWith(QUICKSTART));

let world: KeyWorld;
beforeAll(async () => {
  const clock = new WarpedClock();
  clock.jump(TODAY - systemClock.now().getTime());
  world = await KeyWorld.start({ dependencies: { clock } });
  await applyManifests(world.cluster.connection, QUICKSTART);
  for (const secret of await secretsOfReadme()) await applyObject(world.cluster.connection, secret);
  for (const file of others) await applyManifests(world.cluster.connection, file);
}, 120_000);
afterAll(async () => world[Symbol.asyncDispose]());

/** The Ready condition of the present spec, once it is True. */
async function whenReady({ kind, metadata: { name, namespace } }: Manifest): Promise<Condition> {
  const resource = RESOURCES.find((known) => known.kind === kind) ?? expect.fail(`${kind} is none of our kinds`);
  const ref = namespace === undefined ? { name } : { namespace, name };
  return await eventually(
    async () => {
      const object = await world.client.get(resource, ref);
      const ready = conditionOf(object);
      if (ready?.status !== 'True' || ready.observedGeneration !== object.metadata.generation)
        throw new Error(`${kind} ${name}: ${JSON.stringify(object.status?.conditions)}`);
      return ready;
    },
    { timeoutMs: 50_000 },
  );
}

describe('examples', () => {
  test.each(files)('%s goes Ready', async (file) => {
    const objects = yamlDocuments<Manifest>(await readFile(file, 'utf8'));
    for (const object of objects.filter(({ kind }) => kind !== 'Namespace'))
      expect(await whenReady(object)).toMatchObject({ status: 'True' });
  });

  test('are Ready still when the Secrets they were imported from are gone', async () => {
    const importing = await keysThatImport();
    expect(importing.length).toBeGreaterThan(3);
    for (const object of importing) await whenReady(object);
    for (const name of SOURCES) await world.remove(SECRETS, { namespace: 'payments-config', name });
    // A change of generation makes the operator look again, and a Ready for it says that it has.
    for (const object of importing) await applyObject(world.cluster.connection, withName(object));
    for (const object of importing) await whenReady(object);
  });
});

function withName(object: Manifest): Manifest {
  return { ...object, spec: { ...(object['spec'] as object), displayName: 'Looked at' } };
}

async function keysThatImport(): Promise<readonly Manifest[]> {
  const texts = await Promise.all(others.map((file) => readFile(file, 'utf8')));
  return texts
    .flatMap((text) => yamlDocuments<Manifest>(text))
    .filter((object) => JSON.stringify(object).includes('secretKeyRef'));
}

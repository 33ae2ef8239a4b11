/** The import key of a running operator: kept, published, reported in every project, and rotated when ordered. */
import assert from 'node:assert/strict';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KEY_PROJECTS } from '../../../src/api/resources.ts';
import { IMPORT_NAME } from '../../../src/installation/import-secret.ts';
import type { ConfigMap, Secret } from '../../../src/kube/objects/objects.ts';
import { CONFIG_MAPS, SECRETS } from '../../../src/kube/objects/resource.ts';
import { readImportRecipient, type ImportRecipient } from '../../../src/sealing/seal-import.ts';
import { eventually } from '../../support/harness/eventually.ts';
import { recordWatch } from '../../support/harness/watch-recorder.ts';
import { IssuedKey } from '../../support/issued-key.ts';
import { KeyWorld } from '../../support/key-world.ts';
import { OPERATOR_NAMESPACE } from '../../support/operator.ts';

const ref = { namespace: OPERATOR_NAMESPACE, name: IMPORT_NAME };
let world: KeyWorld;

beforeAll(async () => {
  world = await KeyWorld.start();
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

function secret(): Promise<Secret> {
  return world.client.get(SECRETS, ref);
}

async function published(): Promise<ConfigMap> {
  return await world.client.get(CONFIG_MAPS, ref);
}

async function recipient(): Promise<ImportRecipient> {
  const { data } = await published();
  const found = await readImportRecipient(data?.['import-key.asc'] ?? '', new Date());
  assert(found !== undefined, 'no import key is published');
  return found;
}

async function reported(project: string): Promise<string | undefined> {
  return (await world.client.get(KEY_PROJECTS, { name: project })).status?.importKey?.fingerprint;
}

test('is published with its fingerprint and the installation, which every project reports', async () => {
  const { project } = await world.tenant();
  await eventually(published);
  const { fingerprint, installation } = await recipient();
  expect((await published()).data).toMatchObject({ fingerprint, installation });
  await eventually(async () => expect(await reported(project)).toBe(fingerprint));
  const { status } = await world.client.get(KEY_PROJECTS, { name: project });
  expect(status?.installation).toBe(installation);
});

test('comes back byte for byte when its Secret is deleted or edited', async () => {
  const { data = {} } = await secret();
  await world.remove(SECRETS, ref);
  await eventually(async () => expect((await secret()).data).toEqual(data));
  await world.edit(SECRETS, ref, (live) => ({ ...live, data: {} }));
  await eventually(async () => expect((await secret()).data).toEqual(data));
});

test('is published again when the ConfigMap is deleted, edited or frozen', async () => {
  const { data = {} } = await published();
  await world.remove(CONFIG_MAPS, ref);
  await eventually(async () => expect((await published()).data).toEqual(data));
  await world.edit(CONFIG_MAPS, ref, (live) => ({ ...live, data: { fingerprint: 'planted' } }));
  await eventually(async () => expect((await published()).data).toEqual(data));
  await world.edit(CONFIG_MAPS, ref, (live) => ({ ...live, data: { fingerprint: 'planted' }, immutable: true }));
  await eventually(async () => expect((await published()).data).toEqual(data));
  const events = await world.events(ref);
  expect(events.map(({ reason }) => reason)).toContain('ImportKeyRepaired');
});

test('is not written again by a resync', async () => {
  await using secrets = await recordWatch(world.client, SECRETS, { namespace: OPERATOR_NAMESPACE });
  await using maps = await recordWatch(world.client, CONFIG_MAPS, { namespace: OPERATOR_NAMESPACE });
  world.operator.resync();
  const sentinel = { apiVersion: 'v1', metadata: { name: 'sentinel', namespace: OPERATOR_NAMESPACE } };
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  await world.client.create(SECRETS, { ...sentinel, kind: 'Secret' });
  await world.client.create(CONFIG_MAPS, { ...sentinel, kind: 'ConfigMap' });
  const isSentinel = ({ object }: { object: { metadata: { name: string } } }): boolean =>
    object.metadata.name === 'sentinel';
  expect(await secrets.until((seen) => seen.some(isSentinel))).toHaveLength(1);
  expect(await maps.until((seen) => seen.some(isSentinel))).toHaveLength(1);
});

test('is replaced once for each new text of the annotation, and the projects follow', async () => {
  const { project } = await world.tenant();
  const order = async (text: string): Promise<void> => {
    await world.edit(SECRETS, ref, (live) => ({
      ...live,
      metadata: { ...live.metadata, annotations: { 'keywright.dev/rotate': text } },
    }));
  };
  const before = await recipient();
  await order('2027');
  await eventually(async () => expect((await recipient()).fingerprint).not.toBe(before.fingerprint));
  const after = await recipient();
  await eventually(async () => expect(await reported(project)).toBe(after.fingerprint));
  const about = world.operator.logLines.filter((line) => line.includes(after.fingerprint) && line.includes('ublished'));
  const published = { level: 'info', msg: 'Published another import key', former: before.fingerprint };
  expect(about.map((line) => JSON.parse(line) as object)).toMatchObject([published]);
  await world.whileStopped(async () => {});
  await order('');
  await order('2027');
  await world.remove(SECRETS, ref);
  await eventually(async () => expect((await secret()).data?.['keys']).toBeDefined());
  expect((await recipient()).fingerprint).toBe(after.fingerprint);
  const text = Buffer.from((await secret()).data?.['keys'] ?? '', 'base64').toString();
  const { keys } = JSON.parse(text) as { keys: { fingerprint: string; state: string }[] };
  expect(keys.map(({ fingerprint, state }) => [fingerprint, state])).toEqual([
    [after.fingerprint, 'Active'],
    [before.fingerprint, 'Retired'],
  ]);
});

test('is not made anew beside records; keys go on, and an admin brings it back', async () => {
  const given = await IssuedKey.issue(world);
  const { type = '', data = {} } = await secret();
  const { fingerprint } = await recipient();
  await world.whileStopped(() => world.remove(SECRETS, ref));
  await eventually(async () =>
    expect((await world.events(ref)).map(({ reason }) => reason)).toContain('ImportKeyMissing'),
  );
  await IssuedKey.issue(world);
  expect(await reported(given.tenant.project)).toBe(fingerprint);
  await expect(secret()).rejects.toThrow();
  await world.client.create(SECRETS, { apiVersion: 'v1', kind: 'Secret', metadata: ref, type, data });
  await world.remove(CONFIG_MAPS, ref);
  await eventually(async () => expect((await recipient()).fingerprint).toBe(fingerprint));
});

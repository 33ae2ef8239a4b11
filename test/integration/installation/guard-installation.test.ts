import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { restoreInstallation } from '../../../src/installation/guard-installation.ts';
import type { InstallationChange } from '../../../src/installation/guard-installation.ts';
import { INSTALLATION_SECRET } from '../../../src/installation/installation-secret.ts';
import { KEYRING_SECRET } from '../../../src/installation/keyring-secret.ts';
import { openInstallation } from '../../../src/installation/open-installation.ts';
import { PEPPERS_SECRET } from '../../../src/installation/peppers-secret.ts';
import type { SecretCopy } from '../../../src/installation/secret-copy.ts';
import type { Secret } from '../../../src/kube/objects/objects.ts';
import { SECRETS } from '../../../src/kube/objects/resource.ts';
import { systemClock } from '../../../src/system-clock.ts';
import { adminClient, createNamespace } from '../../support/harness.ts';
import { recordWatch } from '../../support/harness/watch-recorder.ts';
import { RecordingLogger } from '../../support/recording-logger.ts';

const client = await adminClient();
const logger = new RecordingLogger();
const names = [INSTALLATION_SECRET, KEYRING_SECRET, PEPPERS_SECRET];

async function openIn(namespace: string): Promise<readonly SecretCopy[]> {
  const state = await openInstallation({ client, namespace, randomBytes, clock: systemClock, logger });
  assert(state.kind === 'Ready');
  return state.copies;
}

async function restore(copies: readonly SecretCopy[]): Promise<readonly InstallationChange[]> {
  const changes: InstallationChange[] = [];
  await restoreInstallation({ client, copies, logger, onChange: (change) => changes.push(change) });
  return changes;
}

async function remove({ metadata }: Secret): Promise<void> {
  const { name, namespace = '', uid = '', resourceVersion = '' } = metadata;
  await client.delete(SECRETS, { namespace, name }, { uid, resourceVersion });
}

describe('restoreInstallation', () => {
  test('writes nothing while all Secrets are intact', async () => {
    const namespace = await createNamespace();
    const copies = await openIn(namespace);
    await using recorder = await recordWatch(client, SECRETS, { namespace });
    expect(await restore(copies)).toEqual([]);
    expect(await restore(copies)).toEqual([]);
    const sentinel = { metadata: { name: 'sentinel', namespace }, apiVersion: 'v1', kind: 'Secret' };
    await client.create(SECRETS, sentinel);
    const events = await recorder.until((seen) => seen.some(({ object }) => object.metadata.name === 'sentinel'));
    expect(events).toHaveLength(1);
  });

  test.each(names)('brings a deleted %s back with the same bytes', async (name) => {
    const namespace = await createNamespace();
    const copies = await openIn(namespace);
    const live = await client.get(SECRETS, { namespace, name });
    await remove(live);
    expect(await restore(copies)).toEqual([{ namespace, name, change: 'Deleted' }]);
    const restored = await client.get(SECRETS, { namespace, name });
    expect(restored).toMatchObject({ type: live.type, data: live.data, metadata: { labels: live.metadata.labels } });
    expect(restored.metadata.uid).not.toBe(live.metadata.uid);
  });

  test.each(names)('puts an edited %s right and keeps labels others gave it', async (name) => {
    const namespace = await createNamespace();
    const copies = await openIn(namespace);
    const live = await client.get(SECRETS, { namespace, name });
    const labels = { ...live.metadata.labels, backup: 'daily' };
    await client.update(SECRETS, { ...live, metadata: { ...live.metadata, labels }, data: { id: 'AAAA' } });
    expect(await restore(copies)).toEqual([{ namespace, name, change: 'Edited' }]);
    expect(await client.get(SECRETS, { namespace, name })).toMatchObject({ data: live.data, metadata: { labels } });
  });

  test('makes a Secret anew that was edited and frozen', async () => {
    const namespace = await createNamespace();
    const copies = await openIn(namespace);
    const live = await client.get(SECRETS, { namespace, name: KEYRING_SECRET });
    await client.update(SECRETS, { ...live, data: { keks: 'AAAA' }, immutable: true });
    expect(await restore(copies)).toEqual([{ namespace, name: KEYRING_SECRET, change: 'Replaced' }]);
    const restored = await client.get(SECRETS, { namespace, name: KEYRING_SECRET });
    expect(restored.data).toEqual(live.data);
    expect(restored.immutable).toBeUndefined();
  });

  test('leaves a stranger of the same name alone and takes the place when it goes', async () => {
    const namespace = await createNamespace();
    const copies = await openIn(namespace);
    const live = await client.get(SECRETS, { namespace, name: KEYRING_SECRET });
    await remove(live);
    const { apiVersion = 'v1', kind = 'Secret' } = live;
    const stranger = await client.create(SECRETS, {
      apiVersion,
      kind,
      metadata: { name: KEYRING_SECRET, namespace },
      type: 'Opaque',
    });
    expect(await restore(copies)).toEqual([{ namespace, name: KEYRING_SECRET, change: 'Foreign' }]);
    expect(await client.get(SECRETS, { namespace, name: KEYRING_SECRET })).toEqual(stranger);
    await remove(stranger);
    expect(await restore(copies)).toEqual([{ namespace, name: KEYRING_SECRET, change: 'Deleted' }]);
  });

  test('called twice at once restores once', async () => {
    const namespace = await createNamespace();
    const copies = await openIn(namespace);
    for (const name of names) await remove(await client.get(SECRETS, { namespace, name }));
    const changes = await Promise.all([restore(copies), restore(copies)]);
    expect(
      changes
        .flat()
        .map((change) => change.name)
        .toSorted(),
    ).toEqual(names);
    const page = await client.list(SECRETS, { namespace });
    expect(page.items.map((item) => item.data)).toEqual(copies.map((copy) => copy.body().data));
  });
});

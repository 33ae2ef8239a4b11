import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { IMPORT_NAME, IMPORT_TYPE, newImportKey } from '../../../src/installation/import-secret.ts';
import {
  openImportKeys,
  type ImportKeysState,
  type ReadyImportKeys,
} from '../../../src/installation/open-import-keys.ts';
import { undefinedIfNotFound } from '../../../src/kube/errors/api-error.ts';
import type { KubeClient } from '../../../src/kube/client/client.ts';
import type { Secret } from '../../../src/kube/objects/objects.ts';
import { SECRETS } from '../../../src/kube/objects/resource.ts';
import { RECORD_TYPE } from '../../../src/sealing/record.ts';
import { systemClock } from '../../../src/system-clock.ts';
import { adminClient, createNamespace } from '../../support/harness.ts';
import { IMPORT_INSTALLATION } from '../../support/import-keys.ts';
import { RecordingLogger } from '../../support/recording-logger.ts';

const client = await adminClient();
// The library that makes keys is loaded with the first one.
await newImportKey(IMPORT_INSTALLATION, systemClock.now());

function open(
  namespace: string,
  through: KubeClient = client,
  installation = IMPORT_INSTALLATION,
): Promise<ImportKeysState> {
  const logger = new RecordingLogger();
  return openImportKeys(installation, { client: through, namespace, randomBytes, clock: systemClock, logger });
}

async function openReady(namespace: string, through?: KubeClient): Promise<ReadyImportKeys> {
  const state = await open(namespace, through);
  assert(state.kind === 'Ready', `the import keys are ${state.kind}`);
  return state;
}

function liveSecret(namespace: string): Promise<Secret | undefined> {
  return client.get(SECRETS, { namespace, name: IMPORT_NAME }).catch(undefinedIfNotFound);
}

async function create(namespace: string, name: string, content: Pick<Secret, 'type' | 'data'>): Promise<void> {
  await client.create(SECRETS, { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, ...content });
}

async function remove(namespace: string): Promise<Secret> {
  const live = await client.get(SECRETS, { namespace, name: IMPORT_NAME });
  const { uid = '', resourceVersion = '' } = live.metadata;
  await client.delete(SECRETS, { namespace, name: IMPORT_NAME }, { uid, resourceVersion });
  return live;
}

describe('openImportKeys', () => {
  test.each(Array.from({ length: 10 }, (_, round) => round + 1))(
    'called by two replicas at once yields one key (round %d)',
    async () => {
      const namespace = await createNamespace();
      const [one, other] = await Promise.all([openReady(namespace), openReady(namespace, await adminClient())]);
      expect(other.keys.fingerprint).toBe(one.keys.fingerprint);
      expect(other.copy.body()).toEqual(one.copy.body());
    },
  );

  test('yields the same key after a restart, beside records', async () => {
    const namespace = await createNamespace();
    const { keys } = await openReady(namespace);
    await create(namespace, 'kw-record', { type: RECORD_TYPE });
    expect((await openReady(namespace)).keys.fingerprint).toBe(keys.fingerprint);
  });

  test('never makes a key beside a record, and is ready again once the first is restored', async () => {
    const namespace = await createNamespace();
    const { keys } = await openReady(namespace);
    const { type = '', data = {} } = await remove(namespace);
    await create(namespace, 'kw-record', { type: RECORD_TYPE });
    const states = await Promise.all([open(namespace), open(namespace)]);
    expect(states.map(({ kind }) => kind)).toEqual(['ImportKeyMissing', 'ImportKeyMissing']);
    expect(await liveSecret(namespace)).toBeUndefined();
    await create(namespace, IMPORT_NAME, { type, data });
    expect((await openReady(namespace)).keys.fingerprint).toBe(keys.fingerprint);
  });

  test('fills an empty Secret of its type, which is how an admin orders a key beside records', async () => {
    const namespace = await createNamespace();
    await create(namespace, 'kw-record', { type: RECORD_TYPE });
    const state = await open(namespace);
    expect(state).toMatchObject({
      kind: 'ImportKeyMissing',
      message: expect.stringContaining(
        `kubectl create secret generic keywright-import --type=keywright.dev/import --namespace=${namespace}`,
      ) as string,
    });
    await create(namespace, IMPORT_NAME, { type: IMPORT_TYPE });
    const { keys } = await openReady(namespace);
    expect((await openReady(namespace)).keys.fingerprint).toBe(keys.fingerprint);
  });

  test.each<[string, Pick<Secret, 'type' | 'data'>]>([
    ['damaged', { type: IMPORT_TYPE, data: { keys: 'Y2FuYXJ5' } }],
    ['of another type', { type: 'Opaque' }],
  ])('leaves a Secret alone that is %s', async (_name, content) => {
    const namespace = await createNamespace();
    await create(namespace, IMPORT_NAME, content);
    const before = await liveSecret(namespace);
    const state = await open(namespace);
    expect(state.kind).toBe('ImportKeyMalformed');
    expect(JSON.stringify(state)).not.toContain('canary');
    expect(await liveSecret(namespace)).toEqual(before);
  });

  test("does not use another installation's keys", async () => {
    const namespace = await createNamespace();
    await openReady(namespace);
    expect((await open(namespace, client, 'aa'.repeat(16))).kind).toBe('ImportKeyMalformed');
  });
});

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { KEYRING_SECRET } from '../../../src/installation/keyring-secret.ts';
import { INSTALLATION_SECRET } from '../../../src/installation/installation-secret.ts';
import { openInstallation } from '../../../src/installation/open-installation.ts';
import type { InstallationState, ReadyInstallation } from '../../../src/installation/open-installation.ts';
import { ConnectionError, isNotFound } from '../../../src/kube/errors/api-error.ts';
import type { KubeClient } from '../../../src/kube/client/client.ts';
import type { Secret } from '../../../src/kube/objects/objects.ts';
import { SECRETS } from '../../../src/kube/objects/resource.ts';
import { openMaterial, sealMaterial } from '../../../src/sealing/material.ts';
import { decodeRecord, encodeRecord, recordName } from '../../../src/sealing/record.ts';
import type { RecordContext } from '../../../src/sealing/record-context.ts';
import { systemClock } from '../../../src/system-clock.ts';
import { adminClient, createNamespace } from '../../support/harness.ts';
import { RecordingLogger } from '../../support/recording-logger.ts';
import { checkout, checkoutLedger } from '../../support/sealing.ts';

const client = await adminClient();
const token = { environment: 'production', version: 2, field: 'token' } as const;
const plaintext = new TextEncoder().encode('acme_sk_live_example');

function open(namespace: string, through: KubeClient = client): Promise<InstallationState> {
  const logger = new RecordingLogger();
  return openInstallation({ client: through, namespace, randomBytes, clock: systemClock, logger });
}

async function openReady(namespace: string, through?: KubeClient): Promise<ReadyInstallation> {
  const state = await open(namespace, through);
  assert(state.kind === 'Ready', `the installation is ${state.kind}`);
  return state;
}

function contextOf({ installation, kek }: ReadyInstallation): RecordContext {
  return { installation: installation.id, macKeys: installation.macKeys, kek, randomBytes };
}

/** Writes the record of one key as the operator would, but without a label. */
async function createRecord(namespace: string, ready: ReadyInstallation): Promise<void> {
  const context = contextOf(ready);
  const sealed = await sealMaterial(undefined, [{ ...token, plaintext }], checkout, context);
  const encoded = encodeRecord({ ledger: checkoutLedger(), sealed }, context);
  await client.create(SECRETS, secret(namespace, recordName(checkout), encoded));
}

async function readToken(namespace: string, ready: ReadyInstallation): Promise<Uint8Array> {
  const record = await client.get(SECRETS, { namespace, name: recordName(checkout) });
  const decoded = decodeRecord(record, contextOf(ready));
  assert(decoded.state === 'valid');
  return openMaterial(decoded.sealed, token, checkout, contextOf(ready));
}

function secret(namespace: string, name: string, content: Pick<Secret, 'type' | 'data'>): Secret {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, ...content };
}

async function remove(namespace: string, name: string): Promise<Secret> {
  const live = await client.get(SECRETS, { namespace, name });
  const { uid = '', resourceVersion = '' } = live.metadata;
  await client.delete(SECRETS, { namespace, name }, { uid, resourceVersion });
  return live;
}

async function exists(namespace: string, name: string): Promise<boolean> {
  try {
    await client.get(SECRETS, { namespace, name });
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

/** The client of a process that dies at the n-th creation, before or after the server applied it. */
function dyingAtCreation(fatal: number, moment: 'before' | 'after'): KubeClient {
  let creations = 0;
  const create: KubeClient['create'] = async (resource, object, options) => {
    creations += 1;
    if (creations !== fatal) return client.create(resource, object, options);
    if (moment === 'after') await client.create(resource, object, options);
    throw new ConnectionError('reset', 'the process died');
  };
  return new Proxy(client, {
    get: (target, verb) => (verb === 'create' ? create : (Reflect.get(target, verb) as unknown)),
  });
}

describe('openInstallation', () => {
  test.each(Array.from({ length: 20 }, (_, round) => round + 1))(
    'called by two replicas at once yields one id and one keyring (round %d)',
    async () => {
      const namespace = await createNamespace();
      const [one, other] = await Promise.all([openReady(namespace), openReady(namespace, await adminClient())]);
      expect(other.installation.id).toBe(one.installation.id);
      expect(other.installation.macKeys.verify('l', ['a'], one.installation.macKeys.sign('l', ['a']))).toBe(true);
      await createRecord(namespace, one);
      expect(await readToken(namespace, other)).toEqual(plaintext);
      expect(other.copies.map((copy) => copy.body())).toEqual(one.copies.map((copy) => copy.body()));
    },
  );

  test('yields the same installation after a restart', async () => {
    const namespace = await createNamespace();
    await createRecord(namespace, await openReady(namespace));
    expect(await readToken(namespace, await openReady(namespace))).toEqual(plaintext);
  });

  test('never makes a second keyring beside a record, and is ready again once the first is restored', async () => {
    const namespace = await createNamespace();
    const first = await openReady(namespace);
    await createRecord(namespace, first);
    const keyring = await remove(namespace, KEYRING_SECRET);

    const states = await Promise.all([open(namespace), open(namespace), open(namespace)]);
    expect(states.map((state) => state.kind)).toEqual(['KEKMissing', 'KEKMissing', 'KEKMissing']);
    expect(states[0]).toMatchObject({ installation: { id: first.installation.id } });
    expect(await exists(namespace, KEYRING_SECRET)).toBe(false);

    const { type, data } = keyring;
    await client.create(SECRETS, secret(namespace, KEYRING_SECRET, { type: type ?? '', data: data ?? {} }));
    expect(await readToken(namespace, await openReady(namespace))).toEqual(plaintext);
  });

  test('never makes a second installation beside a record', async () => {
    const namespace = await createNamespace();
    await createRecord(namespace, await openReady(namespace));
    await remove(namespace, INSTALLATION_SECRET);
    expect((await open(namespace)).kind).toBe('InstallationMissing');
    expect(await exists(namespace, INSTALLATION_SECRET)).toBe(false);
    expect(await exists(namespace, KEYRING_SECRET)).toBe(true);
  });

  test('finds a record behind pages of other Secrets', async () => {
    const namespace = await createNamespace();
    await createRecord(namespace, await openReady(namespace));
    const names = Array.from({ length: 12 }, (_, index) => `a-${index}`);
    await Promise.all(names.map((name) => client.create(SECRETS, secret(namespace, name, { type: 'Opaque' }))));
    await remove(namespace, KEYRING_SECRET);
    expect((await open(namespace)).kind).toBe('KEKMissing');
  });

  test('makes a new keyring where no record depends on the old one', async () => {
    const namespace = await createNamespace();
    const { installation } = await openReady(namespace);
    await remove(namespace, KEYRING_SECRET);
    expect((await openReady(namespace)).installation.id).toBe(installation.id);
  });

  const crashes: readonly { creation: number; moment: 'before' | 'after' }[] = [
    { creation: 1, moment: 'before' },
    { creation: 1, moment: 'after' },
    { creation: 2, moment: 'before' },
    { creation: 2, moment: 'after' },
  ];
  test.each(crashes)('finishes what a crash $moment creation $creation left', async ({ creation, moment }) => {
    const namespace = await createNamespace();
    await expect(open(namespace, dyingAtCreation(creation, moment))).rejects.toThrow('the process died');
    const wasNamed = await exists(namespace, INSTALLATION_SECRET);
    const left = wasNamed ? await client.get(SECRETS, { namespace, name: INSTALLATION_SECRET }) : undefined;

    const ready = await openReady(namespace);
    await createRecord(namespace, ready);
    expect(await readToken(namespace, await openReady(namespace))).toEqual(plaintext);
    expect(left?.data?.['id'] ?? base64(ready.installation.id)).toBe(base64(ready.installation.id));
  });

  test.each([INSTALLATION_SECRET, KEYRING_SECRET])('leaves a damaged %s alone', async (name) => {
    const namespace = await createNamespace();
    await openReady(namespace);
    const live = await client.get(SECRETS, { namespace, name });
    const damaged = await client.update(SECRETS, { ...live, data: { id: base64('canary'), keks: base64('canary') } });
    const state = await open(namespace);
    expect(state.kind).toMatch(/Malformed$/);
    expect(JSON.stringify(state)).not.toContain('canary');
    expect(await client.get(SECRETS, { namespace, name })).toEqual(damaged);
  });
});

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

import { createPrivateKey } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CryptoKey, CryptoKeySpec } from '../../../src/api/generated/crypto-key.ts';
import { API_KEYS, CRYPTO_KEYS } from '../../../src/api/resources.ts';
import { KEKS, KEYRING_SECRET } from '../../../src/installation/keyring-secret.ts';
import { readStoredKeys } from '../../../src/installation/stored-keys.ts';
import type { Condition } from '../../../src/kube/objects/conditions.ts';
import { SECRETS } from '../../../src/kube/objects/resource.ts';
import { recordName } from '../../../src/sealing/record.ts';
import { storedRecord } from '../../support/stored-record.ts';
import { apiKey } from '../../support/builders.ts';
import { eventually } from '../../support/harness/eventually.ts';
import { recordWatch, type WatchRecorder } from '../../support/harness/watch-recorder.ts';
import { KeyWorld, conditionOf, textOf, type Tenant } from '../../support/key-world.ts';
import { OPERATOR_NAMESPACE } from '../../support/operator.ts';
import { sumOf } from '../../support/prometheus-text.ts';

const SLOW = { timeoutMs: 60_000 };

let world: KeyWorld;
beforeAll(async () => {
  world = await KeyWorld.start();
}, 120_000);
afterAll(async () => world[Symbol.asyncDispose]());

function cryptoKey(tenant: Tenant, name: string, spec: Partial<CryptoKeySpec>): CryptoKey {
  const environments = [{ name: 'staging' }, { name: 'production' }];
  return {
    apiVersion: 'keywright.dev/v1alpha1',
    kind: 'CryptoKey',
    metadata: { name, namespace: tenant.authors },
    spec: { project: tenant.project, type: 'KeyPair', environments, ...spec },
  };
}

async function whenReady({ authors }: Tenant, name: string): Promise<CryptoKey> {
  return await eventually(async () => {
    const key = await world.client.get(CRYPTO_KEYS, { namespace: authors, name });
    const ready = conditionOf(key);
    if (ready?.status !== 'True' || ready.observedGeneration !== key.metadata.generation)
      throw new Error(JSON.stringify(key.status));
    return key;
  }, SLOW);
}

/** Ready, as each write of `generation` left it: "<status> <reason>". */
function readinessSeen({ events }: WatchRecorder<CryptoKey>, generation: number): readonly string[] {
  const shown = events
    .map(({ object }) => conditionOf(object))
    .filter((ready): ready is Condition => ready?.observedGeneration === generation);
  return shown.map(({ status, reason }) => `${status} ${reason}`);
}

describe('The first issue of a CryptoKey', () => {
  test.each([
    { kind: 'a fast key', spec: { algorithm: 'EC-P384' }, shown: ['Unknown Delivering', 'True Delivered'] },
    {
      kind: 'a slow key, which says meanwhile that it is generated',
      spec: { algorithm: 'RSA-2048' },
      shown: ['Unknown Generating', 'Unknown Delivering', 'True Delivered'],
    },
  ] as const)('writes the object as seldom as can be: $kind', async ({ spec, shown }) => {
    const tenant = await world.tenant();
    await world.whenProject(tenant.project, { status: 'True' });
    await using history = await recordWatch(world.client, CRYPTO_KEYS, { namespace: tenant.authors });
    await world.apply(cryptoKey(tenant, 'signing', spec));
    await whenReady(tenant, 'signing');
    await whenIdle();
    world.operator.resync();
    await whenIdle();
    expect(readinessSeen(history, 1)).toEqual(shown);
    // It is declared, gets its finalizer, and then its statuses.
    expect(history.events).toHaveLength(2 + shown.length);
  });
});

describe('A CryptoKey of which another, slow algorithm is asked for', () => {
  test('says in one status write that it is generated, keeps the key before until then and beside it afterwards', async () => {
    const tenant = await world.tenant();
    await world.apply(cryptoKey(tenant, 'signing', { algorithm: 'EC-P256' }));
    await whenReady(tenant, 'signing');
    await using history = await recordWatch(world.client, CRYPTO_KEYS, { namespace: tenant.authors });
    await world.apply(cryptoKey(tenant, 'signing', { algorithm: 'RSA-2048' }));
    const { status, metadata } = await whenReady(tenant, 'signing');
    expect(metadata.generation).toBe(2);
    for (const environment of status?.environments ?? []) {
      expect(environment.versions).toMatchObject([
        { version: 2, state: 'Current', algorithm: 'RSA-2048' },
        { version: 1, state: 'Retiring', algorithm: 'EC-P256' },
      ]);
    }
    await history.until(() => readinessSeen(history, 2).includes('True Delivered'));
    expect(readinessSeen(history, 2)).toEqual(['Unknown Generating', 'Unknown Delivering', 'True Delivered']);
    const delivered = await world.secret(tenant.us, 'signing');
    expect(createPrivateKey(textOf(delivered, 'private.pem') ?? '').asymmetricKeyType).toBe('rsa');
  });
});

describe('A rotation of the KEK', () => {
  test('is told of by each CryptoKey in one status write, and by nothing else', async () => {
    const tenant = await world.tenant();
    const names = ['signing', 'data', 'transport'];
    await world.apply(cryptoKey(tenant, 'signing', { algorithm: 'Ed25519' }));
    await world.apply(cryptoKey(tenant, 'data', { type: 'SecretKey', algorithm: 'AES-256' }));
    await world.apply(cryptoKey(tenant, 'transport', { algorithm: 'X25519' }));
    const token = apiKey(`${tenant.authors}/checkout`, tenant.project).environment('staging');
    await world.apply(token.with({ recoverable: true }));
    const before = await Promise.all(names.map((name) => whenReady(tenant, name)));
    await world.whenReady(`${tenant.authors}/checkout`);
    const [former] = await kekIds();
    expect(before.map(({ status }) => status?.sealing)).toEqual(
      names.map(() => ({ provider: 'keyring', kekId: former })),
    );
    await whenIdle();

    await using keys = await recordWatch(world.client, CRYPTO_KEYS, { namespace: tenant.authors });
    await using apiKeys = await recordWatch(world.client, API_KEYS, { namespace: tenant.authors });
    const keyring = { namespace: OPERATOR_NAMESPACE, name: KEYRING_SECRET };
    await world.client.patch(SECRETS, keyring, { metadata: { annotations: { 'keywright.dev/rotate': 'drill' } } });
    const isTold = ({ status }: CryptoKey): boolean => status?.sealing !== undefined && status.sealing.kekId !== former;
    await keys.until(
      (events) => names.every((name) => events.some(({ object }) => object.metadata.name === name && isTold(object))),
      SLOW,
    );
    await whenIdle();
    world.operator.resync();
    await whenIdle();

    const wrapping = (await kekIds()).find((id) => id !== former);
    expect(
      keys.events.map(({ object }) => `${object.metadata.name} ${object.status?.sealing?.kekId}`).toSorted(),
    ).toEqual(names.map((name) => `${name} ${wrapping}`).toSorted());
    expect(apiKeys.events).toEqual([]);
    const { sealed } = storedRecord(await world.record(tenant.project, 'checkout'));
    expect(sealed?.dek.kekId).toBe(wrapping);
  });
});

describe('A CryptoKey whose record is deleted', () => {
  test('is shown and delivered as before, with nothing sealed any more', async () => {
    const tenant = await world.tenant();
    await world.apply(cryptoKey(tenant, 'signing', { algorithm: 'EC-P256' }));
    const { status } = await whenReady(tenant, 'signing');
    const delivered = await world.secret(tenant.eu, 'signing');
    const name = recordName({ project: tenant.project, kind: 'CryptoKey', name: 'signing' });
    await world.remove(SECRETS, { namespace: OPERATOR_NAMESPACE, name });
    await eventually(async () => {
      const settled = await world.client.get(CRYPTO_KEYS, { namespace: tenant.authors, name: 'signing' });
      expect(settled.status).not.toHaveProperty('sealing');
      expect(conditionOf(settled)?.status).toBe('True');
      expect(settled.status?.environments).toEqual(status?.environments);
      expect(settled.status?.summary).toEqual(status?.summary);
    }, SLOW);
    expect(await world.secret(tenant.eu, 'signing')).toEqual(delivered);
  });
});

async function kekIds(): Promise<readonly string[]> {
  const keks = readStoredKeys(KEKS, await world.secret(OPERATOR_NAMESPACE, KEYRING_SECRET));
  if (typeof keks === 'string') throw new Error(keks);
  return keks.map(({ id }) => id);
}

/** Every record is wrapped by the KEK that wraps now, and nobody waits to be looked at. */
async function whenIdle(): Promise<void> {
  await eventually(async () => {
    const text = await world.operator.metricsText();
    expect(text).toMatch(/^keywright_records_stale_kek 0$/m);
    expect(sumOf(text, 'workqueue_depth') + sumOf(text, 'controller_runtime_active_workers')).toBe(0);
  }, SLOW);
}

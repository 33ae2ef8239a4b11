import { createPrivateKey } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CryptoKey, CryptoKeySpec } from '../../../src/api/generated/crypto-key.ts';
import { CRYPTO_KEYS } from '../../../src/api/resources.ts';
import type { Condition } from '../../../src/kube/objects/conditions.ts';
import { eventually } from '../../support/harness/eventually.ts';
import { recordWatch, type WatchRecorder } from '../../support/harness/watch-recorder.ts';
import { KeyWorld, conditionOf, textOf, type Tenant } from '../../support/key-world.ts';

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

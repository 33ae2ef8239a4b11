/** New versions beside old ones: by order, by time, and what becomes of them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROTATE_ANNOTATION } from '../../../src/api/labels.ts';
import type { CryptoKey } from '../../../src/api/generated/crypto-key.ts';
import { CRYPTO_KEYS } from '../../../src/api/resources.ts';
import { eventually } from '../../support/harness/eventually.ts';
import { KeyWorld, conditionOf, textOf, tokenOf, type Tenant } from '../../support/key-world.ts';
import { checkout } from './checkout.ts';

let world: KeyWorld;
beforeAll(async () => {
  world = await KeyWorld.start();
}, 120_000);
afterAll(async () => world[Symbol.asyncDispose]());

/** A project that lets keys rotate as often as they like. */
async function tenant(): Promise<Tenant> {
  return await world.tenant((project) => project.with({ policy: { minRotationInterval: '0s' } }));
}

describe('An ApiKey', () => {
  test('is rotated by a trigger: both tokens are delivered and valid for the overlap, then the old one goes (flow b)', async () => {
    const given = await tenant();
    const key = checkout(given);
    const ref = `${given.authors}/checkout`;
    await world.apply(key);
    await world.whenReady(ref);
    const first = tokenOf(await world.secret(given.eu, 'checkout'));

    await world.apply(key.with({ rotation: { trigger: 'drill-1', overlap: '3s' } }));
    const second = await eventually(async () => {
      const secret = await world.secret(given.eu, 'checkout');
      expect(textOf(secret, 'previous.token')).toBe(first);
      expect(tokenOf(secret)).not.toBe(first);
      return tokenOf(secret);
    });
    await eventually(async () => {
      const { status } = await world.key(ref);
      expect(status?.state).toBe('Rotating');
      const [, production] = status?.environments ?? [];
      expect(production?.versions?.map(({ version, state }) => [version, state])).toEqual([
        [2, 'Current'],
        [1, 'Retiring'],
      ]);
      expect(production?.versions?.[1]?.retireAt).toBeDefined();
    });
    await eventually(async () => {
      const secret = await world.secret(given.us, 'checkout');
      expect(tokenOf(secret)).toBe(second);
      expect(Object.keys(secret.data ?? {}).filter((name) => name.startsWith('previous.'))).toEqual([]);
      const { status } = await world.key(ref);
      expect(status).toMatchObject({ state: 'Active', version: 2 });
      expect(status?.environments?.[1]?.versions).toHaveLength(1);
    });
  });

  test('rotates once for each text, wherever it stands, and never for one that was there at its first issue', async () => {
    const given = await tenant();
    const key = checkout(given).with({ rotation: { trigger: 'there-from-the-start', overlap: '0s' } });
    const ref = `${given.authors}/checkout`;
    await world.apply(key);
    await world.whenReady(ref);
    expect((await world.key(ref)).status?.version).toBe(1);

    const annotated = (text: string): Promise<void> =>
      world.apply({
        ...key.build(),
        metadata: { ...key.build().metadata, annotations: { [ROTATE_ANNOTATION]: text } },
      });
    await annotated('drill-1');
    await eventually(async () => expect((await world.key(ref)).status).toMatchObject({ version: 2, state: 'Active' }));
    await world.apply(key.with({ rotation: { trigger: 'drill-1', overlap: '0s' } }));
    await world.apply(key.with({ rotation: { overlap: '0s' } }));
    await annotated('drill-2');
    await eventually(async () => expect((await world.key(ref)).status).toMatchObject({ version: 3, state: 'Active' }));
    await world.apply(key);
    await annotated('there-from-the-start');
    await world.whenReady(ref);
    await annotated('x'.repeat(129));
    await world.whenKey(ref, { status: 'True', reason: 'Delivered', message: /more than 128 characters/ });
    expect((await world.key(ref)).status?.version).toBe(3);
  });

  test('says when an order waits for the least interval of the project', async () => {
    const given = await world.tenant((project) => project.with({ policy: { minRotationInterval: '1h' } }));
    const key = checkout(given);
    const ref = `${given.authors}/checkout`;
    await world.apply(key);
    await world.whenReady(ref);
    await world.apply(key.with({ rotation: { trigger: 'soon' } }));
    await eventually(async () => {
      const { status } = await world.key(ref);
      const [version] = status?.environments?.[0]?.versions ?? [];
      expect(Date.parse(status?.nextRotationAt ?? '') - Date.parse(version?.createdAt ?? '')).toBe(3_600_000);
      expect(status?.summary?.nextRotation).toMatch(/Z$/);
      expect(status?.version).toBe(1);
    });
  });

  test('that declares less than the project asks for is not accepted, and keeps what it has', async () => {
    const given = await world.tenant((project) =>
      project.with({ policy: { minRotationInterval: '1h', minOverlap: '1h' } }),
    );
    const key = checkout(given);
    const ref = `${given.authors}/checkout`;
    await world.apply(key);
    await world.whenReady(ref);
    await world.apply(key.with({ rotation: { overlap: '5m' } }));
    await world.whenKey(ref, { status: 'False', reason: 'PolicyViolation', message: /overlap of 1h at least/ });
    await world.apply(key.with({ rotation: { interval: '5m' } }));
    await world.whenKey(ref, { status: 'False', reason: 'PolicyViolation', message: /every 1h at most/ });
    expect((await world.key(ref)).status?.version).toBe(1);
  });
});

describe('A CryptoKey', () => {
  test('is rotated by a trigger, with the old key beside the new one for the overlap (flow b)', async () => {
    const given = await tenant();
    const declared = (rotation: object): CryptoKey => ({
      apiVersion: 'keywright.dev/v1alpha1',
      kind: 'CryptoKey',
      metadata: { name: 'signing', namespace: given.authors },
      spec: {
        project: given.project,
        type: 'KeyPair',
        algorithm: 'Ed25519',
        passphrase: {},
        environments: [{ name: 'production' }],
        rotation,
      },
    });
    const whenReady = async (): Promise<CryptoKey> =>
      await eventually(async () => {
        const key = await world.client.get(CRYPTO_KEYS, { namespace: given.authors, name: 'signing' });
        expect(conditionOf(key)).toMatchObject({ status: 'True', observedGeneration: key.metadata.generation });
        return key;
      });
    await world.apply(declared({}));
    await whenReady();
    const before = await world.secret(given.eu, 'signing');
    const passphrase = await world.secret(given.eu, 'signing-passphrase');

    await world.apply(declared({ trigger: 'drill', overlap: '3s' }));
    await eventually(async () => {
      const secret = await world.secret(given.eu, 'signing');
      expect(textOf(secret, 'previous.private.pem')).toBe(textOf(before, 'private.pem'));
      expect(textOf(secret, 'private.pem')).not.toBe(textOf(before, 'private.pem'));
      expect(textOf(await world.secret(given.eu, 'signing-passphrase'), 'previous.passphrase')).toBe(
        textOf(passphrase, 'passphrase'),
      );
    });
    await eventually(async () => {
      expect(Object.keys((await world.secret(given.us, 'signing')).data ?? {}).toSorted()).toEqual([
        'private.pem',
        'public.pem',
      ]);
      expect((await whenReady()).status).toMatchObject({ state: 'Active', version: 2 });
    });
  });
});

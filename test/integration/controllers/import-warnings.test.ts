/** What is unusual about an imported key is told once, when it is taken. */
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EVENTS } from '../../../src/kube/events/event.ts';
import { eventually } from '../../support/harness/eventually.ts';
import { KeyWorld, type Tenant } from '../../support/key-world.ts';
import { ecKey, ImportedKeys, pkcs8 } from './imported-keys.ts';

let world: KeyWorld;
let keys: ImportedKeys;
beforeAll(async () => {
  world = await KeyWorld.start();
  keys = new ImportedKeys(world);
}, 120_000);
afterAll(async () => world[Symbol.asyncDispose]());

/** Notes of events of one reason, each with how often it was told. */
async function told({ authors: namespace }: Tenant, reason: string): Promise<readonly (readonly [string, number])[]> {
  const { items } = await world.client.list(EVENTS, { namespace });
  return items
    .filter((event) => event.reason === reason)
    .map(({ note, series }) => [note, series?.count ?? 1] as const);
}

test('A key of an unusual size is warned of once, and not again when its object or its source changes', async () => {
  const tenant = await world.tenant();
  await keys.source(tenant, pkcs8(generateKeyPairSync('rsa', { modulusLength: 2056 }).privateKey));
  await keys.apply(tenant, {});
  await keys.whenReady(tenant);
  await keys.apply(tenant, { displayName: 'Partner' });
  await keys.whenReady(tenant);
  await keys.source(tenant, ecKey());
  await eventually(async () => expect(await told(tenant, 'Imported')).toHaveLength(2));
  expect(await told(tenant, 'ImportUnusual')).toEqual([
    [
      'Imported version 1 for environment "staging". An RSA key of 2056 bits is unusual; some consumers may refuse it',
      1,
    ],
  ]);
});

/** What happens to an imported CryptoKey when its source goes away, changes or is forbidden after the import. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SECRETS } from '../../../src/kube/objects/resource.ts';
import { consistently, eventually } from '../../support/harness/eventually.ts';
import { IssuedCryptoKey } from '../../support/issued-crypto-key.ts';
import { ecPrivatePem } from '../../support/key-samples.ts';
import { KeyWorld, textOf } from '../../support/key-world.ts';

const SETTLE_MS = 1_500;

let world: KeyWorld;
beforeAll(async () => {
  world = await KeyWorld.start();
});
afterAll(() => world[Symbol.asyncDispose]());

/** All that anybody could see of a key: object, record, Secrets and the events about it. */
async function everythingOf(key: IssuedCryptoKey): Promise<unknown> {
  const events = await world.events(key.ref);
  return { object: await key.object(), record: await key.record(), delivered: await key.delivered(), events };
}

async function deliveredPems(key: IssuedCryptoKey): Promise<readonly (string | undefined)[]> {
  return (await key.delivered()).map((data) =>
    textOf({ data: data ?? {} } as Parameters<typeof textOf>[0], 'private.pem'),
  );
}

/** As soon as everything that follows the import has been told. */
async function settled(key: IssuedCryptoKey): Promise<unknown> {
  await eventually(async () => expect(await world.events(key.ref)).not.toEqual([]));
  return await eventually(async () => {
    const before = await everythingOf(key);
    await consistently(async () => expect(await everythingOf(key)).toEqual(before), SETTLE_MS / 3);
    return before;
  });
}

test('A source that is deleted after the import changes nothing, and no event tells of it', async () => {
  const given = await IssuedCryptoKey.import(world, ecPrivatePem());
  const before = await settled(given);
  await world.remove(SECRETS, given.source);
  world.operator.resync();
  await consistently(async () => expect(await everythingOf(given)).toEqual(before), SETTLE_MS);
});

test('An operator that starts without the source of an imported key changes nothing, and still restores its Secrets', async () => {
  const pem = ecPrivatePem();
  const given = await IssuedCryptoKey.import(world, pem);
  const before = await settled(given);
  await world.whileStopped(() => world.remove(SECRETS, given.source));
  await consistently(async () => expect(await everythingOf(given)).toEqual(before), SETTLE_MS);
  await given.removeSecret(given.tenant.us);
  await eventually(async () => expect(await deliveredPems(given)).toEqual([pem, pem, pem]));
  expect(await given.ledger()).toMatchObject({ lastVersion: 1 });
});

test('A source that changed while the operator was down is a new version once it is back', async () => {
  const given = await IssuedCryptoKey.import(world, ecPrivatePem());
  const second = ecPrivatePem();
  await world.whileStopped(() => given.writeSource(second));
  await eventually(async () => expect(await deliveredPems(given)).toEqual([second, second, second]));
  expect(await given.ledger()).toMatchObject({ lastVersion: 2 });
});

test('Consent that is taken back after the import takes nothing from Secrets or status, says so, and may be given again', async () => {
  const pem = ecPrivatePem();
  const given = await IssuedCryptoKey.import(world, pem);
  const [delivered, published] = [await given.delivered(), (await given.object()).status?.environments];
  await given.writeSource(pem, {});
  const key = await given.whenKey({ status: 'False', reason: 'ImportNotAllowed', message: /allow-import=true/ });
  const message: unknown = expect.stringContaining('its owner allows that by the label');
  expect(key.status?.environments).toEqual(published?.map((environment) => ({ ...environment, message })));
  await consistently(async () => expect(await given.delivered()).toEqual(delivered), SETTLE_MS);

  await given.writeSource(pem);
  await given.whenReady();
  expect(await given.delivered()).toEqual(delivered);
  expect(await given.ledger()).toMatchObject({ lastVersion: 1 });
});

test('A source that turns bad after the import takes nothing from Secrets, and its next good content is a new version', async () => {
  const pem = ecPrivatePem();
  const given = await IssuedCryptoKey.import(world, pem);
  await given.writeSource('no key at all');
  await given.whenKey({ status: 'False', reason: 'MalformedKey' });
  expect(await deliveredPems(given)).toEqual([pem, pem, pem]);
  const second = ecPrivatePem();
  await given.writeSource(second);
  await given.whenReady();
  await eventually(async () => expect(await deliveredPems(given)).toEqual([second, second, second]));
  expect(await given.ledger()).toMatchObject({ lastVersion: 2 });
});

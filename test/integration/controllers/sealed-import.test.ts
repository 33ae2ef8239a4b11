/** Keys and passphrases sealed to the import key, as the operator takes them from an object. */
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CRYPTO_KEYS } from '../../../src/api/resources.ts';
import { IMPORT_NAME } from '../../../src/installation/import-secret.ts';
import { SECRETS } from '../../../src/kube/objects/resource.ts';
import { conditionOf, KeyWorld, textOf } from '../../support/key-world.ts';
import { OPERATOR_NAMESPACE } from '../../support/operator.ts';
import { WarpedClock } from '../../support/warped-clock.ts';
import { eventually } from '../../support/harness/eventually.ts';
import { ecKey, ImportedKeys, locked, NAME, PASSPHRASE, pkcs8 } from './imported-keys.ts';

const HOUR_MS = 3_600_000;
const clock = new WarpedClock();
let world: KeyWorld;
let keys: ImportedKeys;
beforeAll(async () => {
  world = await KeyWorld.start({ dependencies: { clock } });
  keys = new ImportedKeys(world);
}, 120_000);
afterAll(async () => world[Symbol.asyncDispose]());

describe('A sealed passphrase', () => {
  const { privateKey } = generateKeyPairSync('ed25519');

  test('opens the sealed key beside it, which is delivered as it was', async () => {
    const tenant = await world.tenant();
    const openpgpMessage = await keys.seal(tenant, 'key', locked(privateKey));
    const passphraseOpenpgpMessage = await keys.seal(tenant, 'passphrase', PASSPHRASE);
    await keys.apply(tenant, { import: { openpgpMessage, passphraseOpenpgpMessage } });
    const { status } = await keys.whenReady(tenant);
    expect(status?.environments?.[0]?.versions).toMatchObject([{ origin: 'Imported', algorithm: 'Ed25519' }]);
    expect(textOf(await world.secret(tenant.staging, NAME), 'private.pem')).toBe(pkcs8(privateKey));
    const shown = JSON.stringify([
      status,
      world.operator.logLines,
      await world.events({ namespace: tenant.authors, name: NAME }),
    ]);
    expect(shown).not.toContain(PASSPHRASE);
  });

  test('opens a key from a Secret, too', async () => {
    const tenant = await world.tenant();
    await keys.source(tenant, locked(privateKey));
    const secretKeyRef = { name: NAME, key: 'prod.pem' };
    const wrong = await keys.seal(tenant, 'passphrase', 'another');
    await keys.apply(tenant, { import: { secretKeyRef, passphraseOpenpgpMessage: wrong } });
    await keys.whenKey(tenant, { status: 'False', reason: 'PassphraseWrong' });
    const right = await keys.seal(tenant, 'passphrase', PASSPHRASE);
    await keys.apply(tenant, { import: { secretKeyRef, passphraseOpenpgpMessage: right } });
    await keys.whenReady(tenant);
    const pem = textOf(await world.secret(tenant.staging, NAME), 'private.pem') ?? '';
    expect(createPrivateKey(pem).equals(privateKey)).toBe(true);
  });

  test('is refused as a key, and a key as a passphrase', async () => {
    const tenant = await world.tenant();
    const key = await keys.seal(tenant, 'key', locked(privateKey));
    const passphrase = await keys.seal(tenant, 'passphrase', PASSPHRASE);
    await keys.apply(tenant, { import: { openpgpMessage: passphrase } });
    const asKey = conditionOf(await keys.whenKey(tenant, { status: 'False', reason: 'ContextMismatch' }));
    expect(asKey?.message).toContain('The openpgpMessage was sealed for another field');
    await keys.apply(tenant, { import: { openpgpMessage: key, passphraseOpenpgpMessage: key } });
    const asPassphrase = conditionOf(await keys.whenKey(tenant, { status: 'False', reason: 'ContextMismatch' }));
    expect(asPassphrase?.message).toContain('The passphraseOpenpgpMessage was sealed for another field');
  });
});

describe('A sealed key', () => {
  test('that was imported stays when its time is over, and is not imported any more then', async () => {
    const [tenant, late] = [await world.tenant(), await world.tenant()];
    const notAfter = new Date(clock.now().getTime() + HOUR_MS);
    const pem = ecKey();
    const sealed = await keys.seal(tenant, 'key', pem, notAfter);
    const lateSealed = await keys.seal(late, 'key', pem, notAfter);
    await keys.apply(tenant, { import: { openpgpMessage: sealed } });
    await keys.whenReady(tenant);
    clock.jump(2 * HOUR_MS);
    await keys.apply(tenant, { displayName: 'Partner', import: { openpgpMessage: sealed } });
    await keys.apply(late, { import: { openpgpMessage: lateSealed } });
    await keys.whenKey(late, { status: 'False', reason: 'ImportExpired' });
    await keys.whenReady(tenant);
    expect(textOf(await world.secret(tenant.staging, NAME), 'private.pem')).toBe(pem);
    const other = await keys.seal(tenant, 'key', ecKey(), notAfter);
    await keys.apply(tenant, { import: { openpgpMessage: other } });
    await keys.whenKey(tenant, { status: 'False', reason: 'ImportExpired' });
    await eventually(async () => {
      const { status } = await world.client.get(CRYPTO_KEYS, { namespace: tenant.authors, name: NAME });
      expect(status?.version).toBe(1);
    });
    expect(textOf(await world.secret(tenant.staging, NAME), 'private.pem')).toBe(pem);
  });

  // The last test here: it takes the import key away.
  test('that was imported stays when the import key is lost, and no other is imported until it is back', async () => {
    const [tenant, late] = [await world.tenant(), await world.tenant()];
    const pem = ecKey();
    const sealed = await keys.seal(tenant, 'key', pem, tomorrow());
    const lateSealed = await keys.seal(late, 'key', pem, tomorrow());
    await keys.apply(tenant, { import: { openpgpMessage: sealed } });
    await keys.whenReady(tenant);
    const importKey = { namespace: OPERATOR_NAMESPACE, name: IMPORT_NAME };
    const { data = {}, type = '' } = await world.client.get(SECRETS, importKey);
    await world.whileStopped(() => world.remove(SECRETS, importKey));
    await keys.apply(late, { import: { openpgpMessage: lateSealed } });
    await keys.whenKey(late, { status: 'False', reason: 'ImportKeyMissing' });
    await keys.apply(tenant, { displayName: 'Partner', import: { openpgpMessage: sealed } });
    await keys.whenReady(tenant);
    await world.client.create(SECRETS, { apiVersion: 'v1', kind: 'Secret', metadata: importKey, type, data });
    await world.whileStopped(async () => {});
    await keys.whenReady(late);
    expect(await keys.version(tenant)).toBe(1);
  });
});

function tomorrow(): Date {
  return new Date(clock.now().getTime() + 24 * HOUR_MS);
}

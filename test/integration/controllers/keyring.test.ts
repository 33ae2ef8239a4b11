import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KEKS, KEYRING_SECRET, newKeyringSecret } from '../../../src/installation/keyring-secret.ts';
import { encodeStoredKeys, readStoredKeys } from '../../../src/installation/stored-keys.ts';
import type { Secret } from '../../../src/kube/objects/objects.ts';
import { SECRETS } from '../../../src/kube/objects/resource.ts';
import { consistently, eventually } from '../../support/harness/eventually.ts';
import { IssuedKey, NO_TOKENS } from '../../support/issued-key.ts';
import { KeyWorld } from '../../support/key-world.ts';
import { OPERATOR_NAMESPACE } from '../../support/operator.ts';

const keyringRef = { namespace: OPERATOR_NAMESPACE, name: KEYRING_SECRET };
const SETTLE_MS = 1_500;

let world: KeyWorld;
beforeAll(async () => {
  world = await KeyWorld.start();
});
afterAll(() => world[Symbol.asyncDispose]());

const keyring = (): Promise<Secret> => world.secret(OPERATOR_NAMESPACE, KEYRING_SECRET);
const setData = (data: Secret['data']): Promise<Secret> =>
  world.edit(SECRETS, keyringRef, (secret) => ({ ...secret, data: data ?? {} }));

test.each([
  { name: 'cannot be read', data: { keks: 'AAAA' }, reason: 'KeyringMalformed' },
  { name: 'is empty', data: {}, reason: 'KeyringMalformed' },
  {
    name: 'is of another installation',
    data: newKeyringSecret(OPERATOR_NAMESPACE, randomBytes).data ?? {},
    reason: 'KEKMissing',
  },
])(
  'a keyring that $name at start: $reason, nothing is written or minted, and all goes on when the right one is back',
  async ({ data, reason }) => {
    const given = await IssuedKey.issue(world, (key) => key.with({ signingSecret: {} }));
    const before = await given.tokens();
    const record = await given.record();
    const right = (await keyring()).data;
    await world.whileStopped(async () => {
      await setData(data);
      await world.remove(SECRETS, { namespace: given.tenant.eu, name: 'checkout' });
    });
    const wrong = await keyring();
    await world.whenKey(given.ref, { status: 'False', reason });
    await world.whenProject(given.tenant.project, { status: 'False', reason });
    const later = await IssuedKey.declare(world);
    await world.whenKey(later.ref, { status: 'False', reason });
    await consistently(async () => {
      expect(await given.tokens()).toEqual([before[0], '', before[2]]);
      expect(await later.tokens()).toEqual(NO_TOKENS);
      expect(await keyring()).toEqual(wrong);
      expect(await given.record()).toEqual(record);
    }, SETTLE_MS);

    await setData(right);
    await world.whenReady(given.ref, { timeoutMs: 15_000 });
    await world.whenReady(later.ref, { timeoutMs: 15_000 });
    expect(await given.tokens()).toEqual(before);
  },
);

test('a former KEK that is taken out by hand is put back, and so is the keyring as a whole', async () => {
  const given = await IssuedKey.issue(world, (key) => key.with({ signingSecret: {}, recoverable: true }));
  const annotations = { 'keywright.dev/rotate': 'by-hand' };
  await world.client.patch(SECRETS, keyringRef, { metadata: { annotations } });
  const rotated = await eventually(async () => {
    const secret = await keyring();
    expect(readStoredKeys(KEKS, secret)).toHaveLength(2);
    return secret;
  });
  const keks = readStoredKeys(KEKS, rotated);
  assert(typeof keks !== 'string');
  const change = [
    () => setData({ ...rotated.data, keks: encodeStoredKeys(keks.slice(0, 1)) }),
    () => world.remove(SECRETS, keyringRef),
  ];
  for (const damage of change) {
    await damage();
    await eventually(async () => expect((await keyring()).data).toEqual(rotated.data));
  }
  await given.removeSecrets();
  await world.whenReady(given.ref);
});

test('an order to drop a KEK that is not there is answered by an event, and nothing is done', async () => {
  const before = await keyring();
  const annotations = { 'keywright.dev/drop-kek': 'kek-unheard-of' };
  await world.client.patch(SECRETS, keyringRef, { metadata: { annotations } });
  await eventually(async () =>
    expect(await world.events(keyringRef)).toContainEqual(
      expect.objectContaining({ type: 'Warning', reason: 'KEKNotDropped' }),
    ),
  );
  expect((await keyring()).data).toEqual(before.data);
});

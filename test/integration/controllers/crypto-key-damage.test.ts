/** What a CryptoKey stands on and others damage: the keyring that opens its material, and its record. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeInstallationSecret, INSTALLATION_SECRET } from '../../../src/installation/installation-secret.ts';
import { KEKS, KEYRING_SECRET, newKeyringSecret } from '../../../src/installation/keyring-secret.ts';
import { encodeStoredKeys, readStoredKeys } from '../../../src/installation/stored-keys.ts';
import type { Secret } from '../../../src/kube/objects/objects.ts';
import { SECRETS } from '../../../src/kube/objects/resource.ts';
import { encodeRecord } from '../../../src/sealing/record.ts';
import type { SealedMaterial } from '../../../src/sealing/sealed-material.ts';
import { consistently, eventually } from '../../support/harness/eventually.ts';
import { bodyOf } from '../../support/issued-key.ts';
import { IssuedCryptoKey } from '../../support/issued-crypto-key.ts';
import { conditionOf, KeyWorld, ledgerOf, textOf } from '../../support/key-world.ts';
import { OPERATOR_NAMESPACE } from '../../support/operator.ts';

type Data = NonNullable<Secret['data']>;

const KEYRING = { namespace: OPERATOR_NAMESPACE, name: KEYRING_SECRET };
const SETTLE_MS = 1_000;
const PATIENCE = { timeoutMs: 20_000 };
const NOTHING = [undefined, undefined, undefined];

let world: KeyWorld;
beforeAll(async () => {
  world = await KeyWorld.start();
});
afterAll(() => world[Symbol.asyncDispose]());

const keyring = (): Promise<Secret> => world.secret(KEYRING.namespace, KEYRING.name);

async function setKeyring(data: Data): Promise<void> {
  await world.edit(SECRETS, KEYRING, (secret) => ({ ...secret, data }));
}

/** The KEKs under their own ids, with other bytes. */
function otherBytes(secret: Secret): Data {
  const keks = readStoredKeys(KEKS, secret);
  assert(typeof keks !== 'string');
  return { keks: encodeStoredKeys(keks.map((kek) => ({ ...kek, bytes: randomBytes(kek.bytes.length) }))) };
}

interface BadKeyring {
  readonly name: string;
  /** Undefined: the Secret is deleted. */
  readonly spoilt: (right: Secret) => Data | undefined;
  readonly reason: string;
}

const badKeyrings: readonly BadKeyring[] = [
  { name: 'is missing', spoilt: () => undefined, reason: 'KEKMissing' },
  { name: 'cannot be read', spoilt: () => ({ keks: 'AAAA' }), reason: 'KeyringMalformed' },
  {
    name: 'is cut short',
    spoilt: ({ data }) => ({ keks: data?.['keks']?.slice(0, 80) ?? '' }),
    reason: 'KeyringMalformed',
  },
  {
    name: 'is of another installation',
    spoilt: () => newKeyringSecret(OPERATOR_NAMESPACE, randomBytes).data ?? {},
    reason: 'KEKMissing',
  },
  { name: 'has other bytes under the right id', spoilt: otherBytes, reason: 'KEKMissing' },
];

describe('With a keyring at start that', () => {
  test.each(badKeyrings)(
    '$name, CryptoKeys are $reason and nothing is overwritten, until the right one restores their Secrets byte for byte',
    async ({ spoilt, reason }) => {
      const given = await IssuedCryptoKey.issue(world);
      const [before, record] = [await given.delivered(), await given.record()];
      const right = await keyring();
      const wrong = spoilt(right);
      await world.whileStopped(async () => {
        await (wrong === undefined ? world.remove(SECRETS, KEYRING) : setKeyring(wrong));
        await given.removeSecret(given.tenant.eu);
      });
      const key = await given.whenKey({ status: 'False', reason });
      expect(conditionOf(key)?.message).toContain(KEYRING_SECRET);
      const later = await IssuedCryptoKey.declare(world);
      await later.whenKey({ status: 'False', reason });
      await consistently(async () => {
        expect(await given.delivered()).toEqual([before[0], undefined, before[2]]);
        expect(await given.record()).toEqual(record);
        expect(await later.delivered()).toEqual(NOTHING);
        expect((await world.get(SECRETS, KEYRING))?.data).toEqual(wrong);
      }, SETTLE_MS);

      await (wrong === undefined ? world.client.create(SECRETS, bodyOf(right)) : setKeyring(right.data ?? {}));
      await given.whenReady(PATIENCE);
      await later.whenReady(PATIENCE);
      await eventually(async () => expect(await given.delivered()).toEqual(before));
      expect(await given.ledger()).toMatchObject({ lastVersion: 1 });
    },
  );
});

test.each(badKeyrings)(
  'A keyring that $name is put right by the operator that runs, and a lost Secret comes back byte for byte',
  async ({ spoilt }) => {
    const given = await IssuedCryptoKey.issue(world);
    const before = await given.delivered();
    const right = await keyring();
    const wrong = spoilt(right);
    await (wrong === undefined ? world.remove(SECRETS, KEYRING) : setKeyring(wrong));
    await given.removeSecret(given.tenant.eu);
    await eventually(async () => {
      expect((await keyring()).data).toEqual(right.data);
      expect(await given.delivered()).toEqual(before);
    });
  },
);

interface Damage {
  readonly name: string;
  readonly damaged: (own: Data, other: Data) => Data;
}

const damages: readonly Damage[] = [
  {
    name: 'whose ledger was edited',
    damaged: (own) => ({ ...own, ledger: encoded({ ...ledgerOf({ data: own } as Secret), lastVersion: 7 }) }),
  },
  { name: 'in whose sealed bytes one was flipped', damaged: (own) => ({ ...own, sealed: encoded(flipped(own)) }) },
  { name: 'without its sealed material', damaged: ({ sealed: _taken, ...own }) => own },
  { name: 'in whose place that of another key was put', damaged: (_own, other) => other },
  {
    name: 'with the sealed material of another key',
    damaged: (own, { sealed = '' }) => ({ ...own, sealed }),
  },
];

test.each(damages)(
  'A record $name is not believed: Secrets stay, none is made, and the right one restores what was lost byte for byte',
  async ({ damaged }) => {
    const [given, other] = [await IssuedCryptoKey.issue(world), await IssuedCryptoKey.issue(world)];
    const [before, published] = [await given.delivered(), (await given.object()).status?.environments];
    const right = (await given.record()).data ?? {};
    const wrong = damaged(right, (await other.record()).data ?? {});
    await given.overwriteRecord(wrong);
    const key = await given.whenKey({ status: 'False', reason: 'RecordInvalid' });
    expect(conditionOf(key)?.message).toMatch(/does not verify \((BadMac|WrongName)\).*restore/);
    expect(conditionOf(key, 'Stalled')).toMatchObject({ status: 'True', reason: 'RecordInvalid' });
    expect(key.status?.environments).toEqual(published);
    await given.removeSecret(given.tenant.eu);
    await consistently(async () => {
      expect(await given.delivered()).toEqual([before[0], undefined, before[2]]);
      expect((await given.record()).data).toEqual(wrong);
    }, SETTLE_MS);

    await given.overwriteRecord(right);
    await given.whenReady(PATIENCE);
    expect(await given.delivered()).toEqual(before);
    expect((await other.whenReady()).status?.version).toBe(1);
  },
);

test('A record that verifies and does not open delivers nothing and mints nothing, says so, and leaves the other Secrets', async () => {
  const given = await IssuedCryptoKey.issue(world);
  const before = await given.delivered();
  const right = (await given.record()).data ?? {};
  const decoded = decodeInstallationSecret(await world.secret(OPERATOR_NAMESPACE, INSTALLATION_SECRET));
  assert(decoded.state === 'valid');
  const { id: installation, macKeys } = decoded.installation;
  const content = { ledger: await given.ledger(), sealed: flipped(right) };
  await given.overwriteRecord(encodeRecord(content, { installation, macKeys }).data);
  await given.removeSecret(given.tenant.eu);
  await given.removeSecret(given.tenant.staging);
  const key = await given.whenKey({ status: 'False', reason: 'RecordInvalid' });
  expect(conditionOf(key)?.message).toMatch(/does not open; restore the record and the keyring/);
  await consistently(async () => {
    const [, , us] = await given.delivered();
    expect(us).toEqual(before[2]);
    expect(await given.ledger()).toMatchObject({ lastVersion: 1 });
  }, SETTLE_MS);
  await given.overwriteRecord(right);
  await given.whenReady(PATIENCE);
  expect(await given.delivered()).toEqual(before);
});

/** What is sealed, with one byte of its first value changed. */
function flipped(own: Data): SealedMaterial {
  const sealed = JSON.parse(textOf({ data: own } as Secret, 'sealed') ?? '') as SealedMaterial;
  const [first, ...rest] = sealed.entries;
  assert(first !== undefined);
  const { ciphertext } = first;
  const turned = `${ciphertext.startsWith('A') ? 'B' : 'A'}${ciphertext.slice(1)}`;
  return { ...sealed, entries: [{ ...first, ciphertext: turned }, ...rest] };
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64');
}

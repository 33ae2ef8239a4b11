import { beforeEach, describe, expect, test } from 'vitest';
import type { KeyProject } from '../../../src/api/generated/key-project.ts';
import { decodeInstallationSecret, newInstallationSecret } from '../../../src/installation/installation-secret.ts';
import { decodeKeyringSecret, newKeyringSecret } from '../../../src/installation/keyring-secret.ts';
import { newPeppersSecret } from '../../../src/installation/peppers-secret.ts';
import { resetInstallation } from '../../../src/installation/reset-installation.ts';
import type { KubeClient, ObjectRef } from '../../../src/kube/client/client.ts';
import type { Secret } from '../../../src/kube/objects/objects.ts';
import type { Resource } from '../../../src/kube/objects/resource.ts';
import { sealMaterial } from '../../../src/sealing/material.ts';
import { encodeRecord, recordName } from '../../../src/sealing/record.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { RecordingLogger } from '../../support/recording-logger.ts';
import { checkout, checkoutLedger, countingBytes, recordContext } from '../../support/sealing.ts';
import { notFound } from './scripted-client.ts';

const randomBytes = countingBytes();
const keyring = newKeyringSecret('keywright', randomBytes);
const decoded = decodeKeyringSecret(keyring, randomBytes);
if (decoded.state !== 'valid') throw new Error('No keyring');
const context = recordContext({ kek: decoded.kek });
const ID = context.installation;
const OTHER = 'f'.repeat(32);

const plaintext = Buffer.from('acme_sk_live_x');
const ref = { environment: 'production', version: 2, field: 'token' } as const;
const sealed = await sealMaterial(undefined, [{ ...ref, plaintext }], checkout, context);
const recordOf = (annotations = {}, content: object = { sealed }): Secret => ({
  metadata: { name: recordName(checkout), annotations },
  ...encodeRecord({ ledger: checkoutLedger(), ...content }, context),
});

let records: readonly Secret[];
let secrets: Readonly<Record<string, Secret>>;
/** By KeyProject, the installation that it names. */
let owners: Readonly<Record<string, string>>;
let created: Secret[];
beforeEach(() => {
  records = [recordOf()];
  secrets = { [keyring.metadata.name]: keyring, 'keywright-peppers': newPeppersSecret('keywright', randomBytes) };
  owners = { payments: ID };
  created = [];
});

function reset(id: string): Promise<string | undefined> {
  const client = {
    get: async (_resource: unknown, { name }: ObjectRef) => {
      const found = secrets[name];
      if (found === undefined) throw notFound;
      return found;
    },
    list: async ({ plural }: Resource) => ({
      items: plural === 'keyprojects' ? Object.keys(owners).map((name) => ({ metadata: { name } })) : records,
      resourceVersion: '1',
    }),
    create: async (_resource: unknown, secret: Secret) => created.push(secret),
  } as unknown as KubeClient;
  return resetInstallation(id, {
    client,
    namespace: 'keywright',
    randomBytes,
    clock: new FakeClock(),
    logger: new RecordingLogger(),
    ownerOf: ({ metadata }: KeyProject) => owners[metadata.name],
  });
}

describe('resetInstallation', () => {
  test('makes new MAC keys under the id, and marks that records are to be taken over', async () => {
    expect(await reset(ID)).toBeUndefined();
    expect(created).toHaveLength(1);
    expect(created.map(decodeInstallationSecret)).toMatchObject([
      { state: 'valid', isTakingOver: true, installation: { id: ID } },
    ]);
  });

  test.each<{ name: string; given: () => void }>([
    {
      name: 'the keyring is lost',
      given: () => (secrets = { ...secrets, [keyring.metadata.name]: undefined as never }),
    },
    { name: 'nothing is sealed', given: () => (records = [recordOf({}, {})]) },
  ])('goes by the claims of KeyProjects where $name', async ({ given }) => {
    given();
    expect(await reset(OTHER)).toBe(`No KeyProject is claimed by "${OTHER}". KeyProjects name ${ID}`);
    expect(await reset(ID)).toBeUndefined();
    owners = {};
    expect(await reset(ID)).toBe(`No KeyProject is claimed by "${ID}". No KeyProject tells its id`);
    expect(created).toHaveLength(1);
  });

  describe('where nothing is sealed', () => {
    beforeEach(() => {
      records = [recordOf({}, {})];
    });

    test('goes by the KeyProjects that records are of, whatever others name', async () => {
      owners = { payments: ID, elsewhere: OTHER };
      expect(await reset(OTHER)).toBe(`No KeyProject is claimed by "${OTHER}". KeyProjects name ${ID}`);
      expect(await reset(ID)).toBeUndefined();
    });

    test.each<{ name: string; given: () => void }>([
      {
        name: 'that records are of',
        given: () => {
          const shop = checkoutLedger({ project: 'shop' });
          records = [recordOf({}, {}), { ...recordOf({}, { ledger: shop }), metadata: { name: recordName(shop) } }];
        },
      },
      { name: 'that are there, where records are of none of them,', given: () => (records = []) },
    ])('refuses every id while KeyProjects $name name several', async ({ given }) => {
      given();
      owners = { payments: ID, shop: OTHER };
      for (const id of [ID, OTHER]) {
        expect(await reset(id)).toBe(
          `KeyProjects name several installations: ${ID} (payments), ${OTHER} (shop), and nothing that is sealed tells which one this is. Restore Secret "keywright-keyring" if it is lost, or set the annotation keywright.dev/installation=${id} on those that are this one's`,
        );
      }
      expect(created).toEqual([]);
    });
  });

  test.each<{ name: string; given: () => void; id?: string; want: string }>([
    {
      name: 'an installation whose Secret is there',
      given: () =>
        (secrets = { ...secrets, 'keywright-installation': newInstallationSecret('keywright', randomBytes) }),
      want: 'is there',
    },
    { name: 'an id under which the keyring opens nothing', given: () => {}, id: OTHER, want: 'opens no record of' },
    {
      name: 'a claimed id whose keyring is that of somewhere else',
      given: () => (secrets = { ...secrets, [keyring.metadata.name]: newKeyringSecret('keywright', randomBytes) }),
      want: 'opens no record of',
    },
    {
      name: 'a damaged keyring',
      given: () => (secrets = { ...secrets, [keyring.metadata.name]: { ...keyring, data: {} } }),
      want: 'is damaged',
    },
    {
      name: 'what was reset before',
      given: () => (records = [recordOf(), recordOf({ 'keywright.dev/reset-installation': ID })]),
      want: 'It was reset before',
    },
    {
      name: 'an installation without the peppers that its ledgers name',
      given: () => {
        const ledger = JSON.stringify({ hash: `hmac-sha256:pepper-1:${'ab'.repeat(32)}` });
        records = [recordOf(), { metadata: { name: 'b' }, data: { ledger: Buffer.from(ledger).toString('base64') } }];
        secrets = { [keyring.metadata.name]: keyring };
      },
      want: 'Restore Secret "keywright-peppers"',
    },
  ])('refuses $name, and makes nothing', async ({ given, id = ID, want }) => {
    given();
    expect(await reset(id)).toContain(want);
    expect(created).toEqual([]);
  });
});

import assert from 'node:assert/strict';
import { expect, test } from 'vitest';
import { newInstallationSecret, resetInstallationSecret } from '../../../src/installation/installation-secret.ts';
import { newKeyringSecret } from '../../../src/installation/keyring-secret.ts';
import { openInstallation } from '../../../src/installation/open-installation.ts';
import { newPeppersSecret } from '../../../src/installation/peppers-secret.ts';
import { ConnectionError } from '../../../src/kube/errors/api-error.ts';
import type { KubeObject, Secret } from '../../../src/kube/objects/objects.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { RecordingLogger } from '../../support/recording-logger.ts';
import { countingBytes } from '../../support/sealing.ts';
import { alreadyExists, forbidden, notFound, scriptedClient } from './scripted-client.ts';
import type { Step } from './scripted-client.ts';

const stored = (sent: Secret): Secret => ({ ...sent, metadata: { ...sent.metadata, uid: 'u', resourceVersion: '5' } });
const theirs = (length: number): Uint8Array => new Uint8Array(length).fill(200);
const installation = newInstallationSecret('keywright', theirs);
const reset = stored(resetInstallationSecret('c8'.repeat(16), 'keywright', theirs));
const keyring = newKeyringSecret('keywright', theirs);
const peppers = newPeppersSecret('keywright', theirs);
const none = { items: [], resourceVersion: '1' };
const some = { items: [{ metadata: { name: 'kw-apikey-1' } }], resourceVersion: '1' };
const echo = (sent: KubeObject): KubeObject => sent;

const getInstallation = (answer: unknown): Step => ({ call: 'get keywright-installation', answer });
const getKeyring = (answer: unknown): Step => ({ call: 'get keywright-keyring', answer });
const createInstallation = (answer: unknown): Step => ({ call: 'create keywright-installation', answer });
const createKeyring = (answer: unknown): Step => ({ call: 'create keywright-keyring', answer });
const getPeppers = (answer: unknown): Step => ({ call: 'get keywright-peppers', answer });
const createPeppers = (answer: unknown): Step => ({ call: 'create keywright-peppers', answer });
const list = (answer: unknown): Step => ({ call: 'list', answer });

const recordNaming = (hash: string): Secret => ({
  metadata: { name: 'kw-apikey-1' },
  data: { ledger: Buffer.from(JSON.stringify({ hash })).toString('base64') },
});

function open(steps: readonly Step[], clock: FakeClock = new FakeClock()) {
  const { client, rest } = scriptedClient(steps);
  const logger = new RecordingLogger();
  const state = openInstallation({ client, namespace: 'keywright', randomBytes: countingBytes(), clock, logger });
  return { state, rest, lines: logger.lines };
}

test('openInstallation waits for a keyring that is not its own to make', async () => {
  const { client, rest } = scriptedClient([getInstallation(installation), getKeyring(notFound)]);
  const state = await openInstallation({
    client,
    namespace: 'keywright',
    randomBytes: countingBytes(),
    clock: new FakeClock(),
    logger: new RecordingLogger(),
    createsKeyring: false,
  });
  assert(state.kind === 'KEKMissing');
  expect(state.message).toContain('--create-keyring=false');
  expect(rest()).toEqual([]);
});

const rows: readonly { name: string; steps: readonly Step[]; want: object }[] = [
  {
    name: 'makes all Secrets in an empty namespace, each after a list of its own',
    steps: [
      getInstallation(notFound),
      list(none),
      createInstallation(echo),
      getKeyring(notFound),
      list(none),
      createKeyring(echo),
      getPeppers(notFound),
      list(none),
      createPeppers(echo),
    ],
    want: { kind: 'Ready', installation: { id: '01'.repeat(16) } },
  },
  {
    name: 'only reads when all are there',
    steps: [getInstallation(installation), getKeyring(keyring), getPeppers(peppers)],
    want: { kind: 'Ready', installation: { id: 'c8'.repeat(16) } },
  },
  {
    name: 'finishes what a crash after the first creation left',
    steps: [
      getInstallation(installation),
      getKeyring(notFound),
      list(none),
      createKeyring(echo),
      getPeppers(notFound),
      list(none),
      createPeppers(echo),
    ],
    want: { kind: 'Ready', installation: { id: 'c8'.repeat(16) } },
  },
  {
    name: 'uses what another replica made first',
    steps: [
      getInstallation(notFound),
      list(none),
      createInstallation(alreadyExists),
      getInstallation(installation),
      getKeyring(notFound),
      list(none),
      createKeyring(alreadyExists),
      getKeyring(keyring),
      getPeppers(notFound),
      list(none),
      createPeppers(alreadyExists),
      getPeppers(peppers),
    ],
    want: { kind: 'Ready', installation: { id: 'c8'.repeat(16) } },
  },
  {
    name: 'asks for records again when the Secret of the other replica has gone meanwhile',
    steps: [
      getInstallation(installation),
      getKeyring(notFound),
      list(none),
      createKeyring(alreadyExists),
      getKeyring(notFound),
      list(some),
    ],
    want: { kind: 'KEKMissing', installation: { id: 'c8'.repeat(16) } },
  },
  {
    name: 'reads every page of the list before it takes the namespace for empty',
    steps: [
      getInstallation(notFound),
      list({ ...none, continueToken: 'next' }),
      list((sent: object) => ('continueToken' in sent ? some : none)),
    ],
    want: { kind: 'InstallationMissing' },
  },
  {
    name: 'makes nothing when the installation is missing beside records',
    steps: [getInstallation(notFound), list(some)],
    want: {
      kind: 'InstallationMissing',
      message: 'Secret "keywright-installation" is missing although key records exist: restore it from a backup',
    },
  },
  {
    name: 'makes a keyring beside the records of an installation that was reset, which give up what it does not open',
    steps: [getInstallation(reset), getKeyring(notFound), createKeyring(echo), getPeppers(stored(peppers))],
    want: { kind: 'Ready', isTakingOver: true, installation: { id: 'c8'.repeat(16) } },
  },
  {
    name: 'judges nothing by the MAC keys of a reset that waits for the peppers',
    steps: [
      getInstallation(reset),
      getKeyring(stored(keyring)),
      getPeppers(notFound),
      list({ items: [recordNaming(`hmac-sha256:pepper-1:${'ab'.repeat(32)}`)], resourceVersion: '1' }),
    ],
    want: {
      kind: 'InstallationMissing',
      message:
        'The reset of the installation waits. Secret "keywright-peppers" is missing although key records exist: restore it from a backup',
    },
  },
  {
    name: 'makes nothing when the keyring is missing beside records',
    steps: [getInstallation(installation), getKeyring(notFound), list(some)],
    want: {
      kind: 'KEKMissing',
      installation: { id: 'c8'.repeat(16) },
      message: 'Secret "keywright-keyring" is missing although key records exist: restore it from a backup',
    },
  },
  {
    name: 'leaves a damaged installation alone',
    steps: [getInstallation({ ...installation, data: {} })],
    want: {
      kind: 'InstallationMalformed',
      message: 'Secret "keywright-installation" is damaged: restore it from a backup',
    },
  },
  {
    name: 'leaves a keyring of another type alone',
    steps: [getInstallation(installation), getKeyring({ ...keyring, type: 'Opaque' })],
    want: {
      kind: 'KeyringMalformed',
      installation: { id: 'c8'.repeat(16) },
      message: 'Secret "keywright-keyring" has the wrong type: restore it from a backup',
    },
  },
  {
    name: 'leaves a keyring of a newer version alone',
    steps: [getInstallation(installation), getKeyring({ ...keyring, data: { keks: 'eyJmb3JtYXQiOjJ9' } })],
    want: {
      kind: 'KeyringMalformed',
      message: 'Secret "keywright-keyring" was written by a newer version: upgrade the operator',
    },
  },
  {
    name: 'makes peppers beside records from before there were any',
    steps: [
      getInstallation(installation),
      getKeyring(keyring),
      getPeppers(notFound),
      list({ items: [recordNaming('sha256:00')], resourceVersion: '1' }),
      createPeppers(echo),
    ],
    want: { kind: 'Ready' },
  },
  {
    name: 'makes no peppers beside a ledger that names one, be it on the last page',
    steps: [
      getInstallation(installation),
      getKeyring(keyring),
      getPeppers(notFound),
      list({ items: [recordNaming('sha256:00')], resourceVersion: '1', continueToken: 'next' }),
      list({ items: [recordNaming('hmac-sha256:pepper-1:00')], resourceVersion: '1' }),
    ],
    want: {
      kind: 'PeppersMissing',
      installation: { id: 'c8'.repeat(16) },
      message: 'Secret "keywright-peppers" is missing although key records exist: restore it from a backup',
    },
  },
  {
    name: 'leaves damaged peppers alone',
    steps: [getInstallation(installation), getKeyring(keyring), getPeppers({ ...peppers, data: {} })],
    want: {
      kind: 'PeppersMalformed',
      installation: { id: 'c8'.repeat(16) },
      message: 'Secret "keywright-peppers" is damaged: restore it from a backup',
    },
  },
];
test.each(rows)('openInstallation $name', async ({ steps, want }) => {
  const { state, rest } = open(steps);
  expect(await state).toMatchObject(want);
  expect(rest()).toEqual([]);
});

const failures: readonly { name: string; steps: readonly Step[]; error: Error }[] = [
  { name: 'a refused read', steps: [getInstallation(forbidden)], error: forbidden },
  { name: 'a refused list', steps: [getInstallation(notFound), list(forbidden)], error: forbidden },
  {
    name: 'a creation without an answer',
    steps: [getInstallation(notFound), list(none), createInstallation(new ConnectionError('timeout', 'no answer'))],
    error: new ConnectionError('timeout', 'no answer'),
  },
];
test.each(failures)('openInstallation passes on $name and does nothing further', async ({ steps, error }) => {
  const { state, rest } = open(steps);
  await expect(state).rejects.toThrow(error);
  expect(rest()).toEqual([]);
});

test('openInstallation lists by record type, past every cache and without data', async () => {
  let options: object = {};
  const { state } = open([
    getInstallation(notFound),
    list((sent: object) => {
      options = sent;
      return some;
    }),
  ]);
  await state;
  expect(options).toEqual({
    namespace: 'keywright',
    fieldSelector: 'type=keywright.dev/record',
    metadataOnly: true,
    limit: 1,
  });
});

test('openInstallation lists again when the list took so long that records may have come since', async () => {
  const clock = new FakeClock();
  const slow = (): unknown => {
    clock.stall(2_001);
    return none;
  };
  const { state, rest } = open(
    [getInstallation(installation), getKeyring(notFound), list(slow), getKeyring(notFound), list(some)],
    clock,
  );
  expect((await state).kind).toBe('KEKMissing');
  expect(rest()).toEqual([]);
});

test('openInstallation keeps copies of the Secrets as the API server stores them', async () => {
  const steps = [getInstallation(installation), getKeyring(notFound), list(none), createKeyring(stored)];
  const { state } = open([...steps, getPeppers(peppers)]);
  const opened = await state;
  assert(opened.kind === 'Ready');
  expect(opened.copies.map((copy) => copy.name)).toEqual([
    'keywright-installation',
    'keywright-keyring',
    'keywright-peppers',
  ]);
  expect(opened.copies[0]?.body()).toEqual(installation);
  expect(opened.copies[1]?.body().metadata).not.toHaveProperty('uid');
});

test('openInstallation logs names only', async () => {
  const steps = [
    getInstallation(notFound),
    list(none),
    createInstallation(echo),
    getKeyring(notFound),
    list(none),
    createKeyring(echo),
    getPeppers(notFound),
    list(none),
    createPeppers(echo),
  ];
  const { state, lines } = open(steps);
  await state;
  const message = 'Created a Secret of the installation';
  expect(lines).toEqual([
    { level: 'info', message, fields: { namespace: 'keywright', name: 'keywright-installation' } },
    { level: 'info', message, fields: { namespace: 'keywright', name: 'keywright-keyring' } },
    { level: 'info', message, fields: { namespace: 'keywright', name: 'keywright-peppers' } },
  ]);
});

import { createPrivateKey, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { API_KEYS, CRYPTO_KEYS, KEY_PROJECTS } from '../../src/api/resources.ts';
import type { KubeObject, Secret } from '../../src/kube/objects/objects.ts';
import { SECRETS, type Resource } from '../../src/kube/objects/resource.ts';
import { RECORD_TYPE, recordName } from '../../src/sealing/record.ts';
import { readKubeconfig } from '../support/cluster/kubeconfig-file.ts';
import { eventually } from '../support/harness/eventually.ts';
import { recordWatch, type WatchRecorder } from '../support/harness/watch-recorder.ts';
import { conditionOf } from '../support/key-world.ts';
import { OPERATOR_NAMESPACE, startOperatorProcess, type OperatorProcess } from '../support/operator.ts';
import { SecretSearch } from '../support/secret-search.ts';
import { applyCryptoKey, declareCryptoKeys, importedKeys, importWords, whenCryptoKey } from './canary-crypto-keys.ts';
import {
  addDek,
  addDelivered,
  addImportKey,
  addInstallation,
  addSealed,
  type InstallationSecrets,
} from './canary-secrets.ts';
import { dumpCluster } from './cluster-dump.ts';
import { AUTHORS, DeliveryStage, PRODUCTION, PROJECT, STAGING } from './delivery-stage.ts';
import { privateParts } from './private-parts.ts';
import { storedRecord } from '../support/stored-record.ts';

const EVENTS: Resource = { group: 'events.k8s.io', version: 'v1', kind: 'Event', plural: 'events', namespaced: true };

/** Content of Secrets that others made, and of lines that are no JSON. */
const foreign = Object.fromEntries(
  ['planted Secret', 'forged record', 'damaged installation', 'torn line'].map((where) => [
    where,
    `tripwire${randomBytes(24).toString('hex')}`,
  ]),
);

let stage: DeliveryStage;
let operator: OperatorProcess;
/** What the operator or its objects showed to anyone who may not read Secrets, by place. */
const shown = new Map<string, string>();
const search = new SecretSearch();

/** One run through everything that touches secrets; each test then looks at what it left behind. */
beforeAll(async () => {
  stage = await DeliveryStage.open();
  const { client, connection } = stage.cluster;
  await using secrets = await recordWatch(client, SECRETS);
  await using keys = await recordWatch(client, API_KEYS);
  await using cryptoKeys = await recordWatch(client, CRYPTO_KEYS);
  await using projects = await recordWatch(client, KEY_PROJECTS);
  await using events = await recordWatch(client, EVENTS);
  operator = await startOperatorProcess({
    cluster: stage.cluster,
    server: stage.proxy.url,
    flags: ['--log-level=debug', '--lease-duration=15s', '--renew-deadline=10s', '--retry-period=2s'],
    until: 'nothing',
  });
  // Read before the process gives itself a title, which takes the place of its arguments.
  shown.set('argv', await processFile('cmdline'));
  await runThroughEverything();

  for (const name of ['cmdline', 'comm', 'environ']) shown.set(name, await processFile(name));
  const kubeconfig = /--kubeconfig=([^\0]+)/.exec(shown.get('argv') ?? '')?.[1] ?? '';
  search.add('ServiceAccount token', (await readKubeconfig(kubeconfig)).token?.split('.').at(-1) ?? '');
  shown.set('metrics', await operator.metricsText());
  for (const [path, text] of await dumpCluster(connection)) shown.set(path, text);
  operator.kill('SIGTERM');
  await operator.exited;
  shown.set('log', operator.logLines.join('\n'));
  for (const recorder of [keys, cryptoKeys, projects, events] as const) shown.set(...historyOf(recorder));
  await lookInto(secrets.events.map(({ object }) => object));
}, 120_000);

afterAll(async () => {
  await operator?.[Symbol.asyncDispose]();
  await stage?.[Symbol.asyncDispose]();
});

test('Nothing secret of a whole run shows in logs, events, statuses, metrics, process or any other object', () => {
  const found = [...shown].flatMap(([where, text]) => search.find(text).map((finding) => ({ where, ...finding })));
  expect(found).toEqual([]);
});

test('The run left its traces in all the places that are searched', () => {
  const traces: Readonly<Record<string, string>> = {
    log: 'KW_DELIVERY_INCOMPLETE',
    metrics: 'keywright_',
    argv: 'controller',
    cmdline: 'keywright',
    comm: 'keywright',
    ledgers: '"lastVersion":1',
    'sealed material': '"ciphertext"',
    'history of ApiKey': 'RecordInvalid',
    'history of CryptoKey': 'PassphraseWrong',
    'history of Event': 'DriftRepaired',
    'history of KeyProject': '"Active"',
    '/apis/keywright.dev/v1alpha1/apikeys': 'SecretConflict',
    '/apis/keywright.dev/v1alpha1/cryptokeys': 'openpgpFingerprint',
    '/apis/coordination.k8s.io/v1/leases': 'keywright-controller',
    '/api/v1/secrets': 'keywright.dev/proof',
  };
  for (const [where, trace] of Object.entries(traces)) expect(shown.get(where), where).toContain(trace);
});

test('The search would have found a secret of this run in any of those places', async () => {
  const [secret] = (await stage.deliveredSecrets()).filter(({ metadata }) => metadata.name === 'checkout');
  const token = secret?.data?.['token'] ?? '';
  const text = Buffer.from(token, 'base64').toString();
  const planted = [text.slice(-12), token, Buffer.from(text).toString('hex')].map((form) => `{"leak":"${form}"}`);
  for (const [where, before] of shown) {
    const found = search.find(`${before}${planted.join('')}`).map(({ encoding }) => encoding);
    expect(new Set(found), where).toEqual(new Set(['plain', 'base64', 'hex']));
  }
});

test('The search would have found a key of this run in any form it is delivered in', async () => {
  for (const [form, planted] of Object.entries(await formsOfKeys())) {
    expect(search.find(`{"leak":"${planted}"}`), form).not.toEqual([]);
  }
});

/** Pieces of delivered keys and of what protects them, as files and people write them. */
async function formsOfKeys(): Promise<Readonly<Record<string, string>>> {
  const read = async (name: string, key: string): Promise<Buffer> => {
    const { data } = await stage.cluster.client.get(SECRETS, { namespace: PRODUCTION[0], name });
    return Buffer.from(data?.[key] ?? '', 'base64');
  };
  const text = async (name: string, key: string): Promise<string> => (await read(name, key)).toString();
  const aes = await read('aes', 'key.bin');
  const { d = '' } = JSON.parse(await text('ec', 'jwk.json')) as { readonly d?: string };
  const passphrase = await text('transactions-passphrase', 'passphrase');
  return {
    'raw bytes': aes.toString('latin1'),
    'hexadecimal bytes': aes.toString('hex').slice(-12),
    'base64 of a symmetric key': (await text('aes', 'key.b64')).slice(0, 12),
    // Of a file the last lines: the first ones begin with what is public.
    'line of PKCS#8 PEM': lineFromEnd(await text('rsa', 'private.pem'), 3),
    'line of PKCS#1 PEM': lineFromEnd(await text('rsa', 'private-pkcs1.pem'), 3),
    'end of DER in base64': (await read('rsa', 'private.der')).toString('base64').slice(-40),
    'OpenSSH key': await text('ec', 'ssh-privatekey'),
    'd of a JWK': d.slice(-14),
    'passphrase of a delivered key': passphrase.slice(-12),
    'passphrase in base64': Buffer.from(passphrase).toString('base64').slice(4, 24),
    'passphrase of an import': importWords.passphrase.slice(-12),
    'wrong passphrase of an import': importWords['wrong passphrase'].slice(-12),
  };
}

function lineFromEnd(file: string, line: number): string {
  return file.trimEnd().split('\n').at(-line) ?? '';
}

/** Of /proc/<pid>. */
function processFile(name: string): Promise<string> {
  return readFile(`/proc/${operator.pid}/${name}`, 'utf8');
}

async function runThroughEverything(): Promise<void> {
  await stage.applyProject();
  await stage.applyKey({ signingSecret: {}, recoverable: true });
  await stage.applyKey({}, 'plain');
  for (const name of ['checkout', 'plain']) await stage.whenReady(name);
  await causeDrift();
  await runThroughCryptoKeys();
  await declareWhatCannotBe();
  await meetRefusalsThatQuote();
  await damageWhatTheOperatorReads();
  await stage.deleteKey();
  await eventually(async () => expect(await stage.isKeyThere()).toBe(false));
  await stage.applyKey({ signingSecret: {}, recoverable: true });
  await stage.whenReady();
  operator.resync();
  await stage.whenQuiet();
}

async function causeDrift(): Promise<void> {
  await stage.removeSecret(STAGING[0], 'plain');
  await editSecret(PRODUCTION[0], 'plain', { token: base64(foreign['planted Secret']) });
  await editSecret(PRODUCTION[0], 'checkout', { 'signing-secret': base64(foreign['planted Secret']) });
  // The only Secret of a token that is sealed nowhere: the token is lost, and version 2 takes its place.
  await eventually(async () => {
    const { status } = await stage.whenReady('plain');
    expect(status?.version).toBe(2);
    expect(await stage.deliveredSecrets()).toHaveLength(6);
  });
}

/** Every kind is delivered, lost, edited, withdrawn and brought back. */
async function runThroughCryptoKeys(): Promise<void> {
  const names = await declareCryptoKeys(stage);
  for (const name of names) await stage.removeSecret(PRODUCTION[0], name);
  await editSecret(STAGING[0], 'transactions-passphrase', { passphrase: base64(foreign['planted Secret']) });
  await editSecret(STAGING[0], 'rsa', { 'private.pem': base64(foreign['planted Secret']) });
  await stage.removeObject(`/apis/keywright.dev/v1alpha1/namespaces/${AUTHORS}/cryptokeys/ed25519`);
  await eventually(async () => {
    const there = (await stage.deliveredSecrets()).map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
    expect(there).toEqual(
      expect.arrayContaining(names.filter((name) => name !== 'ed25519').map((name) => `${PRODUCTION[0]}/${name}`)),
    );
    const { items } = await stage.cluster.client.list(CRYPTO_KEYS, { namespace: AUTHORS });
    expect(items.map(({ metadata }) => metadata.name)).not.toContain('ed25519');
  });
  await applyCryptoKey(stage, 'ed25519', { algorithm: 'Ed25519', material: 'Shared' });
  for (const name of names) await whenCryptoKey(stage, name, { status: 'True' });
}

async function declareWhatCannotBe(): Promise<void> {
  const planted = { token: base64(foreign['planted Secret']), 'signing-secret': base64('not a signing secret') };
  await stage.apply(secret(STAGING[1], 'taken', 'Opaque', planted));
  await stage.apply(
    secret(OPERATOR_NAMESPACE, record('forged'), RECORD_TYPE, {
      ledger: base64(`{"${foreign['forged record']}`),
      mac: base64('x'),
    }),
  );
  await stage.applyKey({}, 'taken');
  await stage.applyKey({}, 'forged');
  await stage.applyKey({ scopes: ['charges.read'] }, 'too-broad');
  await stage.applyKey({ environments: [{ name: 'nowhere' }] }, 'nowhere');
  await stage.applyKey({ expiresAt: '2020-01-01T00:00:00Z' }, 'over');
  const reasons = {
    taken: 'SecretConflict',
    forged: 'RecordInvalid',
    'too-broad': 'PolicyViolation',
    nowhere: 'EnvironmentNotFound',
    over: 'Expired',
  };
  for (const [name, reason] of Object.entries(reasons)) {
    await eventually(async () => {
      expect(conditionOf(await stage.key(name))?.reason).toBe(reason);
    });
  }
}

/** Every write of a Secret is refused with a message that repeats it: of a record, then of what is delivered. */
async function meetRefusalsThatQuote(): Promise<void> {
  const statuses = [422, 403, 500, 400];
  stage.proxy.treat(({ isWrite, path }) => {
    const status = isWrite && path.includes('/secrets') ? statuses.shift() : undefined;
    return status === undefined ? { kind: 'forward' } : { kind: 'refuse', status, quoting: true };
  });
  await stage.applyKey({ signingSecret: {} }, 'refused-record');
  await eventually(() => expect(statuses).toEqual([]), { timeoutMs: 30_000 });
  await stage.whenReady('refused-record');
  statuses.push(422, 403, 500);
  stage.proxy.treat(({ isWrite, path }) => {
    const status = isWrite && /payments-\w+.*\/secrets/.test(path) ? statuses.shift() : undefined;
    return status === undefined ? { kind: 'forward' } : { kind: 'refuse', status, quoting: true };
  });
  await stage.applyKey({ signingSecret: {} }, 'refused-delivery');
  await stage.whenReady('refused-delivery');
  expect(statuses).toEqual([]);
  statuses.push(422, 403, 500);
  await applyCryptoKey(stage, 'refused-key', { algorithm: 'EC-P256' });
  await whenCryptoKey(stage, 'refused-key', { status: 'True' });
  expect(statuses).toEqual([]);
  stage.proxy.behave();
}

async function damageWhatTheOperatorReads(): Promise<void> {
  await editSecret(OPERATOR_NAMESPACE, 'keywright-installation', {
    macKeys: base64(`{"format":1,"keys":["${foreign['damaged installation']}`),
  });
  await editSecret(OPERATOR_NAMESPACE, record('plain'), { ledger: base64(`{"format":1,"${foreign['forged record']}`) });
  stage.proxy.sendToWatches(`{"type":"ADDED","object":{"data":{"token":"${foreign['torn line'] ?? ''}`);
  await eventually(async () => {
    const { data } = await stage.cluster.client.get(SECRETS, {
      namespace: OPERATOR_NAMESPACE,
      name: 'keywright-installation',
    });
    expect(Buffer.from(data?.['macKeys'] ?? '', 'base64').toString()).not.toContain(foreign['damaged installation']);
  });
  await eventually(async () => {
    expect(conditionOf(await stage.key('plain'))?.reason).toBe('RecordInvalid');
  });
}

/** Collects what has to be searched for, and of records what everybody may see who is given one. */
async function lookInto(secrets: readonly Secret[]): Promise<void> {
  const first = (name: string): Secret => {
    const found = secrets.find(({ metadata }) => metadata.namespace === OPERATOR_NAMESPACE && metadata.name === name);
    if (found === undefined) throw new Error(`Secret ${name} never was`);
    return found;
  };
  const installation: InstallationSecrets = {
    installation: first('keywright-installation'),
    keyring: first('keywright-keyring'),
    peppers: first('keywright-peppers'),
  };
  const records = secrets.filter(({ type, data }) => type === RECORD_TYPE && isJson(data?.['ledger']));
  let [delivered, deks, sealed] = [0, 0, 0];
  for (const one of secrets) delivered += one.metadata.namespace === OPERATOR_NAMESPACE ? 0 : addDelivered(search, one);
  for (const one of records) {
    deks += await addDek(search, one, installation);
    sealed += await addSealed(search, one, installation);
  }
  expect(addInstallation(search, installation)).toBe(3);
  expect(delivered).toBeGreaterThan(20);
  expect(deks).toBeGreaterThan(4);
  // Ten keys in two environments, each with at least one number and a passphrase.
  expect(sealed).toBeGreaterThan(40);
  expect(await addImportKey(search, first('keywright-import'), installation)).toBe(2);
  for (const pem of Object.values(importedKeys)) {
    const der = createPrivateKey(pem).export({ format: 'der', type: 'pkcs8' });
    for (const part of await privateParts('Pkcs8', der)) search.add('imported key', part);
  }
  for (const [where, text] of Object.entries({ ...foreign, ...importWords })) search.add(where, text);
  shown.set('ledgers', JSON.stringify(records.map((one) => storedRecord(one).ledger)));
  shown.set('sealed material', JSON.stringify(records.map((one) => storedRecord(one).sealed)));
  const metadata = secrets.map((one) => one.metadata);
  shown.set('history of Secret metadata', JSON.stringify(metadata));
}

function historyOf(recorder: WatchRecorder<KubeObject>): [string, string] {
  const objects = recorder.events.map(({ object }) => object);
  return [`history of ${objects[0]?.kind ?? 'nothing'}`, JSON.stringify(objects)];
}

function isJson(base64Text: string | undefined): boolean {
  try {
    JSON.parse(Buffer.from(base64Text ?? '', 'base64').toString());
    return true;
  } catch {
    return false;
  }
}

async function editSecret(namespace: string, name: string, data: Readonly<Record<string, string>>): Promise<void> {
  await stage.cluster.client.patch(SECRETS, { namespace, name }, { data });
}

function secret(namespace: string, name: string, type: string, data: Readonly<Record<string, string>>): KubeObject {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name }, type, data } as Secret;
}

function record(name: string): string {
  return recordName({ project: PROJECT, kind: 'ApiKey', name });
}

function base64(text: string | undefined): string {
  return Buffer.from(text ?? '').toString('base64');
}

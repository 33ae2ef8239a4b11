import { afterAll, beforeAll, expect, test } from 'vitest';
import { adminCall, createNamespace, uniqueName } from '../../support/harness.ts';
import { collectionPath, removed, stored, withStatus } from './api-server.ts';
import { apiKey, cryptoKey, keyProject, type Declared } from './objects.ts';
import { tableOf } from './table.ts';

const TIME = '2027-02-01T00:00:00Z';
const AN_AGE: unknown = expect.any(String);
const condition = (type: string, status: string, message: string): object => ({
  type,
  status,
  reason: 'Reason',
  message,
  lastTransitionTime: TIME,
});

let key: Declared;
let fileExchange: Declared;
let project: Declared;

beforeAll(async () => {
  const namespace = await createNamespace();
  const spec = { owner: { name: 'Checkout team' }, requestedBy: 'jane@example.com' };
  key = await withStatus(await stored(apiKey(spec, 'checkout', namespace)), {
    state: 'Active',
    version: 4,
    summary: { keyId: '0f3k9m2xq71z', environments: '2/3', expires: '2027-02-01', nextRotation: '2026-12-24' },
    conditions: [condition('Ready', 'False', 'Namespace missing'), condition('Deployed', 'False', 'One is missing')],
  });
  await stored(apiKey({ project: 'billing', type: 'Publishable' }, 'fresh', namespace));
  const signing = { type: 'KeyPair', algorithm: 'RSA-3072', purpose: 'Sign', ...spec };
  fileExchange = await withStatus(await stored(cryptoKey(signing, 'file-exchange', namespace)), {
    state: 'Active',
    version: 2,
    sealing: { provider: 'keyring', kekId: 'kek-7' },
    quantumVulnerable: true,
    summary: {
      algorithm: 'RSA-3072',
      fingerprint: 'SHA256:18AF80245B2D +1',
      origin: 'Generated',
      keyId: '0f3k9m2xq71z +1',
      environments: '3/3',
      expires: '2027-11-21',
      nextRotation: '2027-01-24',
    },
    conditions: [condition('Ready', 'True', 'Delivered'), condition('Deployed', 'True', 'All')],
  });
  await stored(cryptoKey({ project: 'billing' }, 'core-hsm-aes', namespace));
  const projectSpec = { owner: { name: 'Payments platform' }, company: 'acme', tokenPrefix: 'acme' };
  project = await withStatus(await stored(keyProject(projectSpec, uniqueName('views'))), {
    conditions: [condition('Ready', 'True', 'Mapped')],
  });
});

afterAll(async () => {
  await removed(project);
});

test('kubectl get of an ApiKey answers what an auditor asks', async () => {
  expect(await row(key)).toEqual({
    Name: 'checkout',
    Project: 'payments',
    State: 'Active',
    Ver: 4,
    Envs: '2/3',
    Expires: '2027-02-01',
    Ready: 'False',
    Reason: 'Reason',
    Age: AN_AGE,
    'wide Type': 'Secret',
    'wide Key-ID': '0f3k9m2xq71z',
    'wide Next-Rotation': '2026-12-24',
    'wide Deployed': 'False',
    'wide Status': 'Namespace missing',
    'wide Owner': 'Checkout team',
    'wide Requested-By': 'jane@example.com',
  });
});

test('kubectl get of a CryptoKey answers what an auditor asks', async () => {
  expect(await row(fileExchange)).toEqual({
    Name: 'file-exchange',
    Project: 'payments',
    Algorithm: 'RSA-3072',
    State: 'Active',
    Fingerprint: 'SHA256:18AF80245B2D +1',
    Ver: 2,
    Envs: '3/3',
    Expires: '2027-11-21',
    Ready: 'True',
    Reason: 'Reason',
    Age: AN_AGE,
    'wide Type': 'KeyPair',
    'wide Purpose': 'Sign',
    'wide Origin': 'Generated',
    'wide Key-ID': '0f3k9m2xq71z +1',
    'wide Quantum-Vulnerable': true,
    'wide Sealed-By': 'keyring',
    'wide KEK': 'kek-7',
    'wide Next-Rotation': '2027-01-24',
    'wide Deployed': 'True',
    'wide Status': 'Delivered',
    'wide Owner': 'Checkout team',
    'wide Requested-By': 'jane@example.com',
  });
});

test('kubectl get of a KeyProject shows owner and readiness', async () => {
  expect(await row(project)).toEqual({
    Name: project.metadata.name,
    Owner: 'Payments platform',
    Ready: 'True',
    Reason: 'Reason',
    Age: AN_AGE,
    'wide Status': 'Mapped',
    'wide Company': 'acme',
    'wide Token-Prefix': 'acme',
  });
});

test.each([
  ['spec.project=payments', ['checkout']],
  ['spec.project=billing', ['fresh']],
  ['spec.type=Publishable', ['fresh']],
  ['status.state=Active', ['checkout']],
  ['status.state=Revoked', []],
  ['spec.project=payments,status.state!=Active', []],
])('ApiKeys are listed by field selector %s', async (selector, names) => {
  expect(await selected(key, selector)).toEqual(names);
});

test.each([
  ['spec.project=payments', ['file-exchange']],
  ['spec.type=SecretKey', ['core-hsm-aes']],
  ['status.state=Active', ['file-exchange']],
])('CryptoKeys are listed by field selector %s', async (selector, names) => {
  expect(await selected(fileExchange, selector)).toEqual(names);
});

test('every kind is in the category keywright under its short name', async () => {
  const path = '/apis/keywright.dev/v1alpha1';
  const { resources } = (await adminCall({ method: 'GET', path })) as { readonly resources: readonly object[] };
  const names = { categories: ['keywright'] };
  expect(resources).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ ...names, name: 'apikeys', singularName: 'apikey', shortNames: ['ak'] }),
      expect.objectContaining({ ...names, name: 'cryptokeys', singularName: 'cryptokey', shortNames: ['ck'] }),
      expect.objectContaining({ ...names, name: 'keyprojects', singularName: 'keyproject', shortNames: ['kpr'] }),
    ]),
  );
});

/** Names of the objects beside `object` and of its kind that the field selector finds. */
async function selected(object: Declared, selector: string): Promise<readonly string[]> {
  const path = `${collectionPath(object)}?fieldSelector=${encodeURIComponent(selector)}`;
  const { items } = (await adminCall({ method: 'GET', path })) as { readonly items: readonly Declared[] };
  return items.map(({ metadata }) => metadata.name);
}

/** The cells of one object by the name of their column. */
async function row(object: Declared): Promise<Readonly<Record<string, unknown>>> {
  const byName = encodeURIComponent(`metadata.name=${object.metadata.name}`);
  const { columnDefinitions, rows } = await tableOf(`${collectionPath(object)}?fieldSelector=${byName}`);
  const cells = rows[0]?.cells ?? [];
  return Object.fromEntries(
    columnDefinitions.map(({ name, priority }, i) => [priority > 0 ? `wide ${name}` : name, cells[i]]),
  );
}

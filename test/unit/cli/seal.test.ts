import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { SealOrder } from '../../../src/cli/seal-order.ts';
import { seal, type SealPorts, type SealResult } from '../../../src/cli/seal.ts';
import type { KubeClient } from '../../../src/kube/client/client.ts';
import { ApiError, ConnectionError } from '../../../src/kube/errors/api-error.ts';
import { openImportMessage } from '../../../src/sealing/import-message.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { IMPORT_INSTALLATION, IMPORT_PLACE, keysOf, storedImport } from '../../support/import-keys.ts';

const keys = keysOf(await storedImport());
const others = keysOf(await storedImport());
const place = { kind: 'CryptoKey', namespace: 'payments-config', name: 'partner', project: 'payments' } as const;
const cluster = { kind: 'Cluster', kubeconfig: '/k', operatorNamespace: 'keywright-system' } as const;
const order: SealOrder = {
  fromFile: 'value',
  place,
  environment: 'production',
  validForMs: 3_600_000,
  recipient: cluster,
};

const TOKEN: Partial<SealOrder> = { place: { ...place, kind: 'ApiKey' } };
const LONGEST = 'c'.repeat(1024);
const WEAK = generateKeyPairSync('rsa', {
  modulusLength: 1024,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
}).privateKey;

interface World {
  readonly files?: Readonly<Record<string, Uint8Array | string>>;
  readonly stdin?: string;
  readonly configMap?: object | Error;
  readonly project?: object | Error;
  readonly connection?: Error;
  /** What --patch wrote. */
  readonly written?: string[];
}

const spec = {
  authorNamespaces: ['payments-config', 'payments-apps'],
  environments: [{ name: 'staging' }, { name: 'production' }],
};
const settled = { importKey: { fingerprint: keys.fingerprint }, installation: IMPORT_INSTALLATION };

function sealIn(world: World, changes: Partial<SealOrder> = {}): Promise<SealResult> {
  const {
    files = { value: 'canary' },
    stdin = '',
    configMap = { data: { 'import-key.asc': keys.publicKey } },
    project = { spec, status: settled },
    connection,
    written,
  } = world;
  const answer = async (value: object): Promise<object> => {
    if (value instanceof Error) throw value;
    return value;
  };
  const client = { get: ({ kind }: { kind: string }) => answer(kind === 'ConfigMap' ? configMap : project) };
  const ports: SealPorts = {
    clock: new FakeClock(),
    readFile: async (path) => {
      const content = files[path];
      if (content === undefined) throw new Error('ENOENT canary');
      return typeof content === 'string' ? Buffer.from(content) : content;
    },
    writeFile: async (_path, text) => {
      if (written === undefined) throw new Error('EROFS canary');
      written.push(text);
    },
    readStdin: async (limit) => Buffer.from(stdin).subarray(0, limit + 1),
    withCluster: async (_source, use) => {
      if (connection !== undefined) throw connection;
      return await use(client as unknown as KubeClient);
    },
  };
  return seal({ ...order, ...changes }, ports);
}

async function sealed(world: World, changes: Partial<SealOrder> = {}): Promise<string> {
  const { output } = await sealIn(world, changes);
  const { spec } = parse(output) as { spec: { environments: { import: Record<string, string> }[] } };
  const [message = ''] = Object.values(spec.environments[0]?.import ?? {});
  const expected = { installation: IMPORT_INSTALLATION, ...IMPORT_PLACE, field: changes.field ?? 'key' };
  const opened = await openImportMessage(keys, message, expected, new FakeClock().now());
  return opened.kind === 'Opened' ? Buffer.from(opened.content).toString() : opened.reason;
}

describe('seal', () => {
  test.each<[string, World, Partial<SealOrder>, string]>([
    ['a key as it is', { files: { value: 'canary\n' } }, {}, 'canary\n'],
    ['a passphrase without its line end', { files: { value: 'canary\n' } }, { field: 'passphrase' }, 'canary'],
    ['a passphrase as long as it may be', { stdin: `${LONGEST}\r\n` }, { field: 'passphrase', fromFile: '-' }, LONGEST],
    ['a passphrase from Windows', { files: { value: 'canary\r\n' } }, { field: 'passphrase' }, 'canary'],
    ['a passphrase with spaces', { files: { value: 'canary \n\n' } }, { field: 'passphrase' }, 'canary \n'],
    ['standard input', { stdin: 'canary' }, { fromFile: '-' }, 'canary'],
    [
      'to a key from a file, without a cluster',
      { files: { value: 'canary', k: keys.publicKey }, connection: new Error('asked') },
      { recipient: { kind: 'File', path: 'k' } },
      'canary',
    ],
  ])('seals %s', async (_name, world, changes, want) => {
    expect(await sealed(world, changes)).toBe(want);
  });

  test('says what was sealed, to whom and until when, and nothing of the value', async () => {
    const { note, output } = await sealIn({});
    expect(note).toBe(
      `Sealed the key of CryptoKey payments-config/partner, project payments, environment production.\nTo import key ${keys.fingerprint} of installation ${IMPORT_INSTALLATION}.\nApply it before 2027-01-01T01:00Z.\n`,
    );
    expect(note + output).not.toContain('canary');
  });

  const NO_ENVIRONMENT =
    'Warning: KeyProject "payments" has no environment "nosuch"; it has "staging", "production". Until it has, nothing is imported.\n';
  const NO_AUTHORS =
    'Warning: KeyProject "payments" takes no keys from namespace "elsewhere"; it takes them from "payments-config", "payments-apps".\n';
  test.each<[string, Partial<SealOrder>, string]>([
    ['an environment that the project lacks', { environment: 'nosuch' }, NO_ENVIRONMENT],
    ['a namespace that may declare no keys', { place: { ...place, namespace: 'elsewhere' } }, NO_AUTHORS],
    ['both', { environment: 'nosuch', place: { ...place, namespace: 'elsewhere' } }, NO_ENVIRONMENT + NO_AUTHORS],
    ['neither where all environments are meant', { environment: '*' }, ''],
  ])('warns of %s', async (_name, changes, want) => {
    const { note } = await sealIn({}, changes);
    expect(note.replace(/^(Sealed|To|Apply) .*\n/gm, '')).toBe(want);
  });

  test('warns of a key that the operator would refuse, and seals it', async () => {
    const { note, output } = await sealIn({ files: { value: WEAK } });
    expect(note).toMatch(/^Warning: the operator would refuse this key: WeakKey, .*1024/m);
    expect(output).toContain('BEGIN PGP MESSAGE');
  });

  test('takes from the manifest what key the operator expects', async () => {
    const written: string[] = [];
    const files = { value: WEAK, m: manifest({ type: 'PublicKey' }) };
    const { note } = await sealIn({ files, written }, { patch: 'm' });
    expect(note).toMatch(/^Warning: the operator would refuse this key: TypeMismatch, This is a private key; /m);
    expect(written).toEqual([expect.stringContaining('BEGIN PGP MESSAGE')]);
  });

  test.each<[string, Partial<SealOrder>]>([
    ['a passphrase', { field: 'passphrase', fromFile: 'zeros' }],
    ['a token', { ...TOKEN, fromFile: 'zeros' }],
  ])('judges no %s as a key', async (_name, changes) => {
    const { note } = await sealIn({ files: { zeros: new Uint8Array(32) } }, changes);
    expect(note).not.toContain('Warning');
  });

  test('cannot warn of its place without a cluster', async () => {
    const world = { files: { value: 'canary', k: keys.publicKey } };
    const { note } = await sealIn(world, { environment: 'nosuch', recipient: { kind: 'File', path: 'k' } });
    expect(note).not.toContain('Warning');
  });

  const reasons: Readonly<Record<number, string>> = { 403: 'Forbidden', 404: 'NotFound' };
  const status = (code: number): ApiError =>
    new ApiError({ status: code, reason: reasons[code] ?? 'InternalError', message: 'canary' });
  test.each<[string, World, Partial<SealOrder>, RegExp]>([
    ['a value that is not there', { files: {} }, {}, /value cannot be read; check the path/],
    ['a value that is empty', { files: { value: '' } }, {}, /value is empty; put the key there/],
    ['nothing on standard input', {}, { fromFile: '-' }, /standard input is empty/],
    ['a value that is too large', { files: { value: 'canary'.repeat(3_000) } }, {}, /larger than 16 KiB/],
    [
      'a token that is longer than any that is taken',
      { files: { value: 'c'.repeat(2049) } },
      TOKEN,
      /larger than 2 KiB/,
    ],
    ['a long passphrase', { files: { value: 'c'.repeat(1025) } }, { field: 'passphrase' }, /larger than 1 KiB/],
    ['a token for a CryptoKey', {}, { field: 'token' }, /"token", which no CryptoKey has/],
    [
      'a private key as the import key',
      { files: { value: 'v', k: 'canary' } },
      { recipient: { kind: 'File', path: 'k' } },
      /k is no import key of Keywright/,
    ],
    ['no operator', { configMap: status(404) }, {}, /--operator-namespace, or start the operator/],
    ['no right', { configMap: status(403) }, {}, /ask for the roles keywright-seal/],
    ['a server in trouble', { configMap: status(500) }, {}, /the API server answers 500/],
    ['an empty ConfigMap', { configMap: {} }, {}, /holds no import key/],
    ['no project', { project: status(404) }, {}, /KeyProject "payments" does not exist; check --project/],
    ['a project without report', { project: {} }, {}, /reports no import key yet/],
    [
      'another published key than the project reports',
      { configMap: { data: { 'import-key.asc': others.publicKey } } },
      {},
      /is not the one that KeyProject "payments" reports/,
    ],
    [
      'a project of another installation',
      { project: { status: { ...settled, installation: 'aa'.repeat(16) } } },
      {},
      /Nothing was sealed/,
    ],
    ['a cluster that is away', { connection: new ConnectionError('refused', 'canary') }, {}, /cannot be reached/],
    ['a manifest that is not there', {}, { patch: 'm' }, /m cannot be read/],
    [
      'a manifest that cannot be written',
      { files: { value: 'v', m: manifest() } },
      { patch: 'm' },
      /m cannot be written/,
    ],
  ])('refuses %s, and quotes nothing', async (_name, world, changes, message) => {
    await expect(sealIn(world, changes)).rejects.toThrow(message);
    await expect(sealIn(world, changes)).rejects.not.toThrow('canary');
  });
});

function manifest(declared: object = {}): string {
  const { kind, namespace, name, project } = place;
  const metadata = { namespace, name };
  const spec = { project, environments: [{ name: 'production' }], ...declared };
  return JSON.stringify({ apiVersion: 'keywright.dev/v1alpha1', kind, metadata, spec });
}

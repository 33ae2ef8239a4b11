import { describe, expect, test } from 'vitest';
import { ALLOW_IMPORT_LABEL } from '../../../../src/api/labels.ts';
import { Reason } from '../../../../src/api/conditions.ts';
import type {
  ImportDeclaration,
  ImportedMaterial,
  ImportSource,
} from '../../../../src/controllers/planning/import-facts.ts';
import type { ReadSource } from '../../../../src/controllers/imports/import-source.ts';
import { readImport } from '../../../../src/controllers/imports/read-import.ts';
import type { KeyPorts } from '../../../../src/controllers/shared/ports.ts';
import { MAX_KEY_BYTES } from '../../../../src/keys/import-limits.ts';
import { ApiError, ConnectionError } from '../../../../src/kube/errors/api-error.ts';
import type { Secret } from '../../../../src/kube/objects/objects.ts';
import { sealImportMessage } from '../../../../src/sealing/seal-import.ts';
import { partner } from '../../../support/partner-key.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { IMPORT_INSTALLATION, IMPORT_PLACE, keysOf, recipientOf, storedImport } from '../../../support/import-keys.ts';
import { WipedBytes } from '../../../support/wiped-bytes.ts';

const { signal } = new AbortController();
const NOW = new Date('2027-01-02T00:00:00Z');
const keys = keysOf(await storedImport());
const byReference: ImportSource = { secretKeyRef: { name: 'partner-keys', key: 'prod.pem' } };
const withPassphrase: ImportSource = { ...byReference, passphraseSecretKeyRef: { name: 'partner-pass', key: 'pass' } };
const CONTENT = 'canary-key-material';
const LONGEST_TOKEN = 't'.repeat(2048);

function secretOf(data: Readonly<Record<string, string | Uint8Array>>, changes: Partial<Secret> = {}): Secret {
  const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value as string).toString('base64')]);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'partner-keys', namespace: partner.namespace, labels: { [ALLOW_IMPORT_LABEL]: 'true' } },
    type: 'Opaque',
    data: Object.fromEntries(encoded) as Record<string, string>,
    ...changes,
  };
}

type Answers = Readonly<Record<string, Secret | Error>>;

interface Given {
  readonly source?: ImportSource;
  /** By name, of the namespace that declares the key. */
  readonly secrets?: Answers;
  readonly namespace?: string;
  readonly importKeys?: KeyPorts['importKeys']['state'];
  readonly material?: ImportedMaterial;
}

const notFound = new ApiError({ status: 404, reason: 'NotFound', message: 'not found' });

function read({
  source = byReference,
  secrets = {},
  namespace = partner.namespace,
  material = { kind: 'CryptoKey', type: 'KeyPair' },
  ...given
}: Given): Promise<ReadSource> {
  const get = (_resource: unknown, ref: { readonly namespace: string; readonly name: string }): Promise<Secret> => {
    const answer = ref.namespace === namespace ? secrets[ref.name] : undefined;
    return answer === undefined || answer instanceof Error
      ? Promise.reject(answer ?? notFound)
      : Promise.resolve(answer);
  };
  const state = 'importKeys' in given ? given.importKeys : { kind: 'Ready', installation: IMPORT_INSTALLATION, keys };
  const ports = {
    placeClient: { get },
    importKeys: { state },
    clock: new FakeClock(NOW),
    operatorNamespace: 'keywright-system',
  } as unknown as KeyPorts;
  const declaration: ImportDeclaration = { environment: 'production', source, material };
  return readImport(ports, { ...partner, namespace }, declaration, signal);
}

/** What is said of a source that is not taken. */
function answer(source: ReadSource): object {
  return source.kind === 'Read' ? { kind: 'Read' } : { kind: source.kind, reason: source.reason };
}

const partnerKeys = secretOf({ 'prod.pem': CONTENT });

describe('readImport of a Secret', () => {
  test('reads what its owner allows, without a passphrase where none is named', async () => {
    expect(await read({ secrets: { 'partner-keys': partnerKeys } })).toEqual({
      kind: 'Read',
      content: Buffer.from(CONTENT),
      passphrase: undefined,
    });
  });

  test('says where a passphrase was taken from', async () => {
    const secrets = { 'partner-keys': partnerKeys, 'partner-pass': secretOf({ pass: 'canary' }) };
    const source = await read({ source: withPassphrase, secrets });
    expect(source).toMatchObject({ passphraseFrom: 'data key "pass" of Secret "partner-pass"' });
  });

  test('reads the passphrase beside it', async () => {
    const secrets = { 'partner-keys': partnerKeys, 'partner-pass': secretOf({ pass: 'pass\n' }) };
    const source = await read({ source: withPassphrase, secrets });
    expect(source).toMatchObject({ kind: 'Read', passphrase: Buffer.from('pass\n') });
  });

  test('reads the largest content', async () => {
    const largest = secretOf({ 'prod.pem': new Uint8Array(MAX_KEY_BYTES).fill(65) });
    expect(answer(await read({ secrets: { 'partner-keys': largest } }))).toEqual({ kind: 'Read' });
  });

  test.each([
    { name: 'takes the longest token with its line end', content: `${LONGEST_TOKEN}\r\n`, want: { kind: 'Read' } },
    {
      name: 'refuses a longer one',
      content: `${LONGEST_TOKEN}t`,
      want: { kind: 'Refused', reason: Reason.TooLarge },
    },
  ])('$name', async ({ content, want }) => {
    const secrets = { 'partner-keys': secretOf({ 'prod.pem': content }) };
    expect(answer(await read({ secrets, material: { kind: 'Token' } }))).toEqual(want);
  });

  test.each(['constructor', 'toString', '__proto__'])('finds no data key %s that is not there', async (key) => {
    const source = { secretKeyRef: { name: 'partner-keys', key } };
    expect(answer(await read({ source, secrets: { 'partner-keys': partnerKeys } }))).toEqual({
      kind: 'Missing',
      reason: Reason.ImportSourceMissing,
    });
  });

  test.each(['constructor', '__proto__'])('reads a data key %s that is there', async (key) => {
    const source = { secretKeyRef: { name: 'partner-keys', key } };
    const secret = secretOf({ [key]: CONTENT });
    expect(await read({ source, secrets: { 'partner-keys': secret } })).toMatchObject({
      content: Buffer.from(CONTENT),
    });
  });

  const labelled = (value: string | undefined): Secret => {
    const labels = value === undefined ? { other: 'true' } : { [ALLOW_IMPORT_LABEL]: value };
    return { ...partnerKeys, metadata: { ...partnerKeys.metadata, labels } };
  };
  const { labels: _none, ...unlabelled } = partnerKeys.metadata;
  const missing = { kind: 'Missing', reason: Reason.ImportSourceMissing };
  const notAllowed = { kind: 'Refused', reason: Reason.ImportNotAllowed };

  test.each<{ name: string; secret: Secret | undefined; want: object }>([
    { name: 'is not there', secret: undefined, want: missing },
    { name: 'has no such data key', secret: secretOf({ other: CONTENT }), want: missing },
    { name: 'has no data', secret: secretOf({}), want: missing },
    { name: 'has no label', secret: { ...partnerKeys, metadata: unlabelled }, want: notAllowed },
    { name: 'has another label', secret: labelled(undefined), want: notAllowed },
    { name: 'says no', secret: labelled('false'), want: notAllowed },
    { name: 'says something like yes', secret: labelled('True'), want: notAllowed },
    {
      name: 'holds more than 16 KiB',
      secret: secretOf({ 'prod.pem': new Uint8Array(MAX_KEY_BYTES + 1) }),
      want: { kind: 'Refused', reason: Reason.TooLarge },
    },
    ...[
      'kubernetes.io/service-account-token',
      'kubernetes.io/dockercfg',
      'kubernetes.io/dockerconfigjson',
      'bootstrap.kubernetes.io/token',
      'helm.sh/release.v1',
      'keywright.dev/record',
      'keywright.dev/import',
    ].map((type) => ({ name: `is of type ${type}`, secret: { ...partnerKeys, type }, want: notAllowed })),
  ])('takes nothing of one that $name', async ({ secret, want }) => {
    const source = await read({ secrets: secret === undefined ? {} : { 'partner-keys': secret } });
    expect(answer(source)).toEqual(want);
    expect(JSON.stringify(source)).not.toContain('canary');
    expect(JSON.stringify(source)).toContain('partner-keys');
  });

  test.each(['Opaque', 'kubernetes.io/tls', 'kubernetes.io/ssh-auth', 'example.com/keywright.dev/'])(
    'takes one of type %s',
    async (type) => {
      const source = await read({ secrets: { 'partner-keys': { ...partnerKeys, type } } });
      expect(answer(source)).toEqual({ kind: 'Read' });
    },
  );

  test('tells whoever has no consent nothing of what the Secret holds', async () => {
    const without = { ...partnerKeys, metadata: unlabelled };
    const [named, unnamed] = [secretOf({ 'prod.pem': CONTENT }), secretOf({ other: CONTENT })].map(({ data }) => ({
      ...without,
      type: 'helm.sh/release.v1',
      ...(data !== undefined && { data }),
    }));
    const [one, other] = [
      await read({ secrets: { 'partner-keys': named as Secret } }),
      await read({ secrets: { 'partner-keys': unnamed as Secret } }),
    ];
    expect(one).toEqual(other);
    expect(one).toEqual(await read({ secrets: { 'partner-keys': without } }));
  });

  test("takes none of the operator's own namespace, with consent or without", async () => {
    const source = await read({ namespace: 'keywright-system', secrets: { 'partner-keys': partnerKeys } });
    expect(answer(source)).toEqual(notAllowed);
  });

  const unanswered = [
    new ApiError({ status: 500, reason: 'InternalError', message: 'no' }),
    new ConnectionError('timeout', 'no answer'),
  ];
  test('says that the operator may not read one, so that nothing waits for an answer', async () => {
    const refusal = new ApiError({ status: 403, reason: 'Forbidden', message: 'no' });
    const source = await read({ secrets: { 'partner-keys': refusal } });
    expect(answer(source)).toEqual({ kind: 'Missing', reason: Reason.Forbidden });
  });

  test.each(unanswered)('concludes nothing from %s', async (failure) => {
    await expect(read({ secrets: { 'partner-keys': failure } })).rejects.toBe(failure);
  });

  test.each(unanswered)('wipes the key when the Secret of its passphrase answers %s', async (failure) => {
    using wiped = new WipedBytes();
    const secrets = { 'partner-keys': partnerKeys, 'partner-pass': failure };
    await expect(read({ source: withPassphrase, secrets })).rejects.toBe(failure);
    expect(wiped.has(CONTENT)).toBe(true);
  });

  test.each<{ name: string; passphrase: Secret | undefined; want: object }>([
    { name: 'has no consent', passphrase: { ...secretOf({ pass: 'p' }), metadata: unlabelled }, want: notAllowed },
    {
      name: 'is of a refused type',
      passphrase: secretOf({ pass: 'p' }, { type: 'helm.sh/release.v1' }),
      want: notAllowed,
    },
  ])('wipes the key when the Secret of its passphrase $name', async ({ passphrase, want }) => {
    using wiped = new WipedBytes();
    const secrets = { 'partner-keys': partnerKeys, ...(passphrase !== undefined && { 'partner-pass': passphrase }) };
    expect(answer(await read({ source: withPassphrase, secrets }))).toEqual(want);
    expect(wiped.has(CONTENT)).toBe(true);
  });
});

describe('readImport of a key whose passphrase is missing', () => {
  test.each<{ name: string; secrets: Parameters<typeof read>[0] & object; reason: Reason }>([
    { name: 'its Secret', secrets: { secrets: { 'partner-keys': partnerKeys } }, reason: Reason.ImportSourceMissing },
    {
      name: 'its data key',
      secrets: { secrets: { 'partner-keys': partnerKeys, 'partner-pass': secretOf({ other: 'p' }) } },
      reason: Reason.ImportSourceMissing,
    },
    {
      name: 'the right to read it',
      secrets: {
        secrets: {
          'partner-keys': partnerKeys,
          'partner-pass': new ApiError({ status: 403, reason: 'Forbidden', message: 'no' }),
        },
      },
      reason: Reason.Forbidden,
    },
  ])('reads the key, and says that it is not imported without $name', async ({ secrets, reason }) => {
    expect(await read({ source: withPassphrase, ...secrets })).toMatchObject({
      kind: 'Read',
      content: Buffer.from(CONTENT),
      passphrase: undefined,
      refusal: { kind: 'Refused', reason },
    });
  });
});

describe('readImport of content in the clear', () => {
  const content = (bytes: Uint8Array): ImportSource => ({ content: Buffer.from(bytes).toString('base64') });

  test('reads it', async () => {
    expect(await read({ source: content(Buffer.from(CONTENT)) })).toMatchObject({ content: Buffer.from(CONTENT) });
  });

  test.each([
    { bytes: MAX_KEY_BYTES, want: { kind: 'Read' } },
    { bytes: MAX_KEY_BYTES + 1, want: { kind: 'Refused', reason: Reason.TooLarge } },
  ])('answers $want.kind to $bytes bytes', async ({ bytes, want }) => {
    expect(answer(await read({ source: content(new Uint8Array(bytes)) }))).toEqual(want);
  });
});

describe('readImport of a sealed message', () => {
  const seal = async (place: Partial<typeof IMPORT_PLACE> = {}): Promise<ImportSource> => {
    const times = { now: NOW, notAfter: new Date('2027-02-01T00:00:00Z') };
    const recipient = await recipientOf(keys);
    const plaintext = new TextEncoder().encode(CONTENT);
    return { openpgpMessage: await sealImportMessage(recipient, { ...IMPORT_PLACE, ...place }, plaintext, times) };
  };

  test('opens what was sealed for this key and environment', async () => {
    expect(await read({ source: await seal() })).toMatchObject({ kind: 'Read', content: Buffer.from(CONTENT) });
  });

  test.each([
    ['project', { project: 'other' }],
    ['kind', { kind: 'ApiKey' }],
    ['namespace', { namespace: 'other' }],
    ['name', { name: 'other' }],
    ['environment', { environment: 'staging' }],
    ['field', { field: 'passphrase' }],
  ] as const)('refuses one for another %s', async (_what, place) => {
    const source = await read({ source: await seal(place) });
    expect(answer(source)).toEqual({ kind: 'Refused', reason: Reason.ContextMismatch });
    expect(JSON.stringify(source)).not.toContain('canary');
  });

  test.each<{ name: string; state: KeyPorts['importKeys']['state'] }>([
    { name: 'was not opened yet', state: undefined },
    { name: 'is missing', state: { kind: 'ImportKeyMissing', message: 'gone' } },
    { name: 'is damaged', state: { kind: 'ImportKeyMalformed', message: 'damaged' } },
  ])('says that the import key is missing when it $name', async ({ state }) => {
    const source = await read({ source: await seal(), importKeys: state });
    expect(answer(source)).toEqual({ kind: 'Missing', reason: Reason.ImportKeyMissing });
  });

  test('needs no import key for other sources', async () => {
    const given = { secrets: { 'partner-keys': partnerKeys }, importKeys: undefined };
    expect(answer(await read(given))).toEqual({ kind: 'Read' });
  });
});

import { beforeAll, describe, expect, test } from 'vitest';
import { createNamespace } from '../../support/harness.ts';
import { acceptedApiKeys, apiKeyRows } from './api-key-rows.ts';
import { faultsOf, stored } from './api-server.ts';
import { acceptedCryptoKeys, cryptoKeyRows } from './crypto-key-rows.ts';
import { acceptedKeyProjects, keyProjectRows } from './key-project-rows.ts';
import { apiKey, cryptoKey, type Declared } from './objects.ts';
import type { RuleRow } from './rule-rows.ts';
import { allFields, schemaOf } from './schema-fields.ts';

/** Of a field that cannot change once the object is stored. */
interface Immutable {
  readonly field: string;
  readonly message: string;
}

const apiKeyImmutables: readonly Immutable[] = [
  {
    field: 'spec.project',
    message: 'is immutable; to move the key to another project, create a new ApiKey there and delete this one',
  },
  { field: 'spec.type', message: 'is immutable; for a key of another type, create a new ApiKey' },
];

const cryptoKeyImmutables: readonly Immutable[] = [
  {
    field: 'spec.project',
    message: 'is immutable; to move the key to another project, create a new CryptoKey there and delete this one',
  },
  { field: 'spec.type', message: 'is immutable; for a key of another type, create a new CryptoKey' },
  {
    field: 'spec.material',
    message: 'is immutable; to share a key between environments, or to stop sharing it, create a new CryptoKey',
  },
];

describe.each([
  { kind: 'KeyProject', rows: keyProjectRows, immutables: [], accepted: acceptedKeyProjects },
  { kind: 'ApiKey', rows: apiKeyRows, immutables: apiKeyImmutables, accepted: acceptedApiKeys },
  { kind: 'CryptoKey', rows: cryptoKeyRows, immutables: cryptoKeyImmutables, accepted: acceptedCryptoKeys },
])('$kind', ({ kind, rows, immutables, accepted }) => {
  test.each(rows)('the API server refuses $name', async ({ object, field, message }) => {
    const faults = await faultsOf(object);
    // What precedes the rule's own words is the kind of fault and the value, and differs between releases.
    expect(faults.map((fault) => ({ field: fault.field, message: fault.message.slice(-message.length) }))).toEqual([
      { field, message },
    ]);
  });

  test.each(Object.entries(accepted))('the API server accepts %s', async (_name, object) => {
    expect(await faultsOf(object)).toEqual([]);
  });

  test('every rule of the CRD has a row that breaks it', async () => {
    expect(broken([...rows, ...immutables])).toEqual((await declaredRules(kind)).toSorted());
  });
});

describe('ApiKey after it is stored', () => {
  let key: Declared;

  beforeAll(async () => {
    key = await stored(apiKey({}, 'checkout', await createNamespace()));
  });

  test.each([
    { change: 'another project', spec: { project: 'billing' }, immutable: apiKeyImmutables[0] },
    { change: 'another type', spec: { type: 'Publishable' }, immutable: apiKeyImmutables[1] },
  ])('the API server refuses $change', async ({ spec, immutable }) => {
    expect(await faultsOf(withSpec(key, spec), key)).toEqual([forbidden(immutable)]);
  });

  test.each(['project', 'type', 'environments'])('the API server refuses to take %s away', async (name) => {
    const faults = await faultsOf(withSpec(key, { [name]: undefined }), key);
    expect(faults).toEqual([{ field: `spec.${name}`, reason: 'FieldValueRequired', message: 'Required value' }]);
  });

  test('the API server accepts other environments and another expiry', async () => {
    const spec = { environments: [{ name: 'production' }], expiresAt: '2027-12-31T00:00:00Z' };
    expect(await faultsOf(withSpec(key, spec), key)).toEqual([]);
  });
});

describe('CryptoKey after it is stored', () => {
  let keyPair: Declared;
  let shared: Declared;

  beforeAll(async () => {
    const namespace = await createNamespace();
    keyPair = await stored(cryptoKey({ type: 'KeyPair', algorithm: 'Ed25519' }, 'pair', namespace));
    shared = await stored(cryptoKey({ material: 'Shared' }, 'shared', namespace));
  });

  test.each([
    { change: 'another project', spec: { project: 'billing' }, immutable: cryptoKeyImmutables[0] },
    {
      change: 'another type',
      spec: { type: 'TransactionRSAKey', algorithm: 'RSA-3072' },
      immutable: cryptoKeyImmutables[1],
    },
    { change: 'to share what was per environment', spec: { material: 'Shared' }, immutable: cryptoKeyImmutables[2] },
  ])('the API server refuses $change', async ({ spec, immutable }) => {
    expect(await faultsOf(withSpec(keyPair, spec), keyPair)).toEqual([forbidden(immutable)]);
  });

  test.each([{ material: 'PerEnvironment' }, { material: undefined }])(
    'the API server refuses $material as material of a shared key',
    async (spec) => {
      expect(await faultsOf(withSpec(shared, spec), shared)).toEqual([forbidden(cryptoKeyImmutables[2])]);
    },
  );

  test('the API server accepts what absent material means, and another algorithm, environment and output', async () => {
    const spec = {
      material: 'PerEnvironment',
      algorithm: 'EC-P256',
      environments: [{ name: 'production', alias: 'hsm-prod-1' }],
      outputs: [{ name: 'app', formats: ['PEM', 'JWK'] }],
    };
    expect(await faultsOf(withSpec(keyPair, spec), keyPair)).toEqual([]);
  });
});

function forbidden(immutable: Immutable | undefined): object {
  return { field: immutable?.field, reason: 'FieldValueForbidden', message: `Forbidden: ${immutable?.message}` };
}

function withSpec(key: Declared, fields: object): Declared {
  return { ...key, spec: { ...(key.spec as object), ...fields } };
}

/** Each rule as its field, without positions, and its message. */
function broken(rows: readonly Pick<RuleRow, 'field' | 'message'>[]): readonly string[] {
  const rules = rows.map(({ field, message }) => `${field.replaceAll(/\[\d+\]/g, '[]')} ${message}`);
  return [...new Set(rules)].toSorted();
}

async function declaredRules(kind: string): Promise<readonly string[]> {
  return [...allFields(await schemaOf(kind))].flatMap(({ path, schema }) =>
    (schema['x-kubernetes-validations'] ?? []).map(
      ({ fieldPath = '', message }) => `${`${path}${fieldPath}`.replace(/^\./, '')} ${message}`,
    ),
  );
}

import { beforeAll, describe, expect, test } from 'vitest';
import { createNamespace } from '../../support/harness.ts';
import { acceptedApiKeys, apiKeyRows } from './api-key-rows.ts';
import { faultsOf, stored } from './api-server.ts';
import { acceptedKeyProjects, keyProjectRows } from './key-project-rows.ts';
import { apiKey, type Declared } from './objects.ts';
import type { RuleRow } from './rule-rows.ts';
import { allFields, schemaOf } from './schema-fields.ts';

const PROJECT_MESSAGE =
  'is immutable; to move the key to another project, create a new ApiKey there and delete this one';
const TYPE_MESSAGE = 'is immutable; for a key of another type, create a new ApiKey';

describe.each([
  { kind: 'KeyProject', rows: keyProjectRows, accepted: acceptedKeyProjects },
  { kind: 'ApiKey', rows: apiKeyRows, accepted: acceptedApiKeys },
])('$kind', ({ kind, rows, accepted }) => {
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
    expect(broken(kind, rows)).toEqual((await declaredRules(kind)).toSorted());
  });
});

describe('ApiKey after it is stored', () => {
  let key: Declared;

  beforeAll(async () => {
    key = await stored(apiKey({}, 'checkout', await createNamespace()));
  });

  test.each([
    { change: 'another project', spec: { project: 'billing' }, field: 'spec.project', message: PROJECT_MESSAGE },
    { change: 'another type', spec: { type: 'Publishable' }, field: 'spec.type', message: TYPE_MESSAGE },
  ])('the API server refuses $change', async ({ spec, field, message }) => {
    expect(await faultsOf(withSpec(key, spec), key)).toEqual([
      { field, reason: 'FieldValueForbidden', message: `Forbidden: ${message}` },
    ]);
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

function withSpec(key: Declared, fields: object): Declared {
  return { ...key, spec: { ...(key.spec as object), ...fields } };
}

/** Each rule as its field, without positions, and its message. */
function broken(kind: string, rows: readonly RuleRow[]): readonly string[] {
  const immutable = kind === 'ApiKey' ? [`spec.project ${PROJECT_MESSAGE}`, `spec.type ${TYPE_MESSAGE}`] : [];
  const rules = rows.map(({ field, message }) => `${field.replaceAll(/\[\d+\]/g, '[]')} ${message}`);
  return [...new Set([...rules, ...immutable])].toSorted();
}

async function declaredRules(kind: string): Promise<readonly string[]> {
  return [...allFields(await schemaOf(kind))].flatMap(({ path, schema }) =>
    (schema['x-kubernetes-validations'] ?? []).map(
      ({ fieldPath = '', message }) => `${`${path}${fieldPath}`.replace(/^\./, '')} ${message}`,
    ),
  );
}

import { refLimits } from './crypto-key-limits.ts';
import { lifecycleLimits } from './lifecycle-rows.ts';
import { count, email, length, notEmpty, oneOf, required, unique, type LimitRow } from './limit-rows.ts';
import { apiKey, withoutSpec, type Declared } from './objects.ts';

const output = (fields: object): Declared => apiKey({ outputs: [{ name: 'app', ...fields }] });

/** Limits of one import, wherever it stands. */
function importLimits(field: string, key: (fields: object) => Declared): readonly LimitRow[] {
  return [
    ...refLimits(`${field}.secretKeyRef`, (secretKeyRef) => key({ secretKeyRef })),
    length(
      `${field}.openpgpMessage`,
      49_152,
      (openpgpMessage) => key({ openpgpMessage }),
      (n) => '-----BEGIN PGP MESSAGE-----'.padEnd(n, 'a'),
    ),
  ];
}

export const apiKeyLimits: readonly LimitRow[] = [
  required('spec', apiKey(), withoutSpec(apiKey())),
  length('metadata.name', 63, (name) => apiKey({}, String(name))),
  required('spec.project', apiKey(), apiKey({ project: undefined })),
  length('spec.project', 63, (project) => apiKey({ project })),
  required('spec.type', apiKey(), apiKey({ type: undefined })),
  oneOf('spec.type', ['Secret', 'Publishable'], (type) => apiKey({ type })),
  required('spec.environments', apiKey(), apiKey({ environments: undefined })),
  notEmpty('spec.environments', (environments) => apiKey({ environments }), { name: 'a' }),
  count(
    'spec.environments',
    16,
    (environments) => apiKey({ environments }),
    (i) => ({ name: `e-${i}` }),
  ),
  unique('spec.environments', (environments) => apiKey({ environments }), { name: 'a' }, { name: 'b' }, '{"name":"a"}'),
  required('spec.environments[].name', apiKey(), apiKey({ environments: [{ expiresAt: '2027-06-30T00:00:00Z' }] })),
  length('spec.environments[].name', 63, (name) => apiKey({ environments: [{ name }] })),
  length(
    'spec.environments[].expiresAt',
    64,
    (expiresAt) => apiKey({ environments: [{ name: 'a', expiresAt }] }),
    time,
  ),
  ...importLimits('spec.environments[].import', (fields) => apiKey({ environments: [{ name: 'a', import: fields }] })),
  ...importLimits('spec.import', (fields) => apiKey({ import: fields })),
  length('spec.displayName', 128, (displayName) => apiKey({ displayName })),
  length('spec.description', 1024, (description) => apiKey({ description })),
  length('spec.owner.name', 128, (name) => apiKey({ owner: { name } })),
  length('spec.owner.email', 254, (value) => apiKey({ owner: { email: value } }), email),
  length('spec.requestedBy', 254, (requestedBy) => apiKey({ requestedBy })),
  count(
    'spec.scopes',
    64,
    (scopes) => apiKey({ scopes }),
    (i) => `s${i}`,
  ),
  unique('spec.scopes', (scopes) => apiKey({ scopes }), 'a', 'b', '"a"'),
  length('spec.scopes[]', 64, (scope) => apiKey({ scopes: [scope] })),
  length('spec.expiresAt', 64, (expiresAt) => apiKey({ expiresAt }), time),
  notEmpty('spec.outputs', (outputs) => apiKey({ outputs }), { name: 'app' }),
  count(
    'spec.outputs',
    4,
    (outputs) => apiKey({ outputs }),
    (i) => ({ name: `o-${i}`, secretName: `s-${i}` }),
  ),
  unique(
    'spec.outputs',
    (outputs) => apiKey({ outputs }),
    { name: 'a' },
    { name: 'b', secretName: 'b' },
    '{"name":"a"}',
  ),
  required('spec.outputs[].name', output({}), output({ name: undefined })),
  length('spec.outputs[].name', 63, (name) => output({ name })),
  oneOf('spec.outputs[].layout', ['Opaque'], (layout) => output({ layout })),
  length('spec.outputs[].secretName', 190, (secretName) => output({ secretName })),
  length(
    'spec.recoveryWindow',
    32,
    (recoveryWindow) => apiKey({ recoveryWindow }),
    (n) => (n > 32 ? '1'.repeat(n) : '1h'),
  ),
  ...lifecycleLimits(apiKey),
];

/** The longest time the rule accepts has 35 characters, so the limit is never what refuses a real one. */
function time(n: number): string {
  return n > 64 ? '1'.repeat(n) : '2027-06-30T00:00:00.123456789+00:00';
}

import { ALGORITHMS } from '../../../src/keys/crypto/algorithm.ts';
import { count, email, length, notEmpty, oneOf, required, unique, type LimitRow } from './limit-rows.ts';
import { environment, keyProject, selector, withoutSpec, type Declared } from './objects.ts';

const policy = (fields: object): Declared => keyProject({ policy: fields });
const expression = (fields: object): Declared =>
  selector({
    matchLabels: { tenant: 'a' },
    matchExpressions: [{ key: 'tier', operator: 'In', values: ['a'], ...fields }],
  });
const SELECTOR = 'spec.environments[].namespaceSelector';
const EXPRESSIONS = `${SELECTOR}.matchExpressions`;

export const keyProjectLimits: readonly LimitRow[] = [
  required('spec', keyProject(), withoutSpec(keyProject())),
  length('metadata.name', 63, (name) => keyProject({}, String(name))),
  length('spec.displayName', 128, (displayName) => keyProject({ displayName })),
  length('spec.company', 63, (company) => keyProject({ company })),
  length('spec.owner.name', 128, (name) => keyProject({ owner: { name } })),
  length('spec.owner.email', 254, (value) => keyProject({ owner: { email: value } }), email),
  count(
    'spec.authorNamespaces',
    64,
    (authorNamespaces) => keyProject({ authorNamespaces }),
    (i) => `ns-${i}`,
  ),
  unique('spec.authorNamespaces', (authorNamespaces) => keyProject({ authorNamespaces }), 'a', 'b', '"a"'),
  length('spec.authorNamespaces[]', 63, (namespace) => keyProject({ authorNamespaces: [namespace] })),
  length('spec.tokenPrefix', 12, (tokenPrefix) => keyProject({ tokenPrefix })),
  required('spec.environments', keyProject(), keyProject({ environments: undefined })),
  notEmpty('spec.environments', (environments) => keyProject({ environments }), { name: 'a', namespaces: ['a'] }),
  count(
    'spec.environments',
    16,
    (environments) => keyProject({ environments }),
    (i) => ({ name: `e-${i}`, namespaces: [`ns-${i}`] }),
  ),
  unique(
    'spec.environments',
    (environments) => keyProject({ environments }),
    { name: 'a', namespaceSelector: { matchLabels: { tenant: 'a' } } },
    { name: 'b', namespaceSelector: { matchLabels: { tenant: 'a' } } },
    '{"name":"a"}',
  ),
  required('spec.environments[].name', keyProject(), keyProject({ environments: [{ namespaces: ['a'] }] })),
  length('spec.environments[].name', 63, (name) => keyProject({ environments: [{ name, namespaces: ['a'] }] })),
  count(
    'spec.environments[].namespaces',
    64,
    (namespaces) => environment({ namespaces }),
    (i) => `ns-${i}`,
  ),
  unique('spec.environments[].namespaces', (namespaces) => environment({ namespaces }), 'a', 'b', '"a"'),
  length('spec.environments[].namespaces[]', 63, (namespace) => environment({ namespaces: [namespace] })),
  {
    field: `${SELECTOR}.matchLabels`,
    limit: 'maxProperties',
    accepted: selector({ matchLabels: labels(16) }),
    refused: selector({ matchLabels: labels(17) }),
    message: 'Too many: 17: must have at most 16 items',
  },
  length(`${SELECTOR}.matchLabels.*`, 63, (value) => selector({ matchLabels: { tenant: value } })),
  count(
    EXPRESSIONS,
    16,
    (matchExpressions) => selector({ matchExpressions }),
    (i) => ({ key: `k${i}`, operator: 'Exists' }),
  ),
  required(`${EXPRESSIONS}[].key`, expression({}), expression({ key: undefined })),
  length(
    `${EXPRESSIONS}[].key`,
    317,
    (key) => expression({ key }),
    (n) => `${'a'.repeat(n - 64)}/${'b'.repeat(63)}`,
  ),
  required(`${EXPRESSIONS}[].operator`, expression({}), expression({ operator: undefined })),
  oneOf(`${EXPRESSIONS}[].operator`, ['In', 'NotIn', 'Exists', 'DoesNotExist'], (operator) => expression({ operator })),
  count(
    `${EXPRESSIONS}[].values`,
    64,
    (values) => expression({ values }),
    (i) => `v${i}`,
  ),
  unique(`${EXPRESSIONS}[].values`, (values) => expression({ values }), 'a', 'b', '"a"'),
  length(`${EXPRESSIONS}[].values[]`, 63, (value) => expression({ values: [value] })),
  length('spec.environments[].tokenCode', 12, (tokenCode) => environment({ namespaces: ['a'], tokenCode })),
  oneOf('spec.policy.apiKeyTypes[]', ['Secret', 'Publishable'], (type) => policy({ apiKeyTypes: [type] })),
  unique('spec.policy.apiKeyTypes', (apiKeyTypes) => policy({ apiKeyTypes }), 'Secret', 'Publishable', '"Secret"'),
  oneOf('spec.policy.algorithms[]', Object.keys(ALGORITHMS), (algorithm) => policy({ algorithms: [algorithm] })),
  unique('spec.policy.algorithms', (algorithms) => policy({ algorithms }), 'AES-256', 'Ed25519', '"AES-256"'),
  count(
    'spec.policy.scopes',
    64,
    (scopes) => policy({ scopes }),
    (i) => `s${i}`,
  ),
  unique('spec.policy.scopes', (scopes) => policy({ scopes }), 'a.*', 'b.*', '"a.*"'),
  length('spec.policy.scopes[]', 64, (scope) => policy({ scopes: [scope] })),
  length('spec.policy.maxValidity', 32, (maxValidity) => policy({ maxValidity }), duration),
  length('spec.policy.minOverlap', 32, (minOverlap) => policy({ minOverlap }), duration),
  length('spec.policy.minRotationInterval', 32, (minRotationInterval) => policy({ minRotationInterval }), duration),
  {
    field: 'spec.policy.maxKeys',
    limit: 'minimum',
    accepted: policy({ maxKeys: 1 }),
    refused: policy({ maxKeys: 0 }),
    message: 'Invalid value: 0: spec.policy.maxKeys in body should be greater than or equal to 1',
  },
  {
    field: 'spec.policy.maxKeys',
    limit: 'maximum',
    accepted: policy({ maxKeys: 100_000 }),
    refused: policy({ maxKeys: 100_001 }),
    message: 'Invalid value: 100001: spec.policy.maxKeys in body should be less than or equal to 100000',
  },
  {
    field: 'spec.policy.secretNamePrefix',
    limit: 'minLength',
    accepted: policy({ secretNamePrefix: 'a' }),
    refused: policy({ secretNamePrefix: '' }),
    message: 'Invalid value: "": spec.policy.secretNamePrefix in body should be at least 1 chars long',
  },
  length('spec.policy.secretNamePrefix', 63, (secretNamePrefix) => policy({ secretNamePrefix })),
];

function labels(n: number): Readonly<Record<string, string>> {
  return Object.fromEntries(Array.from({ length: n }, (_, i) => [`label-${i}`, 'a']));
}

function duration(n: number): string {
  return n > 32 ? '1'.repeat(n) : '1h';
}

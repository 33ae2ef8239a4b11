import { environment, keyProject, selector, type Declared } from './objects.ts';
import { eachOf, type RuleRow } from './rule-rows.ts';

const LABEL_KEY_MESSAGE = 'must be a label key, for example tier or example.com/tier';
const LABEL_VALUE_MESSAGE =
  "must be a label value: letters, digits, '-', '_' and '.', starting and ending with a letter or digit";

const nameRow: RuleRow = {
  name: 'a KeyProject name with a dot',
  object: keyProject({}, 'pay.ments'),
  field: 'metadata.name',
  message:
    "must be a DNS label: at most 63 lower-case letters, digits and '-', starting and ending with a letter or digit",
};

const specRows: readonly RuleRow[] = [
  ...eachOf(
    { 'a company with a space': 'acme inc', 'an empty company': '', 'a company ending in "-"': 'acme-' },
    (company) => ({
      object: keyProject({ company }),
      field: 'spec.company',
      message:
        "must be usable as a label value: letters, digits, '-', '_' and '.', starting and ending with a letter or digit",
    }),
  ),
  ...eachOf({ 'an owner email without @': 'payments', 'an empty owner email': '', 'two @': 'a@b@c' }, (email) => ({
    object: keyProject({ owner: { email } }),
    field: 'spec.owner.email',
    message: 'must be an e-mail address such as payments@example.com',
  })),
  ...eachOf({ 'a pattern as author namespace': 'payments-*', 'an empty author namespace': '' }, (namespace) => ({
    object: keyProject({ authorNamespaces: ['ok', namespace] }),
    field: 'spec.authorNamespaces[1]',
    message: 'must be the name of a namespace, for example payments-config; patterns are not supported',
  })),
  ...eachOf(
    {
      'an upper-case tokenPrefix': 'Acme',
      'a tokenPrefix with "_"': 'ac_me',
      'a tokenPrefix that starts with a digit': '1a',
      'an empty tokenPrefix': '',
    },
    (tokenPrefix) => ({
      object: keyProject({ tokenPrefix }),
      field: 'spec.tokenPrefix',
      message: 'must be a lower-case letter followed by lower-case letters and digits, for example acme',
    }),
  ),
];

const environmentRows: readonly RuleRow[] = [
  {
    name: 'a namespace in two environments',
    object: keyProject({
      environments: [
        { name: 'staging', namespaces: ['shared', 'a'] },
        { name: 'none', namespaceSelector: { matchLabels: { tier: 'none' } } },
        { name: 'production', namespaces: ['b', 'shared'] },
      ],
    }),
    field: 'spec.environments',
    message:
      'must not list a namespace in two environments: one namespace serves one environment of a project, so remove it from all but one',
  },
  ...eachOf(
    { 'an environment without namespaces and selector': {}, 'an empty list of namespaces': { namespaces: [] } },
    (fields) => ({
      object: environment(fields as Record<string, unknown>),
      field: 'spec.environments[0].namespaces',
      message:
        'must say which namespaces belong to the environment: list at least one in namespaces, or set namespaceSelector',
    }),
  ),
  ...eachOf(
    {
      'an environment name with "_"': 'pre_prod',
      'an environment name with a dot': 'a.b',
      'an empty environment name': '',
    },
    (name) => ({
      object: keyProject({ environments: [{ name, namespaces: ['a'] }] }),
      field: 'spec.environments[0].name',
      message:
        "must be a DNS label: lower-case letters, digits and '-', starting and ending with a letter or digit, for example production",
    }),
  ),
  ...eachOf({ 'a pattern as namespace': 'payments-*', 'an upper-case namespace': 'Payments' }, (namespace) => ({
    object: environment({ namespaces: [namespace] }),
    field: 'spec.environments[0].namespaces[0]',
    message: 'must be the name of a namespace, for example payments-staging; for patterns use namespaceSelector',
  })),
  ...eachOf(
    { 'a tokenCode with "-"': 'pre-prod', 'an empty tokenCode': '', 'an upper-case tokenCode': 'Live' },
    (tokenCode) => ({
      object: environment({ namespaces: ['a'], tokenCode }),
      field: 'spec.environments[0].tokenCode',
      message: 'must be 1 to 12 lower-case letters and digits, for example live',
    }),
  ),
];

const selectorRows: readonly RuleRow[] = [
  ...eachOf(
    {
      'an empty selector': {},
      'a selector with empty parts': { matchLabels: {}, matchExpressions: [] },
      'a selector that only excludes': {
        matchExpressions: [
          { key: 'tier', operator: 'NotIn', values: ['dev'] },
          { key: 'tenant', operator: 'DoesNotExist' },
        ],
      },
    },
    (parts) => ({
      object: selector(parts as Record<string, unknown>),
      field: 'spec.environments[0].namespaceSelector',
      message:
        'must require at least one label, by matchLabels or by an expression with operator In or Exists; an empty or only excluding selector would match namespaces nobody meant',
    }),
  ),
  ...eachOf(
    {
      'a label key with a space': 'a b',
      'a label key with an empty prefix': '/a',
      'a label name over 63': 'a'.repeat(64),
    },
    (key) => ({
      object: selector({ matchLabels: { [String(key)]: 'a' } }),
      field: 'spec.environments[0].namespaceSelector.matchLabels',
      message: 'must have label keys, for example tenant or example.com/tenant',
    }),
  ),
  {
    name: 'a label value ending in "-"',
    object: selector({ matchLabels: { tenant: 'payments-' } }),
    field: 'spec.environments[0].namespaceSelector.matchLabels',
    message: "must have label values: letters, digits, '-', '_' and '.', starting and ending with a letter or digit",
  },
  ...eachOf({ 'operator In without values': undefined, 'operator In with no value': [] }, (values) =>
    expressionRow(
      { key: 'tier', operator: 'In', values },
      'values',
      'must list at least one value, because the operator is In or NotIn',
    ),
  ),
  ...eachOf({ Exists: 'Exists', DoesNotExist: 'DoesNotExist' }, (operator) =>
    expressionRow(
      { key: 'tier', operator, values: ['prod'] },
      'values',
      'must be left out, because the operator is Exists or DoesNotExist',
    ),
  ).map((row) => ({ ...row, name: `operator ${row.name} with values` })),
  {
    name: 'an expression on no label key',
    ...expressionRow({ key: '', operator: 'Exists' }, 'key', LABEL_KEY_MESSAGE),
  },
  {
    name: 'an expression with a value no label can have',
    ...expressionRow({ key: 'tier', operator: 'In', values: ['prod', 'pre prod'] }, 'values[1]', LABEL_VALUE_MESSAGE),
  },
];

function expressionRow(
  expression: Readonly<Record<string, unknown>>,
  field: string,
  message: string,
): Omit<RuleRow, 'name'> {
  const required = { key: 'tenant', operator: 'Exists' };
  return {
    object: selector({ matchExpressions: [required, expression] }),
    field: `spec.environments[0].namespaceSelector.matchExpressions[1].${field}`,
    message,
  };
}

const policyRows: readonly RuleRow[] = [
  ...eachOf(
    {
      'a policy scope with "*" inside': 'charges.*.read',
      'a policy scope with "*" after a letter': 'charge*',
      'a policy scope with a space': 'a b',
      'an empty policy scope': '',
    },
    (scope) => ({
      object: policy({ scopes: [scope] }),
      field: 'spec.policy.scopes[0]',
      message:
        "must be a scope such as charges.read, or end with '*' after '.', ':' or '/', such as charges.*, or be '*' alone",
    }),
  ),
  ...eachOf(
    {
      'a maxValidity in days': '365d',
      'a maxValidity of 0s': '0s',
      'an empty maxValidity': '',
      'a maxValidity in the wrong order': '30m1h',
      'a negative maxValidity': '-1h',
      'a maxValidity with a fraction': '1.5h',
    },
    (maxValidity) => ({
      object: policy({ maxValidity }),
      field: 'spec.policy.maxValidity',
      message:
        'must be a duration longer than 0s, for example 8760h, 90m or 1h30m; to allow keys without expiry, leave the field out',
    }),
  ),
  ...['minOverlap', 'minRotationInterval'].flatMap((name) =>
    eachOf(
      { [`a ${name} in days`]: '1d', [`a ${name} over a year`]: '8760h1s', [`an empty ${name}`]: '' },
      (value) => ({
        object: policy({ [name]: value }),
        field: `spec.policy.${name}`,
        message: 'must be a duration of at most 8760h (one year), for example 24h, 90m or 1h30m',
      }),
    ),
  ),
  ...eachOf(
    {
      'a secretNamePrefix that starts with "-"': '-key',
      'an upper-case secretNamePrefix': 'Key-',
      'a secretNamePrefix with an empty part': 'key..',
    },
    (secretNamePrefix) => ({
      object: policy({ secretNamePrefix }),
      field: 'spec.policy.secretNamePrefix',
      message:
        "must be the start of a Secret name: lower-case letters, digits, '-' and '.', starting with a letter or digit, for example key-",
    }),
  ),
];

function policy(fields: Readonly<Record<string, unknown>>): Declared {
  return keyProject({ policy: fields });
}

/** Breaks of every rule of KeyProject. */
export const keyProjectRows: readonly RuleRow[] = [
  nameRow,
  ...specRows,
  ...environmentRows,
  ...selectorRows,
  ...policyRows,
];

/** Objects near the rules that must be accepted. */
export const acceptedKeyProjects: Readonly<Record<string, Declared>> = {
  'the smallest project': keyProject(),
  'a name of 63 characters': keyProject({}, 'a'.repeat(63)),
  'a name that starts with a digit': keyProject({}, '1password'),
  'an environment by selector alone': selector({ matchLabels: { tenant: 'payments', 'example.com/tier': '' } }),
  'a selector that requires by expression and excludes': selector({
    matchExpressions: [
      { key: 'tier', operator: 'In', values: ['prod', 'canary'] },
      { key: 'legacy', operator: 'DoesNotExist' },
    ],
  }),
  'an operator Exists with an empty list of values': selector({
    matchExpressions: [{ key: 'tier', operator: 'Exists', values: [] }],
  }),
  'two environments with the same tokenCode': keyProject({
    environments: [
      { name: 'a', namespaces: ['a'], tokenCode: 'test' },
      { name: 'b', namespaces: ['b'], tokenCode: 'test' },
    ],
  }),
  'a namespace that is author and target': keyProject({ authorNamespaces: ['payments-staging'] }),
  'an empty policy': keyProject({ policy: {} }),
  'a policy that allows no type, no algorithm and no scope': keyProject({
    policy: { apiKeyTypes: [], algorithms: [], scopes: [] },
  }),
  'a policy that allows legacy algorithms and plaintext imports': keyProject({
    policy: { algorithms: ['RSA-3072', 'DES', 'DESede'], allowPlaintextImport: true },
  }),
  'every form of policy scope': keyProject({
    policy: { scopes: ['*', 'charges.*', 'charges:*', 'https://example.com/auth/*', 'charges.read', 'a', 'A_b-c'] },
  }),
  'a maxValidity of all units': keyProject({ policy: { maxValidity: '1h30m5s' } }),
  'a minOverlap and a minRotationInterval of 0s': keyProject({
    policy: { minOverlap: '0s', minRotationInterval: '0s' },
  }),
  'a maxValidity of 1s': keyProject({ policy: { maxValidity: '1s' } }),
  'the longest maxValidity the syntax allows': keyProject({ policy: { maxValidity: '999999h999999m999999s' } }),
  'secretNamePrefix with a dot at its end': keyProject({ policy: { secretNamePrefix: 'keys.acme.' } }),
};

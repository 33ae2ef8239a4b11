import { importRows } from './api-key-import-rows.ts';
import { acceptedLifecycles, importedIntervalRows, rotationRows } from './lifecycle-rows.ts';
import { NO_TIMES, TIME_MESSAGE } from './no-times.ts';
import { apiKey, type Declared } from './objects.ts';
import { eachOf, type RuleRow } from './rule-rows.ts';

const TWICE_MESSAGE =
  'must not name one Secret twice: give each output a secretName of its own (without one an output uses the name of the key)';

const nameRow: RuleRow = {
  name: 'an ApiKey name with a dot',
  object: apiKey({}, 'check.out'),
  field: 'metadata.name',
  message:
    "must be a DNS label: at most 63 lower-case letters, digits and '-', starting and ending with a letter or digit",
};

const specRows: readonly RuleRow[] = [
  ...eachOf({ 'a project with "/"': 'acme/payments', 'an empty project': '' }, (project) => ({
    object: apiKey({ project }),
    field: 'spec.project',
    message: 'must be the name of a KeyProject, for example payments',
  })),
  ...eachOf({ 'a pattern as environment': '*', 'an empty environment': '' }, (name) => ({
    object: apiKey({ environments: [{ name }] }),
    field: 'spec.environments[0].name',
    message: 'must be the name of an environment of the KeyProject, for example production',
  })),
  ...eachOf({ 'an email without @': 'checkout', 'an email with a space': 'a b@example.com' }, (email) => ({
    object: apiKey({ owner: { email } }),
    field: 'spec.owner.email',
    message: 'must be an e-mail address such as checkout@example.com',
  })),
  ...eachOf(
    {
      'a wildcard scope': 'charges.*',
      'a scope with a space': 'a b',
      'an empty scope': '',
      'a scope ending in "."': 'a.',
    },
    (scope) => ({
      object: apiKey({ scopes: ['ok', scope] }),
      field: 'spec.scopes[1]',
      message:
        "must be a scope such as charges.read: letters, digits, '.', '_', ':', '/' and '-', starting and ending with a letter or digit; wildcards belong in the KeyProject",
    }),
  ),
  ...eachOf(NO_TIMES, (expiresAt) => ({
    object: apiKey({ expiresAt }),
    field: 'spec.expiresAt',
    message: TIME_MESSAGE,
  })),
  ...eachOf(NO_TIMES, (expiresAt) => ({
    object: apiKey({ environments: [{ name: 'staging' }, { name: 'production', expiresAt }] }),
    field: 'spec.environments[1].expiresAt',
    message: TIME_MESSAGE,
  })).map((row) => ({ ...row, name: `${row.name} in an environment` })),
  ...eachOf(
    {
      'a recoveryWindow in days': '1d',
      'a recoveryWindow over a year': '8760h0m1s',
      'an empty recoveryWindow': '',
      'a recoveryWindow without unit': '24',
      'a negative recoveryWindow': '-1h',
      'a recoveryWindow with too many digits': '9999999999h',
    },
    (recoveryWindow) => ({
      object: apiKey({ recoveryWindow }),
      field: 'spec.recoveryWindow',
      message: 'must be a duration of at most 8760h (one year), for example 24h, 90m or 1h30m',
    }),
  ),
];

const outputRows: readonly RuleRow[] = [
  ...eachOf({ 'an output name with a dot': 'a.b', 'an empty output name': '' }, (name) => ({
    object: apiKey({ outputs: [{ name }] }),
    field: 'spec.outputs[0].name',
    message:
      "must be a DNS label: lower-case letters, digits and '-', starting and ending with a letter or digit, for example app",
  })),
  ...eachOf(
    { 'a secretName with "_"': 'check_out', 'a secretName with an empty part': 'a..b', 'an empty secretName': '' },
    (secretName) => ({
      object: apiKey({ outputs: [{ name: 'app', secretName }] }),
      field: 'spec.outputs[0].secretName',
      message:
        "must be the name of a Secret: lower-case letters, digits, '-' and '.', each part starting and ending with a letter or digit",
    }),
  ),
  ...eachOf(
    {
      'two outputs of one secretName': [
        { name: 'a', secretName: 'x' },
        { name: 'b', secretName: 'x' },
      ],
      'two outputs without secretName': [{ name: 'a' }, { name: 'b' }],
      "a secretName that is the key's own name beside an output without one": [
        { name: 'a', secretName: 'checkout' },
        { name: 'b' },
      ],
    },
    (outputs) => ({ object: apiKey({ outputs }), field: 'spec.outputs', message: TWICE_MESSAGE }),
  ),
];

/** Breaks of every rule of ApiKey that a create can break. Immutability has tests of its own. */
export const apiKeyRows: readonly RuleRow[] = [
  nameRow,
  ...specRows,
  ...importRows,
  ...outputRows,
  ...rotationRows(apiKey),
  ...importedIntervalRows(apiKey),
];

/** Objects near the rules that must be accepted. */
export const acceptedApiKeys: Readonly<Record<string, Declared>> = {
  'the smallest key': apiKey(),
  'a name of 63 characters': apiKey({}, 'a'.repeat(63)),
  'times with a fraction and with an offset': apiKey({
    expiresAt: '2027-06-30T00:00:00.123456789Z',
    environments: [{ name: 'staging', expiresAt: '2027-06-30T00:00:00-11:30' }],
  }),
  'a leap day': apiKey({ expiresAt: '2028-02-29T00:00:00Z' }),
  'a time long past': apiKey({ expiresAt: '2001-01-01T00:00:00Z' }),
  'an empty list of scopes': apiKey({ scopes: [] }),
  'scopes of every form': apiKey({
    scopes: ['charges.read', 'charges:write', 'https://example.com/auth/x', 'A_b-c', 'a'],
  }),
  'an empty owner': apiKey({ owner: {} }),
  'an empty signingSecret': apiKey({ signingSecret: {} }),
  'four outputs, one under the name of the key': apiKey({
    outputs: [
      { name: 'a', layout: 'Opaque' },
      { name: 'b', secretName: 'b' },
      { name: 'c', secretName: 'c.d' },
      { name: 'd', secretName: '1' },
    ],
  }),
  'an import for the only environment': apiKey({ import: { secretKeyRef: { name: 'checkout.old', key: 'TOKEN_1' } } }),
  'one environment imported beside one that is minted': apiKey({
    environments: [
      { name: 'staging', import: { openpgpMessage: '-----BEGIN PGP MESSAGE-----\n' } },
      { name: 'production' },
    ],
  }),
  'a recoveryWindow of 0s': apiKey({ recoveryWindow: '0s' }),
  'a recoveryWindow of a year in minutes': apiKey({ recoveryWindow: '525600m' }),
  ...acceptedLifecycles(apiKey),
};

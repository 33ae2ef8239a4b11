import { apiKey } from './objects.ts';
import { eachOf, type RuleRow } from './rule-rows.ts';

const REF = { name: 'checkout-old', key: 'token' };
const SEALED = '-----BEGIN PGP MESSAGE-----\n';

/** Breaks of one import, wherever it stands. */
function rowsAt(field: string, place: string, spec: (fields: object) => object): readonly RuleRow[] {
  const object = (fields: object) => apiKey(spec(fields) as Record<string, unknown>);
  const rows: readonly RuleRow[] = [
    ...eachOf(
      { 'an import without source': {}, 'an import from two sources': { secretKeyRef: REF, openpgpMessage: SEALED } },
      (fields) => ({
        object: object(fields as object),
        field,
        message: 'must have exactly one source, which is one of secretKeyRef and openpgpMessage',
      }),
    ),
    ...eachOf(
      { 'a token as openpgpMessage': 'sk_live_0f3k9m2xq71z', 'an empty openpgpMessage': '' },
      (openpgpMessage) => ({
        object: object({ openpgpMessage }),
        field: `${field}.openpgpMessage`,
        message:
          'must be an armoured OpenPGP message as kubectl keywright seal prints it, starting with -----BEGIN PGP MESSAGE-----',
      }),
    ),
    ...eachOf({ 'a Secret of another namespace': 'other/keys', 'an empty Secret name': '' }, (name) => ({
      object: object({ secretKeyRef: { ...REF, name } }),
      field: `${field}.secretKeyRef.name`,
      message: 'must be the name of a Secret in this namespace, for example checkout-old',
    })),
    ...eachOf({ 'a path as key': 'keys/token', 'an empty key': '' }, (key) => ({
      object: object({ secretKeyRef: { ...REF, key } }),
      field: `${field}.secretKeyRef.key`,
      message: "must be a key of the Secret's data: letters, digits, '-', '_' and '.', for example token",
    })),
  ];
  return rows.map((row) => ({ ...row, name: `${row.name} ${place}` }));
}

const ofSeveralEnvironments: RuleRow = {
  name: 'one import for two environments',
  object: apiKey({ import: { secretKeyRef: REF }, environments: [{ name: 'staging' }, { name: 'production' }] }),
  field: 'spec.import',
  message:
    'must not be given for a key of several environments, as each has a token of its own; put import into the environment that it is for',
};

const givenTwice: RuleRow = {
  name: 'an import beside that of the environment',
  object: apiKey({
    import: { secretKeyRef: REF },
    environments: [{ name: 'staging', import: { openpgpMessage: SEALED } }],
  }),
  field: 'spec.import',
  message: 'must not be given beside an environment that has import itself; keep one of the two',
};

export const importRows: readonly RuleRow[] = [
  ...rowsAt('spec.import', 'for the only environment', (fields) => ({ import: fields })),
  ...rowsAt('spec.environments[1].import', 'in an environment', (fields) => ({
    environments: [{ name: 'staging' }, { name: 'production', import: fields }],
  })),
  ofSeveralEnvironments,
  givenTwice,
];

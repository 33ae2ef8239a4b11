import { describe, expect, test } from 'vitest';
import { combineEdits, type EnvironmentEdit } from '../../../../src/controllers/planning/record-change.ts';
import { ledgerOf, productionEntry, stagingEntry } from '../../../support/facts.ts';

const base = ledgerOf({ sequence: 7, lastVersion: 3 });
const [staging, production] = base.environments;
const unchanged: readonly EnvironmentEdit[] = [{ entry: staging }, { entry: production }];
const mint = {
  cause: 'FirstIssue',
  material: { kind: 'Token', prefix: 'acme_sk_live', signingSecret: false },
} as const;
const nothing = { mints: [], signing: [], seal: [], drop: [], settles: false };
const ref = { environment: 'staging', version: 1, field: 'token' } as const;

describe('combineEdits', () => {
  test('is undefined when no edit changes anything', () => {
    expect(combineEdits(base, unchanged)).toBeUndefined();
    expect(combineEdits(ledgerOf({ environments: [] }), [{ entry: undefined }])).toBeUndefined();
  });

  test.each<{ name: string; edit: EnvironmentEdit; want: object }>([
    { name: 'an entry that is not the same one', edit: { entry: { ...stagingEntry() } }, want: nothing },
    { name: 'material to drop', edit: { entry: staging, drop: [ref] }, want: { ...nothing, drop: [ref] } },
    {
      name: 'material to seal',
      edit: { entry: staging, seal: { ...ref, hash: 'sha256:x', places: [] } },
      want: { ...nothing, seal: [{ ...ref, hash: 'sha256:x', places: [] }] },
    },
    {
      name: 'a signing secret to mint',
      edit: { entry: staging, signing: { environment: 'staging', version: 1, cause: 'FirstIssue' } },
      want: { ...nothing, signing: [{ environment: 'staging', version: 1, cause: 'FirstIssue' }] },
    },
  ])('is one record write with the next sequence and the same counter for $name', ({ edit, want }) => {
    const change = combineEdits(base, [edit, { entry: production }]);
    expect(change).toEqual({
      ...want,
      ledger: { ...base, sequence: 8, lastVersion: 3, environments: [edit.entry, production] },
    });
  });

  test('gives all environments that mint together one number, the next of the key', () => {
    const change = combineEdits(base, [
      { entry: stagingEntry(), mint },
      { entry: productionEntry(), mint },
    ]);
    expect(change?.mints).toEqual(
      ['staging', 'production'].map((environment) => ({ environment, version: 4, ...mint })),
    );
    expect(change?.ledger).toMatchObject({ sequence: 8, lastVersion: 4 });
  });

  test('lets an environment that does not mint skip the number', () => {
    const change = combineEdits(base, [{ entry: staging }, { entry: productionEntry(), mint }]);
    expect(change?.mints).toHaveLength(1);
    expect(change?.ledger.environments[0]).toBe(staging);
  });

  test('starts a new record at sequence 1', () => {
    const fresh = ledgerOf({ sequence: 0, lastVersion: 0, environments: [] });
    const change = combineEdits(fresh, [{ entry: stagingEntry(), mint }]);
    expect(change?.ledger).toMatchObject({ sequence: 1, lastVersion: 1 });
  });
});

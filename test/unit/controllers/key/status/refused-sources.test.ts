import { describe, expect, test } from 'vitest';
import { namespaceRows } from '../../../../../src/controllers/key/status/namespace-rows.ts';
import { conditionPatches } from '../../../../../src/controllers/key/status/readiness.ts';
import type { ImportFacts } from '../../../../../src/controllers/planning/import-facts.ts';
import type { DeclaredFacts } from '../../../../../src/controllers/planning/key-rules.ts';
import { hoursFromNow, keyProjectOf, projectFacts, settled } from '../../../../support/facts.ts';

type Shown = readonly [status: string, reason: string, message?: string];

/** Conditions by type, as [status, reason, message]. */
function conditions(given: Partial<DeclaredFacts>): Readonly<Record<string, Shown>> {
  const facts = settled(given);
  return Object.fromEntries(
    conditionPatches(facts, namespaceRows(facts)).map(({ type, status, reason, message }) => [
      type,
      [status, reason, message],
    ]),
  );
}

describe('conditionPatches of a key whose sources are refused', () => {
  const weak: ImportFacts = { kind: 'Refused', reason: 'WeakKey', message: 'Weak' };
  const gone: ImportFacts = { kind: 'Missing', reason: 'ImportSourceMissing', message: 'Gone' };
  const imports = new Map([
    ['staging', gone],
    ['production', weak],
  ]);
  const first: Shown = ['False', 'ImportSourceMissing', 'Environment "staging": Gone (and 1 more)'];

  test('name the first environment, how many more there are, and call what was never issued pending', () => {
    expect(conditions({ record: { kind: 'Absent' }, provenSequence: 0, imports })).toEqual({
      Ready: first,
      Accepted: first,
      Issued: ['Unknown', 'Pending', 'Environment "staging" has no version yet'],
      Deployed: ['Unknown', 'Pending', '0 of 3 namespaces carry the current version'],
      Stalled: ['True', ...first.slice(1)],
    });
  });

  test('tell of what is delivered as ever', () => {
    const { Ready, Issued, Deployed } = conditions({ imports: new Map([['production', weak]]) });
    expect(Ready).toEqual(['False', 'WeakKey', 'Environment "production": Weak']);
    expect([Issued?.[0], Deployed?.[0]]).toEqual(['True', 'True']);
  });

  test('name what stops the whole key first, and a project that is being deleted last', () => {
    const metadata = { ...keyProjectOf().metadata, deletionTimestamp: hoursFromNow(-1) };
    const leaving = projectFacts({ ...keyProjectOf(), metadata });
    expect(conditions({ imports, project: { kind: 'Missing' } })['Ready']?.[1]).toBe('ProjectNotFound');
    expect(conditions({ imports, project: leaving })).toMatchObject({ Ready: first, Accepted: first });
  });
});

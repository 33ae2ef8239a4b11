import { describe, expect, test } from 'vitest';
import { planKey } from '../../../../../src/controllers/key/plan.ts';
import type { ImportFacts } from '../../../../../src/controllers/planning/import-facts.ts';
import type { DeclaredFacts } from '../../../../../src/controllers/planning/key-rules.ts';
import { hoursFromNow, keyProjectOf, projectFacts, settled } from '../../../../support/facts.ts';
import { shownConditions, type ShownCondition } from '../../../../support/shown-conditions.ts';

function conditions(given: Partial<DeclaredFacts>): ReturnType<typeof shownConditions> {
  return shownConditions(settled(given));
}

describe('conditionPatches of a key whose sources are not judged yet', () => {
  const imports = (found: ImportFacts): Partial<DeclaredFacts> => ({
    imports: new Map([
      ['staging', found],
      ['production', found],
    ]),
  });

  test('say what is being checked, and keep saying that everything delivered is in place', () => {
    const { Ready, Reconciling, Deployed } = conditions(imports({ kind: 'Checking' }));
    const checking = ['Checking', 'Checking what environment "staging" is to import (and 1 more)'];
    expect([Ready, Reconciling]).toEqual([
      ['Unknown', ...checking],
      ['True', ...checking],
    ]);
    expect(Deployed?.[0]).toBe('True');
  });

  test('call it broken when the thread that checks keys ended', () => {
    const { Ready } = conditions(imports({ kind: 'Unanswered', namespace: 'payments-config', isRead: true }));
    expect(Ready).toEqual([
      'False',
      'InternalError',
      'What environment "staging" is to import could not be checked, as the thread that checks keys ended; this is retried',
    ]);
  });

  test.each<ImportFacts>([{ kind: 'Unread' }, { kind: 'Unanswered', namespace: 'payments-config' }])(
    'say nothing of a source that is $kind',
    (found) => {
      expect(conditions(imports(found))['Ready']?.[0]).toBe('True');
    },
  );
});

describe('planKey while a source is checked once more', () => {
  const imports = new Map<string, ImportFacts>([['staging', { kind: 'Checking' }]]);
  const weak: ImportFacts = { kind: 'Refused', reason: 'WeakKey', message: 'Weak' };
  const shown = settled({ imports: new Map([['staging', weak]]) });
  const told = planKey(shown);
  const status = told?.kind === 'WriteStatus' ? told.status : undefined;

  test('lets stand what was said of it', () => {
    expect(planKey({ ...shown, imports, object: { ...shown.object, status } as typeof shown.object })).toBeUndefined();
  });

  test('says that it is checked once the spec is another one', () => {
    const metadata = { ...shown.object.metadata, generation: (shown.object.metadata.generation ?? 0) + 1 };
    const object = { ...shown.object, metadata, status } as typeof shown.object;
    expect(planKey({ ...shown, imports, object })).toMatchObject({ kind: 'WriteStatus' });
  });
});

describe('conditionPatches of a key whose sources are refused', () => {
  const weak: ImportFacts = { kind: 'Refused', reason: 'WeakKey', message: 'Weak' };
  const gone: ImportFacts = { kind: 'Missing', reason: 'ImportSourceMissing', message: 'Gone' };
  const imports = new Map([
    ['staging', gone],
    ['production', weak],
  ]);
  const first: ShownCondition = ['False', 'ImportSourceMissing', 'Environment "staging": Gone (and 1 more)'];

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

import { expect, test } from 'vitest';
import { grantedLines, requiredLines } from '../../support/rights-lines.ts';
import { operatorRules } from '../../support/role-rules.ts';

test('the operator asks for every right that deploy/rbac grants, and for no other', () => {
  const rules = operatorRules();
  const granted = rules.flatMap((rule) => grantedLines([rule], rule.kind === 'Role' ? 'kw' : undefined));
  expect(granted.length).toBeGreaterThan(20);
  expect(requiredLines({ namespace: 'kw' }).toSorted()).toEqual(granted.toSorted());
});

test('where it serves some namespaces only, the operator asks for its rights on Secrets and keys in each of those', () => {
  const rights = requiredLines({ namespace: 'kw', watchNamespaces: ['a', 'b'] });
  expect(rights).toEqual(
    expect.arrayContaining([
      'a /secrets create',
      'b /secrets create',
      'kw /secrets create',
      'a keywright.dev/apikeys patch',
    ]),
  );
  expect(rights.filter((right) => right.startsWith('* '))).toEqual([
    '* keywright.dev/keyprojects get',
    '* keywright.dev/keyprojects patch',
    '* keywright.dev/keyprojects/status update',
    '* /namespaces get',
    '* apiextensions.k8s.io/customresourcedefinitions:keyprojects.keywright.dev get',
    '* apiextensions.k8s.io/customresourcedefinitions:apikeys.keywright.dev get',
    '* apiextensions.k8s.io/customresourcedefinitions:cryptokeys.keywright.dev get',
  ]);
});

test('where it serves some namespaces only, the operator asks for events about its own Secrets and about projects', () => {
  const ofEvents = (watchNamespaces: readonly string[]): readonly string[] =>
    requiredLines({ namespace: 'kw', watchNamespaces }).filter((right) => right.includes('/events create'));
  const wanted = ['kw', 'default', 'a'].map((namespace) => `${namespace} events.k8s.io/events create`);
  expect(ofEvents(['a']).toSorted()).toEqual(wanted.toSorted());
  expect(ofEvents(['a', 'default', 'kw']).toSorted()).toEqual(wanted.toSorted());
});

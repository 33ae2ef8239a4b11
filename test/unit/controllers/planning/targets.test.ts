import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  mapEnvironments,
  selectorMatches,
  type EnvironmentMapping,
  type KnownNamespace,
  type NamespaceSelector,
  type TargetNamespace,
} from '../../../../src/controllers/planning/targets.ts';

const known = new Map<string, KnownNamespace>(
  [
    { name: 'a', terminating: false, labels: { tier: 'prod', region: 'eu' } },
    { name: 'b', terminating: false, labels: { tier: 'prod' } },
    { name: 'c', terminating: true, labels: { tier: 'prod' } },
    { name: 'd', terminating: false, labels: {} },
  ].map((namespace) => [namespace.name, namespace]),
);
const prod: NamespaceSelector = { matchLabels: { tier: 'prod' } };

function namespacesOf(...environments: readonly EnvironmentMapping[]): readonly (readonly TargetNamespace[])[] {
  return mapEnvironments(environments, known, 'operator').map(({ namespaces }) => namespaces);
}

describe("mapEnvironments and the operator's own namespace", () => {
  test('calls it reserved where it is listed, in every environment, and leaves it out where it is selected', () => {
    const reserved = [{ name: 'operator', state: 'Reserved' }];
    const own: KnownNamespace = { name: 'operator', terminating: false, labels: { tier: 'any' } };
    const environments = [
      { name: 'listed', namespaces: ['operator'] },
      { name: 'listed too', namespaces: ['operator'] },
      { name: 'selected', namespaceSelector: { matchLabels: { tier: 'any' } } },
    ];
    const mapped = mapEnvironments(environments, new Map([[own.name, own]]), 'operator');
    expect(mapped.map(({ namespaces }) => namespaces)).toEqual([reserved, reserved, []]);
  });
});

describe('mapEnvironments', () => {
  test('tells live, terminating and missing namespaces apart, in the order they are listed', () => {
    expect(namespacesOf({ name: 'production', namespaces: ['d', 'c', 'nowhere'] })).toEqual([
      [
        { name: 'd', state: 'Live' },
        { name: 'c', state: 'Terminating' },
        { name: 'nowhere', state: 'Missing' },
      ],
    ]);
  });

  test('adds selected namespaces to listed ones, without repeats', () => {
    expect(namespacesOf({ name: 'production', namespaces: ['b', 'd'], namespaceSelector: prod })).toEqual([
      [
        { name: 'b', state: 'Live' },
        { name: 'd', state: 'Live' },
        { name: 'a', state: 'Live' },
        { name: 'c', state: 'Terminating' },
      ],
    ]);
  });

  test('gives a namespace to the first environment in spec order, listed or selected', () => {
    const selecting = { name: 'first', namespaceSelector: { matchLabels: { region: 'eu' } } };
    expect(namespacesOf(selecting, { name: 'second', namespaces: ['a', 'b'] })).toEqual([
      [{ name: 'a', state: 'Live' }],
      [
        { name: 'a', state: 'Taken' },
        { name: 'b', state: 'Live' },
      ],
    ]);
  });

  test('calls a namespace taken although it is missing', () => {
    const [, second] = namespacesOf(
      { name: 'first', namespaces: ['nowhere'] },
      { name: 'second', namespaces: ['nowhere'] },
    );
    expect(second).toEqual([{ name: 'nowhere', state: 'Taken' }]);
  });

  test('maps an environment that names nothing to no namespace', () => {
    expect(mapEnvironments([{ name: 'pre-prod' }], known, 'operator')).toEqual([
      { name: 'pre-prod', suspended: false, tokenCode: 'preprod', namespaces: [] },
    ]);
  });

  test('passes the token code and suspension on', () => {
    const [environment] = mapEnvironments(
      [{ name: 'production', tokenCode: 'live', suspended: true }],
      known,
      'operator',
    );
    expect(environment).toMatchObject({ tokenCode: 'live', suspended: true });
  });

  test('gives no namespace to two environments, whatever they ask for', () => {
    const mapping = fc.record({
      name: fc.constantFrom('one', 'two', 'three'),
      namespaces: fc.subarray(['a', 'b', 'c', 'd', 'nowhere']),
      namespaceSelector: fc.option(fc.constantFrom(prod, { matchLabels: { region: 'eu' } }, {}), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(mapping, { maxLength: 5 }), (environments) => {
        const given = mapEnvironments(environments, known, 'operator').flatMap(({ namespaces }) =>
          namespaces.flatMap(({ name, state }) => (state === 'Taken' ? [] : [name])),
        );
        expect(new Set(given).size).toBe(given.length);
      }),
    );
  });
});

describe('selectorMatches', () => {
  const labels = { tier: 'prod', region: 'eu' };
  const expression = (operator: string, values?: readonly string[], key = 'tier'): NamespaceSelector => ({
    matchExpressions: [values === undefined ? { key, operator } : { key, operator, values }],
  });

  test.each<{ name: string; selector: NamespaceSelector; want: boolean }>([
    { name: 'an equal label', selector: prod, want: true },
    { name: 'all of several labels', selector: { matchLabels: labels }, want: true },
    { name: 'only one of two labels', selector: { matchLabels: { tier: 'prod', region: 'us' } }, want: false },
    { name: 'a label that is not there', selector: { matchLabels: { team: 'x' } }, want: false },
    { name: 'In with the value', selector: expression('In', ['dev', 'prod']), want: true },
    { name: 'In without the value', selector: expression('In', ['dev']), want: false },
    { name: 'In on an absent label', selector: expression('In', ['x'], 'team'), want: false },
    { name: 'NotIn with the value', selector: expression('NotIn', ['prod']), want: false },
    { name: 'NotIn without the value', selector: expression('NotIn', ['dev']), want: true },
    { name: 'NotIn on an absent label', selector: expression('NotIn', ['x'], 'team'), want: true },
    { name: 'Exists', selector: expression('Exists'), want: true },
    { name: 'Exists on an absent label', selector: expression('Exists', undefined, 'team'), want: false },
    {
      name: 'Exists on an absent label constructor',
      selector: expression('Exists', undefined, 'constructor'),
      want: false,
    },
    { name: 'DoesNotExist', selector: expression('DoesNotExist'), want: false },
    { name: 'DoesNotExist on an absent label', selector: expression('DoesNotExist', undefined, 'team'), want: true },
    { name: 'an operator nobody knows', selector: expression('Near', ['prod']), want: false },
    {
      name: 'labels that match beside an expression that does not',
      selector: { ...prod, ...expression('In', ['dev']) },
      want: false,
    },
    { name: 'nothing asked for', selector: {}, want: false },
    { name: 'empty lists', selector: { matchLabels: {}, matchExpressions: [] }, want: false },
  ])('answers $want for $name', ({ selector, want }) => {
    expect(selectorMatches(selector, labels)).toBe(want);
  });
});

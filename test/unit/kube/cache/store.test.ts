import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Store } from '../../../../src/kube/cache/store.ts';
import { at } from '../../../support/fed-client.ts';

interface Labelled {
  readonly metadata: { readonly name: string };
  readonly labels: readonly string[];
}

const byLabel = { indexes: { label: (object: Labelled): readonly string[] => object.labels } };
const labelled = (name: string, labels: readonly string[]): Labelled => ({ metadata: { name }, labels });

describe('Store', () => {
  test('finds objects by key until they are deleted', () => {
    const store = new Store();
    store.set('default/a', at('default/a', 1));
    store.set('default/b', at('default/b', 2));
    store.delete('default/a');
    expect(store.get('default/a')).toBeUndefined();
    expect(store.list()).toEqual([at('default/b', 2)]);
    expect(store.size).toBe(1);
  });

  test('finds exactly the objects that carry an index value, whatever came before', () => {
    const name = fc.constantFrom('a', 'b', 'c');
    const labels = fc.uniqueArray(fc.constantFrom('x', 'y', 'z'));
    const step = fc.oneof(fc.record({ name, labels }), fc.record({ name, labels: fc.constant(undefined) }));
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const store = new Store<Labelled>(byLabel);
        for (const { name, labels } of steps) {
          if (labels === undefined) store.delete(name);
          else store.set(name, labelled(name, labels));
        }
        for (const value of ['x', 'y', 'z']) {
          const wanted = store.list().filter((object) => object.labels.includes(value));
          expect(new Set(store.byIndex('label', value))).toEqual(new Set(wanted));
          expect(store.countByIndex('label', value)).toBe(wanted.length);
        }
      }),
    );
  });

  test('refuses an index it was not built with', () => {
    expect(() => new Store<Labelled>(byLabel).byIndex('owner', 'x')).toThrow(RangeError);
    expect(() => new Store<Labelled>(byLabel).countByIndex('owner', 'x')).toThrow(RangeError);
  });

  test('is as before when an index function throws', () => {
    const indexes = {
      label: ({ labels }: Labelled): readonly string[] => {
        if (labels.includes('bad')) throw new TypeError('scripted');
        return labels;
      },
    };
    const store = new Store<Labelled>({ indexes });
    store.set('a', labelled('a', ['x']));
    expect(() => store.set('a', labelled('a', ['bad']))).toThrow(TypeError);
    expect(store.byIndex('label', 'x')).toEqual([labelled('a', ['x'])]);
  });
});

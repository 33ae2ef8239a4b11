import fc from 'fast-check';
import { expect, test } from 'vitest';
import { IndexedHeap } from '../../../../src/kube/queue/indexed-heap.ts';

const operation = fc.oneof(
  fc.record({ kind: fc.constant('push' as const), rank: fc.integer({ min: 0, max: 9 }) }),
  fc.record({ kind: fc.constant('pop' as const) }),
  fc.record({ kind: fc.constant('delete' as const), index: fc.nat(20) }),
);

interface Item {
  readonly rank: number;
  readonly serial: number;
}
const isBefore = (a: Item, b: Item): boolean => a.rank < b.rank || (a.rank === b.rank && a.serial < b.serial);

test('IndexedHeap gives what a sorted array gives, whatever is pushed, popped and deleted', () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
      const heap = new IndexedHeap<Item>(isBefore);
      const model: Item[] = [];
      for (const [serial, op] of operations.entries()) {
        if (op.kind === 'push') {
          const item = { rank: op.rank, serial };
          heap.push(item);
          model.push(item);
          model.sort((a, b) => (isBefore(a, b) ? -1 : 1));
        } else if (op.kind === 'pop') {
          expect(heap.pop()).toBe(model.shift());
        } else {
          const [item] = model.splice(op.index, 1);
          if (item !== undefined) expect(heap.delete(item)).toBe(true);
        }
        expect(heap.peek()).toBe(model[0]);
        expect(heap.size).toBe(model.length);
      }
      while (model.length > 0) expect(heap.pop()).toBe(model.shift());
    }),
  );
});

test('IndexedHeap says whether a deleted item was inside', () => {
  const heap = new IndexedHeap<Item>(isBefore);
  const item = { rank: 1, serial: 1 };
  expect(heap.delete(item)).toBe(false);
  heap.push(item);
  expect(heap.has(item)).toBe(true);
  expect(heap.delete(item)).toBe(true);
  expect(heap.has(item)).toBe(false);
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FairQueue } from '../../../src/threads/fair-queue.ts';

function queueOf(...items: readonly string[]): FairQueue<string> {
  const queue = new FairQueue<string>();
  for (const item of items) queue.push(item.slice(0, 1), item);
  return queue;
}

function drained<T>(queue: FairQueue<T>): readonly T[] {
  const items: T[] = [];
  for (let item = queue.take(); item !== undefined; item = queue.take()) items.push(item);
  return items;
}

describe('FairQueue', () => {
  it('lets groups take turns, each in the order of its items', () => {
    const queue = queueOf('a1', 'a2', 'a3', 'b1', 'b2', 'c1');
    expect(drained(queue)).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
  });

  it('serves a newcomer after one item of each group that waits', () => {
    const queue = queueOf(...Array.from({ length: 50 }, (_, at) => `a${at}`), 'b0');
    queue.push('c', 'c0');
    expect([queue.take(), queue.take(), queue.take()]).toEqual(['a0', 'b0', 'c0']);
  });

  it('does not let a group jump the queue by coming back', () => {
    const queue = queueOf('a1', 'b1', 'b2');
    expect(queue.take()).toBe('a1');
    queue.push('a', 'a2');
    expect(drained(queue)).toEqual(['b1', 'a2', 'b2']);
  });

  it('takes an item out before its turn, once', () => {
    const queue = queueOf('a1', 'a2', 'b1');
    expect([queue.remove('a', 'a1'), queue.remove('a', 'a1'), queue.remove('c', 'c1')]).toEqual([true, false, false]);
    expect(drained(queue)).toEqual(['a2', 'b1']);
  });

  it('gives the turn of a group to the next one when its last item is taken out', () => {
    const queue = queueOf('a1', 'b1');
    expect(queue.remove('a', 'a1')).toBe(true);
    expect(drained(queue)).toEqual(['b1']);
  });

  it('hands out every item once, in the order of its group', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'b', 'c')), (groups) => {
        const items = groups.map((group, at) => ({ group, at }));
        const queue = new FairQueue<(typeof items)[number]>();
        for (const item of items) queue.push(item.group, item);
        const served = drained(queue);
        expect(served.toSorted((left, right) => left.at - right.at)).toEqual(items);
        for (const group of ['a', 'b', 'c']) {
          const inGroup = served.filter((item) => item.group === group);
          expect(inGroup).toEqual(items.filter((item) => item.group === group));
        }
      }),
    );
  });
});

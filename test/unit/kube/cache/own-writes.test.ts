import { describe, expect, test } from 'vitest';
import { OwnWrites } from '../../../../src/kube/cache/own-writes.ts';
import { Store } from '../../../../src/kube/cache/store.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { at } from '../../../support/fed-client.ts';
import type { FedObject } from '../../../support/fed-client.ts';

interface Cache {
  readonly clock: FakeClock;
  readonly store: Store<FedObject>;
  readonly writes: OwnWrites<FedObject>;
}

const everything = (): boolean => true;

/** The watch has delivered object "a" at version 5. */
function settled(): Cache {
  const clock = new FakeClock();
  const store = new Store<FedObject>();
  const writes = new OwnWrites({ store, clock });
  writes.applyEvent({ type: 'set', object: at('a', 5) });
  return { clock, store, writes };
}

function shownVersion({ store }: Cache): string | undefined {
  return store.get('a')?.metadata.resourceVersion;
}

describe('OwnWrites', () => {
  test('shows our write at once', () => {
    const cache = settled();
    cache.writes.observeWrite(at('a', 7), '5');
    expect(shownVersion(cache)).toBe('7');
  });

  test('reports the event that carries our write as ours, with what handlers knew before', () => {
    const { writes } = settled();
    writes.observeWrite(at('a', 7), '5');
    expect(writes.applyEvent({ type: 'set', object: at('a', 7) })).toEqual({
      type: 'updated',
      key: 'a',
      object: at('a', 7),
      previous: at('a', 5),
      initial: false,
      ownWrite: true,
    });
  });

  test.each([
    { name: 'the version our write replaced', replaced: '6', versions: [6] },
    { name: 'what led to the version our write replaced', replaced: '6', versions: [55, 6] },
    { name: 'an earlier write of ours', replaced: '5', versions: [7] },
  ])('reports nothing and keeps showing our write when the watch delivers $name', ({ replaced, versions }) => {
    const cache = settled();
    cache.writes.observeWrite(at('a', 7), replaced);
    if (replaced === '5') cache.writes.observeWrite(at('a', 8), '7');
    const shown = shownVersion(cache);
    for (const version of versions) {
      expect(cache.writes.applyEvent({ type: 'set', object: at('a', version) })).toBeUndefined();
      expect(shownVersion(cache)).toBe(shown);
    }
  });

  test('takes what someone else wrote after us and still knows our write when it comes late', () => {
    const cache = settled();
    cache.writes.observeWrite(at('a', 7), '5');
    expect(cache.writes.applyEvent({ type: 'set', object: at('a', 9) })).toMatchObject({ ownWrite: false });
    expect(shownVersion(cache)).toBe('9');
    expect(cache.writes.applyEvent({ type: 'set', object: at('a', 7) })).toMatchObject({ ownWrite: true });
  });

  test('keeps what came after our write when the events outrun its answer', () => {
    const cache = settled();
    cache.writes.applyEvent({ type: 'set', object: at('a', 7) });
    cache.writes.applyEvent({ type: 'set', object: at('a', 8) });
    cache.writes.observeWrite(at('a', 7), '5');
    expect(shownVersion(cache)).toBe('8');
  });

  test('keeps a list that jumped over our write when the answer comes late', () => {
    const cache = settled();
    cache.writes.applyList([at('a', 8)], { covers: everything, requestedMs: 0, initial: false });
    cache.writes.observeWrite(at('a', 7), '5');
    expect(shownVersion(cache)).toBe('8');
  });

  test('keeps a list that jumped over our second write when its answer comes late', async () => {
    const cache = settled();
    cache.writes.observeWrite(at('a', 7), '5');
    await cache.clock.advance(1);
    cache.writes.applyList([at('a', 9)], { covers: everything, requestedMs: 1, initial: false });
    cache.writes.observeWrite(at('a', 8), '7');
    expect(shownVersion(cache)).toBe('9');
  });

  test('keeps what a list tells of our create when its answer comes late', () => {
    const cache = settled();
    const scope = { covers: everything, requestedMs: 0, initial: false };
    cache.writes.applyList([at('a', 5), at('b', 8)], scope);
    cache.writes.observeWrite(at('b', 7), undefined);
    expect(cache.store.get('b')).toEqual(at('b', 8));
  });

  test('takes what a list that was under way tells of the object after our create', async () => {
    const cache = settled();
    await cache.clock.advance(1);
    cache.writes.observeWrite(at('b', 7), undefined);
    cache.writes.applyList([at('a', 5), at('b', 8)], { covers: everything, requestedMs: 0, initial: false });
    expect(cache.store.get('b')).toEqual(at('b', 8));
  });

  test('holds back what the server says about a key until it is released, and nothing else', () => {
    const cache = settled();
    cache.writes.hold('a');
    expect(cache.writes.applyEvent({ type: 'set', object: at('a', 7) })).toBeUndefined();
    expect(cache.writes.applyEvent({ type: 'set', object: at('b', 8) })).toMatchObject({ key: 'b' });
    expect(shownVersion(cache)).toBe('5');
    cache.writes.observeWrite(at('a', 7), '5');
    expect(cache.writes.release('a')).toMatchObject([{ key: 'a', object: at('a', 7), ownWrite: true }]);
    expect(cache.writes.applyEvent({ type: 'set', object: at('a', 9) })).toMatchObject({ ownWrite: false });
  });

  test('does not take a write that changed nothing for ours', () => {
    const { writes } = settled();
    writes.observeWrite(at('a', 6), '6');
    expect(writes.applyEvent({ type: 'set', object: at('a', 6) })).toMatchObject({ ownWrite: false });
  });

  test('shows our create in place of an object whose end the watch has yet to tell', () => {
    const cache = settled();
    cache.writes.observeWrite(at('a', 8, { uid: 'second' }), undefined);
    expect(cache.writes.applyEvent({ type: 'deleted', object: at('a', 6) })).toBeUndefined();
    expect(shownVersion(cache)).toBe('8');
    expect(cache.writes.applyEvent({ type: 'set', object: at('a', 8, { uid: 'second' }) })).toMatchObject({
      type: 'updated',
      ownWrite: true,
    });
  });

  test('shows our delete at once and reports the end as ours', () => {
    const cache = settled();
    cache.writes.observeDelete('a', '5');
    expect(shownVersion(cache)).toBeUndefined();
    expect(cache.writes.applyEvent({ type: 'deleted', object: at('a', 6) })).toMatchObject({
      type: 'deleted',
      object: at('a', 6),
      previous: at('a', 5),
      ownWrite: true,
    });
  });

  test('shows an object again that outlived our delete by a finalizer', () => {
    const cache = settled();
    cache.writes.observeDelete('a', '5');
    const held = at('a', 6, { deletionTimestamp: '2027-01-01T00:00:00Z' });
    expect(cache.writes.applyEvent({ type: 'set', object: held })).toMatchObject({ type: 'updated', ownWrite: false });
    expect(shownVersion(cache)).toBe('6');
  });

  test('ends an overlay by a list that was requested after the write', async () => {
    const cache = settled();
    cache.writes.observeWrite(at('b', 7), undefined);
    await cache.clock.advance(1);
    const scope = { covers: everything, requestedMs: cache.clock.monotonicMs(), initial: false };
    const changes = cache.writes.applyList([at('a', 5)], scope);
    expect(changes.map(({ type, key }) => `${key} ${type}`).toSorted()).toEqual(['a resync', 'b deleted']);
    expect(cache.store.get('b')).toBeUndefined();
  });

  test('keeps an object we created while a list was under way that lacks it', async () => {
    const cache = settled();
    await cache.clock.advance(1);
    cache.writes.observeWrite(at('b', 7), undefined);
    cache.writes.applyList([at('a', 5)], { covers: everything, requestedMs: 0, initial: false });
    expect(cache.store.get('b')).toEqual(at('b', 7));
    expect(cache.writes.applyEvent({ type: 'set', object: at('b', 7) })).toMatchObject({
      type: 'added',
      ownWrite: true,
    });
  });

  test('ends an overlay that nothing confirmed by a bookmark 10 s later and says so', async () => {
    const cache = settled();
    cache.writes.observeWrite(at('b', 7), undefined);
    cache.writes.observeWrite(at('a', 6), '5');
    await cache.clock.advance(9_999);
    expect(cache.writes.endUnconfirmed(everything)).toEqual([]);
    await cache.clock.advance(1);
    expect(cache.writes.endUnconfirmed((key) => key === 'b')).toMatchObject([{ type: 'deleted', key: 'b' }]);
    expect(cache.writes.endUnconfirmed(everything)).toMatchObject([{ type: 'resync', key: 'a', object: at('a', 5) }]);
    expect(shownVersion(cache)).toBe('5');
  });

  test('reports an event that repeats a known version as nothing', () => {
    const { writes } = settled();
    expect(writes.applyEvent({ type: 'set', object: at('a', 5) })).toBeUndefined();
    expect(writes.applyEvent({ type: 'deleted', object: at('unknown', 5) })).toBeUndefined();
  });
});

import { beforeEach, describe, expect, test } from 'vitest';
import type { KeyObject } from '../../../../../src/api/key-object.ts';
import { OWNER_ANNOTATION } from '../../../../../src/api/labels.ts';
import { API_KEY_RULES } from '../../../../../src/controllers/api-key/rules.ts';
import { CRYPTO_KEY_RULES } from '../../../../../src/controllers/crypto-key/rules.ts';
import { Contenders } from '../../../../../src/controllers/key/wake/contenders.ts';
import { KeyWaker, REPORT_PRIORITY } from '../../../../../src/controllers/key/wake/wake.ts';
import type { CachedRecord } from '../../../../../src/controllers/caches/cached-record.ts';
import type { CachedSecret } from '../../../../../src/controllers/caches/cached-secret.ts';
import type { ObjectChange } from '../../../../../src/kube/cache/object-change.ts';
import { Store } from '../../../../../src/kube/cache/store.ts';
import { WorkQueue } from '../../../../../src/kube/queue/work-queue.ts';
import { FakeClock } from '../../../../support/fake-clock.ts';
import { EU, OWNER } from '../../../../support/facts.ts';
import { checkout } from '../../../../support/sealing.ts';

const KEY = OWNER;
const PLACE = `${EU}/checkout`;
const SOURCE = 'payments-config/partner-keys';
const proof = { ...checkout, environment: 'production', version: 1, keyId: 'k', sequence: 1, isIntact: true };

let clock: FakeClock;
let queue: WorkQueue;
let contenders: Contenders;
let waker: KeyWaker;
let proven: Set<CachedSecret>;

beforeEach(() => {
  clock = new FakeClock();
  queue = new WorkQueue({ clock, random: () => 0 });
  contenders = new Contenders();
  proven = new Set();
  const records = new Store<CachedRecord>({ indexes: { place: ({ hint }) => hint?.places ?? [] } });
  records.set('keywright-system/record', {
    metadata: { name: 'record', namespace: 'keywright-system' },
    secret: undefined,
    hint: { ...checkout, isActive: true, hashes: [], places: [PLACE] },
  });
  waker = new KeyWaker({
    queue,
    contenders,
    kinds: { ApiKey: API_KEY_RULES, CryptoKey: CRYPTO_KEY_RULES },
    clock,
    caches: () => ({
      records: { lister: records },
      keys: { ApiKey: { lister: keys('ApiKey') }, CryptoKey: { lister: keys('CryptoKey') } },
    }),
    proofOf: (secret) => (proven.has(secret) ? proof : undefined),
  });
});

/** The key of each kind whose record is "record". */
function keys(kind: string): Store<KeyObject> {
  const store = new Store<KeyObject>({ indexes: { record: () => ['record'], source: () => [SOURCE] } });
  const { project, namespace, name } = checkout;
  const spec = { project, type: 'Secret', environments: [] };
  store.set(`${namespace}/${name}`, { apiVersion: 'v1', kind, metadata: { namespace, name }, spec });
  return store;
}

function secretAt(place: string): CachedSecret {
  const [namespace = '', name = ''] = place.split('/');
  return {
    metadata: { namespace, name, annotations: { [OWNER_ANNOTATION]: OWNER } },
    type: 'Opaque',
    immutable: false,
    hasFinalizers: false,
    isControlled: false,
    digests: {},
    otherDataKeys: 0,
  };
}

function change(place: string, more: Partial<ObjectChange<CachedSecret>> = {}): ObjectChange<CachedSecret> {
  return { type: 'updated', key: place, object: secretAt(place), initial: false, ownWrite: false, ...more };
}

/** Every key that becomes ready within these ms, each looked at as soon as it is. */
async function looksWithin(ms: number, each = (): void => {}): Promise<number> {
  let looks = 0;
  for (let elapsedMs = 0; elapsedMs < ms; elapsedMs += 100) {
    each();
    while (queue.depth > 0) {
      const key = await queue.next();
      looks += 1;
      queue.done(key ?? '');
    }
    await clock.advance(100);
  }
  return looks;
}

describe('a Secret that changes', () => {
  test('at a place which a ledger holds wakes the key, proven or not', async () => {
    waker.secret(change(PLACE));
    expect(await queue.next()).toBe(KEY);
  });

  test('and names a key without proof wakes nobody, however many there are and however often they change', () => {
    for (let index = 0; index < 1_000; index += 1) {
      waker.secret(change(`elsewhere/fake-${index}`, { type: 'added' }));
      waker.secret(change(`elsewhere/fake-${index}`));
      waker.secret(change(`elsewhere/fake-${index}`, { type: 'deleted' }));
    }
    expect(queue.depth).toBe(0);
    waker.secret(change(PLACE));
    expect(queue.depth).toBe(1);
  });

  test('and proves to be of a key wakes it wherever it is, also when it no longer does and when it goes', async () => {
    const object = secretAt('restored/checkout');
    proven.add(object);
    for (const more of [{ object }, { previous: object }, { object, type: 'deleted' as const }]) {
      waker.secret(change('restored/checkout', more));
      expect(queue.depth).toBe(1);
      const key = await queue.next();
      expect(key).toBe(KEY);
      queue.done(KEY);
    }
  });

  test('by our own write wakes nobody', () => {
    waker.secret(change(PLACE, { ownWrite: true }));
    expect(queue.depth).toBe(0);
  });

  test('at one place on and on is looked at 20 times at once and then every 5 s, and never forgotten', async () => {
    const flood = await looksWithin(100_000, () => waker.secret(change(PLACE)));
    expect(flood).toBeGreaterThanOrEqual(20 + 18);
    expect(flood).toBeLessThanOrEqual(20 + 22);
    waker.secret(change(PLACE));
    expect(await looksWithin(6_000)).toBeGreaterThanOrEqual(1);
  });

  test('at another place is not slowed down by that', async () => {
    await looksWithin(10_000, () => waker.secret(change(PLACE)));
    const object = secretAt('other/checkout');
    proven.add(object);
    waker.secret(change('other/checkout', { object }));
    expect(queue.depth).toBe(1);
  });
});

describe('a source of imports that changes', () => {
  const changed = (): void => waker.importSource(change(SOURCE));

  test('wakes the keys that import from it', () => {
    changed();
    expect(queue.depth).toBe(2);
  });

  test('on and on has its keys looked at 20 times at once and then every 5 s, and is never forgotten', async () => {
    const flood = await looksWithin(100_000, changed);
    expect(flood).toBeGreaterThanOrEqual(2 * (20 + 18));
    expect(flood).toBeLessThanOrEqual(2 * (20 + 22));
    changed();
    expect(await looksWithin(6_000)).toBeGreaterThanOrEqual(2);
  });

  test('slows down no place of the same name', async () => {
    await looksWithin(10_000, changed);
    const object = secretAt(SOURCE);
    proven.add(object);
    waker.secret(change(SOURCE, { object }));
    expect(queue.depth).toBe(1);
  });
});

describe('a foreign Secret in the way of a key', () => {
  test('that comes and goes on and on is looked at 20 times at once and then every 5 s', async () => {
    const flood = await looksWithin(100_000, () => {
      contenders.wait('elsewhere/taken', KEY);
      waker.freed('elsewhere/taken');
    });
    expect(flood).toBeLessThanOrEqual(20 + 22);
  });

  test('wakes everyone who waits for the place, once', () => {
    contenders.wait(PLACE, KEY);
    contenders.wait(PLACE, 'other/key');
    waker.freed(PLACE);
    waker.freed(PLACE);
    expect(queue.depth).toBe(2);
  });

  test('wakes a key that is in the middle of a look and waits for nothing until its end', async () => {
    contenders.wait(PLACE, KEY);
    waker.freed(PLACE, [KEY]);
    expect(await queue.next()).toBe(KEY);
    waker.freed(PLACE, [KEY]);
    contenders.wait(PLACE, KEY);
    queue.done(KEY);
    expect(queue.depth).toBe(1);
  });
});

describe('A record that another KEK protects now', () => {
  const record = (kekId: string | undefined): CachedRecord => ({
    metadata: { name: 'record', namespace: 'keywright-system' },
    secret: undefined,
    hint: { ...checkout, isActive: true, hashes: [], places: [PLACE] },
    wrappedBy: kekId === undefined ? undefined : { provider: 'keyring', kekId },
  });
  const written = (before: string | undefined, after: string | undefined): ObjectChange<CachedRecord> => ({
    type: 'updated',
    key: 'keywright-system/record',
    object: record(after),
    previous: record(before),
    initial: false,
    ownWrite: true,
  });

  test('wakes the key whose status tells of it, behind everything else, and no other', async () => {
    waker.record(written('kek-1', 'kek-2'));
    queue.add('other');
    expect(await queue.next()).toBe('other');
    expect(queue.nextPriority).toBe(REPORT_PRIORITY);
    expect(await queue.next()).toBe('CryptoKey/payments-config/checkout');
    expect(queue.depth).toBe(0);
  });

  test.each([
    { name: 'the same KEK as before', before: 'kek-1', after: 'kek-1' },
    { name: 'a KEK for the first time', before: undefined, after: 'kek-1' },
    { name: 'none any more', before: 'kek-1', after: undefined },
  ])('wakes nobody where our own write leaves it with $name', ({ before, after }) => {
    waker.record(written(before, after));
    expect(queue.depth).toBe(0);
  });
});

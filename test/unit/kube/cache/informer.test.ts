import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ApiError } from '../../../../src/kube/errors/api-error.ts';
import { Informer } from '../../../../src/kube/cache/informer.ts';
import type { InformerOptions } from '../../../../src/kube/cache/informer.ts';
import type { ObjectChange } from '../../../../src/kube/cache/object-change.ts';
import { SECRETS } from '../../../../src/kube/objects/resource.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { FedClient, at } from '../../../support/fed-client.ts';
import type { FedObject, FedWatch } from '../../../support/fed-client.ts';
import { frozen } from '../../../support/frozen.ts';
import { RecordingLogger } from '../../../support/recording-logger.ts';

type Options = InformerOptions<FedObject, FedObject>;

const gone = new ApiError({ status: 410, reason: 'Expired', message: 'scripted' });
const refused = new ApiError({ status: 403, reason: 'Forbidden', message: 'scripted' });
const unknown = new ApiError({ status: 401, reason: 'Unauthorized', message: 'scripted' });

let clock: FakeClock;
let client: FedClient;
let logger: RecordingLogger;
let changes: ObjectChange<FedObject>[];
let stop: AbortController;
let running: Promise<void>;

function start(options: Partial<Options> = {}): Informer<FedObject, FedObject> {
  const informer = new Informer<FedObject, FedObject>({
    client,
    resource: SECRETS,
    transform: ({ metadata }) => frozen({ metadata }),
    onChange: (change) => changes.push(change),
    clock,
    random: () => 0,
    logger,
    ...options,
  });
  running = informer.run(stop.signal);
  return informer;
}

const summary = (): string[] =>
  changes.map(({ type, key, object }) => `${type} ${key}@${object.metadata.resourceVersion}`);
const watchOf = (namespace: string): FedWatch =>
  client.watches.findLast(({ options }) => options.namespace === namespace) as FedWatch;

beforeEach(() => {
  clock = new FakeClock();
  client = new FedClient();
  logger = new RecordingLogger();
  changes = [];
  stop = new AbortController();
});

afterEach(async () => {
  stop.abort();
  await running;
  expect(clock.sleeping).toBe(0);
});

describe('Informer', () => {
  test('marks the objects of the first list as initial and later ones not', async () => {
    const informer = start();
    client.current.send('ADDED', at('x/a', 1)).initialEventsEnd(1).send('ADDED', at('x/b', 2));
    await clock.advance(0);
    expect(changes).toMatchObject([
      { type: 'added', key: 'x/a', initial: true, ownWrite: false },
      { type: 'added', key: 'x/b', initial: false },
    ]);
    expect(informer.lister.size).toBe(2);
  });

  test('has synced once every namespace was listed and handlers have seen it', async () => {
    const seenWhenSynced: number[] = [];
    const informer = start({ namespaces: ['x', 'y', 'x'] });
    void informer.whenSynced(stop.signal).then(() => seenWhenSynced.push(changes.length));
    expect(client.watches).toHaveLength(2);
    watchOf('x').send('ADDED', at('x/a', 1)).initialEventsEnd(1);
    await clock.advance(0);
    expect(informer.hasSynced()).toBe(false);
    watchOf('y').send('ADDED', at('y/a', 2)).initialEventsEnd(2);
    await clock.advance(0);
    expect(informer.hasSynced()).toBe(true);
    expect(seenWhenSynced).toEqual([2]);
  });

  test('waits for no namespace that refuses, where told so, and shows what is there once it is granted', async () => {
    const informer = start({ namespaces: ['x', 'y'], skipsRefused: true });
    watchOf('x').send('ADDED', at('x/a', 1)).initialEventsEnd(1);
    watchOf('y').fail(refused);
    await clock.advance(0);
    expect(informer.hasSynced()).toBe(true);
    expect(['x', 'y', 'z'].map((name) => informer.hasListed(name))).toEqual([true, false, false]);
    await clock.advance(2_000);
    watchOf('y').send('ADDED', at('y/a', 2)).initialEventsEnd(2);
    await clock.advance(0);
    expect(changes).toMatchObject([
      { key: 'x/a', initial: true },
      { key: 'y/a', initial: true },
    ]);
    expect(informer.hasListed('y')).toBe(true);
  });

  test.each([
    { name: 'that refuses, unless told otherwise', error: () => refused, options: {} },
    { name: 'that does not know the account', error: () => unknown, options: { skipsRefused: true } },
  ])('waits for a namespace $name', async ({ error, options }) => {
    const informer = start({ namespaces: ['x', 'y'], ...options });
    watchOf('x').initialEventsEnd(1);
    watchOf('y').fail(error());
    await clock.advance(0);
    expect(informer.hasSynced()).toBe(false);
  });

  test('has synced at once when it watches no namespace', async () => {
    const informer = start({ namespaces: [] });
    await informer.whenSynced(stop.signal);
    expect(client.watches).toEqual([]);
  });

  test('gives up waiting for the sync with the reason of the signal', async () => {
    const informer = start();
    const impatient = new AbortController();
    const waiting = informer.whenSynced(impatient.signal);
    impatient.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });

  test('reports what vanished between two lists with its last known state, in that namespace alone', async () => {
    start({ namespaces: ['x', 'y'] });
    watchOf('x').send('ADDED', at('x/a', 1), at('x/b', 2)).initialEventsEnd(2);
    watchOf('y').send('ADDED', at('y/a', 3)).initialEventsEnd(3);
    await clock.advance(0);
    changes = [];
    watchOf('x').fail(gone);
    await clock.advance(0);
    watchOf('x').send('ADDED', at('x/a', 5)).initialEventsEnd(6);
    await clock.advance(0);
    expect(summary().toSorted()).toEqual(['deleted x/b@2', 'updated x/a@5']);
    expect(changes.every(({ initial }) => !initial)).toBe(true);
  });

  test('reports unchanged objects of a later list as resync', async () => {
    start();
    client.current.send('ADDED', at('x/a', 1)).initialEventsEnd(2).fail(gone);
    await clock.advance(0);
    client.current.send('ADDED', at('x/a', 1)).initialEventsEnd(9);
    await clock.advance(0);
    expect(summary()).toEqual(['added x/a@1', 'resync x/a@1']);
  });

  test.each([
    { name: 'an older version of an object', ownWrite: false, listed: 3, want: 1 },
    { name: 'the version it knows', ownWrite: false, listed: 5, want: 0 },
    { name: 'what was there before a write of its own', ownWrite: true, listed: 5, want: 0 },
  ])('tells of an older state when a list shows $name: $want times', async ({ ownWrite, listed, want }) => {
    let told = 0;
    const informer = start({ onOlderState: () => (told += 1) });
    client.current.send('ADDED', at('x/a', 5)).initialEventsEnd(6).fail(gone);
    await clock.advance(0);
    if (ownWrite) informer.observeOwnWrite(at('x/a', 7), '5');
    client.current.send('ADDED', at('x/a', listed)).initialEventsEnd(9);
    await clock.advance(0);
    expect(told).toBe(want);
  });

  test('passes its selection on', () => {
    start({ namespaces: ['x'], labelSelector: 'a=b', fieldSelector: 'type=Opaque', metadataOnly: true });
    expect(client.current.options).toMatchObject({
      namespace: 'x',
      labelSelector: 'a=b',
      fieldSelector: 'type=Opaque',
      metadataOnly: true,
    });
  });

  test('goes on when a handler throws, and keeps the text of the error out of the log', async () => {
    const informer = start({
      onChange: () => {
        throw new TypeError('hunter2');
      },
    });
    client.current.send('ADDED', at('x/a', 1)).initialEventsEnd(1).send('ADDED', at('x/b', 2));
    await clock.advance(0);
    expect(informer.lister.size).toBe(2);
    expect(informer.hasSynced()).toBe(true);
    expect(client.watches).toHaveLength(1);
    expect(logger.text).not.toContain('hunter2');
    expect(logger.lines).toMatchObject([
      { level: 'error', fields: { key: 'x/a', error: 'TypeError' } },
      { level: 'error', fields: { key: 'x/b' } },
    ]);
  });

  test.each([
    {
      name: 'throws',
      transform: (raw: FedObject): FedObject => {
        if (raw.metadata.name === 'bad') throw new SyntaxError('hunter2');
        return raw;
      },
    },
    {
      name: 'loses the version',
      transform: (raw: FedObject): FedObject =>
        raw.metadata.name === 'bad' ? { metadata: { name: 'bad', namespace: 'x' } } : raw,
    },
  ])('leaves out an object whose transform $name', async ({ transform }) => {
    const informer = start({ transform });
    client.current.send('ADDED', at('x/bad', 1), at('x/a', 2)).initialEventsEnd(2).send('MODIFIED', at('x/bad', 3));
    await clock.advance(0);
    expect(summary()).toEqual(['added x/a@2']);
    expect(informer.lister.get('x/bad')).toBeUndefined();
    expect(logger.text).not.toContain('hunter2');
    expect(logger.lines[0]).toMatchObject({ level: 'error', fields: { key: 'x/bad' } });
  });

  test('transforms each version of an object once, whoever brings it', async () => {
    const transformed: string[] = [];
    const informer = start({
      transform: ({ metadata }) => {
        transformed.push(`${metadata.uid}@${metadata.resourceVersion}`);
        return { metadata };
      },
    });
    client.current.send('ADDED', at('x/a', 1)).initialEventsEnd(2);
    await clock.advance(0);
    informer.observeOwnWrite(at('x/a', 3), '1');
    client.current.send('MODIFIED', at('x/a', 3)).fail(gone);
    await clock.advance(0);
    const heir = at('x/a', 3, { uid: 'heir' });
    client.current.send('ADDED', at('x/a', 3), heir).initialEventsEnd(9);
    await clock.advance(0);
    expect(transformed).toEqual(['uid-of-x/a@1', 'uid-of-x/a@3', 'heir@3']);
  });

  test('lets an object go that its transform cannot read any more', async () => {
    let isBroken = false;
    const informer = start({
      transform: (raw) => {
        if (isBroken) throw new SyntaxError('scripted');
        return raw;
      },
    });
    client.current.send('ADDED', at('x/a', 1)).initialEventsEnd(1);
    await clock.advance(0);
    isBroken = true;
    client.current.send('DELETED', at('x/a', 2));
    await clock.advance(0);
    expect(informer.lister.size).toBe(0);
    expect(summary()).toEqual(['added x/a@1', 'deleted x/a@1']);
  });

  test('caches an object that an index function cannot read', async () => {
    const informer = start({
      indexes: {
        owner: (object) => {
          if (object.metadata.name === 'bad') throw new TypeError('scripted');
          return [object.metadata.name];
        },
      },
    });
    client.current.send('ADDED', at('x/bad', 1), at('x/a', 2)).initialEventsEnd(2);
    await clock.advance(0);
    expect(informer.lister.size).toBe(2);
    expect(informer.lister.byIndex('owner', 'a')).toEqual([at('x/a', 2)]);
  });

  test('shows and marks our own writes', async () => {
    const informer = start();
    client.current.send('ADDED', at('x/a', 1)).initialEventsEnd(1);
    await clock.advance(0);
    changes = [];
    informer.observeOwnWrite(at('x/a', 2), '1');
    expect(informer.lister.get('x/a')).toEqual(at('x/a', 2));
    expect(changes).toEqual([]);
    client.current.send('MODIFIED', at('x/a', 2), at('x/a', 3)).send('DELETED', at('x/a', 4));
    await clock.advance(0);
    expect(changes).toMatchObject([
      { type: 'updated', ownWrite: true },
      { type: 'updated', ownWrite: false },
      { type: 'deleted', ownWrite: false },
    ]);
  });

  test('knows our write and our delete although their events outrun the answers', async () => {
    const informer = start();
    client.current.send('ADDED', at('x/a', 1)).initialEventsEnd(1);
    await clock.advance(0);
    changes = [];
    await informer.trackWrite('x/a', '1', async () => {
      client.current.send('MODIFIED', at('x/a', 2)).send('ADDED', at('x/b', 3));
      await clock.advance(0);
      return at('x/a', 2);
    });
    await informer.trackDelete('x/a', '2', async () => {
      client.current.send('DELETED', at('x/a', 4));
      await clock.advance(0);
    });
    expect(summary()).toEqual(['added x/b@3', 'updated x/a@2', 'deleted x/a@4']);
    expect(changes.map(({ ownWrite }) => ownWrite)).toEqual([false, true, true]);
  });

  test('reports what came meanwhile when our write fails', async () => {
    const informer = start();
    client.current.initialEventsEnd(1);
    await clock.advance(0);
    const write = informer.trackWrite('x/a', undefined, async () => {
      client.current.send('ADDED', at('x/a', 2));
      await clock.advance(0);
      throw gone;
    });
    await expect(write).rejects.toBe(gone);
    expect(changes).toMatchObject([{ type: 'added', key: 'x/a', ownWrite: false }]);
  });

  test('ignores our own writes to namespaces it does not watch', async () => {
    const informer = start({ namespaces: ['x'] });
    informer.observeOwnWrite(at('y/a', 2), undefined);
    expect(informer.lister.size).toBe(0);
  });

  test('takes back an own write that a bookmark disproves', async () => {
    const informer = start();
    client.current.send('ADDED', at('x/a', 1)).initialEventsEnd(1);
    await clock.advance(0);
    informer.observeOwnWrite(at('x/b', 2), undefined);
    await clock.advance(10_000);
    client.current.bookmark(3);
    await clock.advance(0);
    expect(informer.lister.get('x/b')).toBeUndefined();
    expect(summary()).toEqual(['added x/a@1', 'deleted x/b@2']);
  });

  test('tells the activity of the namespace that is furthest behind', async () => {
    const informer = start({ namespaces: ['x', 'y'] });
    watchOf('x').initialEventsEnd(1);
    watchOf('y').initialEventsEnd(1);
    await clock.advance(1_000);
    watchOf('x').bookmark(2);
    await clock.advance(0);
    expect(informer.lastActivityMs()).toBe(0);
    watchOf('y').bookmark(2);
    await clock.advance(0);
    expect(informer.lastActivityMs()).toBe(1_000);
  });
});

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ForeignSecretWatch } from '../../../../src/controllers/secrets/foreign-secret-watch.ts';
import type { ForeignPlace } from '../../../../src/controllers/secrets/watch-shares.ts';
import { eventually } from '../../../support/harness/eventually.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { at, FedClient } from '../../../support/fed-client.ts';
import { RecordingLogger } from '../../../support/recording-logger.ts';

let client: FedClient;
let clock: FakeClock;
let news: string[];
/** Whom the last news concerns. */
let concerned: readonly string[];
let foreign: ForeignSecretWatch;

beforeEach(() => {
  client = new FedClient();
  clock = new FakeClock();
  news = [];
  concerned = [];
  const onChange = (place: string, keys: readonly string[]): void => {
    news.push(place);
    concerned = keys;
  };
  foreign = new ForeignSecretWatch({ client, clock, random: () => 0, logger: new RecordingLogger(), onChange });
});

afterEach(() => foreign.stop());

/** `count` places of a project, in namespaces of its own. */
function placesOf(project: string, count: number): readonly ForeignPlace[] {
  return Array.from({ length: count }, (_, index) => ({ project, place: `${project}-${index}/taken` }));
}

/** Namespaces of the places that are watched now. */
function watched(): readonly string[] {
  return client.watches
    .filter(({ options }) => options.signal?.aborted !== true)
    .map(({ options }) => options.namespace ?? '')
    .toSorted();
}

async function expectWatched(count: number): Promise<void> {
  await eventually(() => expect(watched()).toHaveLength(count));
}

describe('ForeignSecretWatch', () => {
  test('follows a Secret by its name, as metadata, and tells of its changes', async () => {
    foreign.follow('ns/key', [{ project: 'team', place: 'eu/taken' }]);
    await expectWatched(1);
    expect(client.current.options).toMatchObject({
      namespace: 'eu',
      fieldSelector: 'metadata.name=taken',
      metadataOnly: true,
    });
    client.current.initialEventsEnd(5);
    await eventually(() => expect(news).toEqual(['eu/taken']));
    client.current.send('MODIFIED', at('eu/taken', 6));
    await eventually(() => expect(news).toEqual(['eu/taken', 'eu/taken']));
  });

  test('tells of a place once as soon as it is watched: it may have changed since the last look', async () => {
    foreign.follow('ns/key', [{ project: 'team', place: 'eu/taken' }]);
    await expectWatched(1);
    client.current.send('ADDED', at('eu/taken', 5)).initialEventsEnd(5);
    await eventually(() => expect(news).toEqual(['eu/taken']));
  });

  test('tells of every change whose way the Secret is in', async () => {
    foreign.follow('ns/one', [{ project: 'team', place: 'eu/taken' }]);
    foreign.follow('ns/other', [{ project: 'team', place: 'us/taken' }]);
    await expectWatched(2);
    const [eu] = client.watches.filter(({ options }) => options.namespace === 'eu');
    eu?.initialEventsEnd(5);
    await eventually(() => expect(concerned).toEqual(['ns/one']));
    foreign.follow('ns/other', [{ project: 'team', place: 'eu/taken' }]);
    eu?.send('MODIFIED', at('eu/taken', 6));
    await eventually(() => expect(concerned).toEqual(['ns/one', 'ns/other']));
  });

  test('gives one project 8 watches, whether one key or many ask for them', async () => {
    foreign.follow('ns/greedy', placesOf('team', 100));
    await expectWatched(8);
    foreign.follow('ns/second', placesOf('team', 50).slice(20));
    await expectWatched(8);
  });

  test('lets the keys of a project take turns', async () => {
    foreign.follow('ns/greedy', placesOf('team', 100));
    foreign.follow('ns/modest', [{ project: 'team', place: 'modest/taken' }]);
    await eventually(() => expect(watched()).toContain('modest'));
    await expectWatched(8);
  });

  test('lets projects take turns, so that a late one with one place is followed though all watches were taken', async () => {
    for (let project = 0; project < 20; project += 1) foreign.follow(`ns/key-${project}`, placesOf(`p${project}`, 8));
    await expectWatched(64);
    foreign.follow('ns/late', [{ project: 'late', place: 'late/taken' }]);
    await eventually(() => expect(watched()).toContain('late'));
    await expectWatched(64);
    for (let project = 0; project < 20; project += 1) expect(watched()).toContain(`p${project}-0`);
  });

  test('hands a watch that becomes free to a place that waits', async () => {
    const places = placesOf('team', 9);
    foreign.follow('ns/key', places);
    await expectWatched(8);
    expect(watched()).not.toContain('team-8');
    foreign.follow('ns/key', places.slice(1));
    await eventually(() => expect(watched()).toContain('team-8'));
    expect(watched()).not.toContain('team-0');
    await expectWatched(8);
  });

  test('ends a watch that no key wants any more and keeps one that another key wants', async () => {
    const [shared, own] = placesOf('team', 2) as [ForeignPlace, ForeignPlace];
    foreign.follow('ns/one', [shared, own]);
    foreign.follow('ns/other', [shared]);
    await expectWatched(2);
    foreign.follow('ns/one', []);
    expect(watched()).toEqual(['team-0']);
    foreign.follow('ns/other', []);
    expect(watched()).toEqual([]);
  });

  test('starts nothing anew while the same places stand in the way', async () => {
    for (let look = 0; look < 5; look += 1) foreign.follow('ns/key', placesOf('team', 3));
    await expectWatched(3);
    expect(client.watches).toHaveLength(3);
  });

  test('stops all', async () => {
    foreign.follow('ns/key', placesOf('team', 3));
    await expectWatched(3);
    foreign.stop();
    expect(watched()).toEqual([]);
  });
});

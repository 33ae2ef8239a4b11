import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { KubeClient, WatchOptions } from '../../../src/kube/client/client.ts';
import { Informer } from '../../../src/kube/cache/informer.ts';
import type { InformerOptions } from '../../../src/kube/cache/informer.ts';
import type { ObjectChange } from '../../../src/kube/cache/object-change.ts';
import type { ObjectMeta, Secret } from '../../../src/kube/objects/objects.ts';
import { SECRETS } from '../../../src/kube/objects/resource.ts';
import { systemClock } from '../../../src/system-clock.ts';
import { frozen } from '../../support/frozen.ts';
import { adminClient, adminConfig, clientFor, createNamespace } from '../../support/harness.ts';
import { eventually } from '../../support/harness/eventually.ts';
import { RecordingLogger } from '../../support/recording-logger.ts';
import { TcpProxy } from '../../support/tcp-proxy.ts';

interface CachedSecret {
  readonly metadata: ObjectMeta;
  /** Names only: the cache of a Secret holds no bytes. */
  readonly dataKeys: readonly string[];
}

type Options = Partial<InformerOptions<Secret, CachedSecret>> & { readonly namespaces?: readonly string[] };

let admin: KubeClient;
let namespace: string;
let changes: ObjectChange<CachedSecret>[];
let logger: RecordingLogger;
let stop: AbortController;
let running: Promise<void>[];

const secret = (name: string, more: Partial<Secret> = {}, inNamespace = namespace): Secret => ({
  apiVersion: 'v1',
  kind: 'Secret',
  ...more,
  metadata: { name, namespace: inNamespace, ...more.metadata },
});
const create = (name: string, more?: Partial<Secret>, inNamespace?: string): Promise<Secret> =>
  admin.create(SECRETS, secret(name, more, inNamespace));
async function remove({ metadata }: Secret): Promise<void> {
  const { namespace: inNamespace = '', name, uid = '', resourceVersion = '' } = metadata;
  await admin.delete(SECRETS, { namespace: inNamespace, name }, { uid, resourceVersion });
}

async function start(options: Options = {}): Promise<Informer<Secret, CachedSecret>> {
  const informer = new Informer<Secret, CachedSecret>({
    client: admin,
    resource: SECRETS,
    namespaces: [namespace],
    transform: ({ metadata, data = {} }) => frozen({ metadata, dataKeys: Object.keys(data) }),
    onChange: (change) => changes.push(change),
    clock: systemClock,
    random: Math.random,
    logger,
    ...options,
  });
  running.push(informer.run(stop.signal));
  await informer.whenSynced(AbortSignal.timeout(10_000));
  return informer;
}

const summary = (): string[] => changes.map(({ type, object }) => `${type} ${object.metadata.name}`);
const names = (informer: Informer<Secret, CachedSecret>): string[] =>
  informer.lister
    .list()
    .map(({ metadata }) => metadata.name)
    .toSorted();

/** A client whose way to the API server a test can break. */
async function proxied(): Promise<{ readonly proxy: TcpProxy; readonly client: KubeClient }> {
  const config = await adminConfig();
  const { hostname, port } = new URL(config.server);
  const proxy = await TcpProxy.start({ host: hostname, port: Number(port) });
  const client = clientFor({ ...config, server: `https://127.0.0.1:${proxy.port}` });
  return { proxy, client };
}

beforeEach(async () => {
  admin = await adminClient();
  namespace = await createNamespace();
  changes = [];
  logger = new RecordingLogger();
  stop = new AbortController();
  running = [];
});

afterEach(async () => {
  stop.abort();
  await Promise.all(running);
});

describe('Informer on a real API server', () => {
  test('lists what exists and reports what changes', async () => {
    const first = await create('first', { data: { token: 'aHVudGVyMg==' } });
    const informer = await start();
    expect(changes).toMatchObject([{ type: 'added', initial: true, object: { dataKeys: ['token'] } }]);

    await admin.update(SECRETS, { ...first, data: { renamed: 'aHVudGVyMg==' } });
    const second = await create('second');
    await remove(second);
    await eventually(() => {
      expect(summary()).toEqual(['added first', 'updated first', 'added second', 'deleted second']);
    });
    expect(informer.lister.get(`${namespace}/first`)?.dataKeys).toEqual(['renamed']);
    expect(logger.lines).toEqual([]);
  });

  test('streams its first state instead of listing it', async () => {
    await create('first');
    const lists: unknown[] = [];
    const client: KubeClient = {
      ...admin,
      list: (resource, options) => {
        lists.push(options);
        return admin.list(resource, options);
      },
    };
    const informer = await start({ client });
    expect(names(informer)).toEqual(['first']);
    expect(lists).toEqual([]);
  });

  test('sees an object come and go as its labels match', async () => {
    const matching = { metadata: { name: 'matching', labels: { managed: 'true' } } };
    const created = await create('matching', matching);
    await create('other');
    const informer = await start({ labelSelector: 'managed=true' });
    expect(names(informer)).toEqual(['matching']);

    await admin.update(SECRETS, { ...created, metadata: { ...created.metadata, labels: {} } });
    await eventually(() => expect(summary()).toEqual(['added matching', 'deleted matching']));
  });

  test('watches several namespaces and no other', async () => {
    const [other, foreign] = await Promise.all([createNamespace(), createNamespace()]);
    await create('here');
    const informer = await start({ namespaces: [namespace, other] });
    await create('foreign', {}, foreign);
    await create('there', {}, other);
    await eventually(() => expect(names(informer)).toEqual(['here', 'there']));
  });

  test('asks for metadata only', async () => {
    await create('first', { data: { token: 'aHVudGVyMg==' } });
    const raws: Secret[] = [];
    const transform = (raw: Secret): CachedSecret => {
      raws.push(raw);
      return { metadata: raw.metadata, dataKeys: [] };
    };
    const informer = await start({ metadataOnly: true, transform });
    expect(raws.every((raw) => raw.data === undefined && raw.metadata.resourceVersion !== undefined)).toBe(true);
    expect(names(informer)).toEqual(['first']);
  });

  test('shows our writes at once and marks every one of their events', async () => {
    const informer = await start();
    const names = Array.from({ length: 40 }, (_, index) => `ours-${index}`);
    await Promise.all(
      names.map(async (name) => {
        const key = `${namespace}/${name}`;
        const created = await informer.trackWrite(key, undefined, () => create(name));
        const { resourceVersion } = created.metadata;
        const update = (): Promise<Secret> => admin.update(SECRETS, { ...created, data: { token: '' } });
        const updated = await informer.trackWrite(key, resourceVersion, update);
        expect(informer.lister.get(key)?.metadata.resourceVersion).toBe(updated.metadata.resourceVersion);
        await informer.trackDelete(key, updated.metadata.resourceVersion ?? '', () => remove(updated));
        expect(informer.lister.get(key)).toBeUndefined();
      }),
    );
    await create('theirs');
    await eventually(() => expect(summary()).toContain('added theirs'));
    expect(informer.lister.size).toBe(1);
    const ours = changes.filter(({ object }) => object.metadata.name !== 'theirs');
    // An object that came and went before its first event arrived was never reported.
    const last = new Map(ours.map(({ key, type }) => [key, type]));
    expect(new Set(last.values())).toEqual(new Set(['deleted']));
    expect(ours.every(({ ownWrite }) => ownWrite)).toBe(true);
  });
});

describe('Informer behind a broken network', () => {
  test('misses nothing when its connection is cut', async () => {
    const doomed = await create('doomed');
    const { proxy, client } = await proxied();
    await using _ = proxy;
    const watches: WatchOptions[] = [];
    const counted: KubeClient = {
      ...client,
      watch: (resource, options) => {
        watches.push(options);
        return client.watch(resource, options);
      },
    };
    await start({ client: counted });
    proxy.stall();
    await remove(doomed);
    await create('later');
    proxy.cut();
    proxy.resume();
    await eventually(() => expect(summary()).toEqual(['added doomed', 'deleted doomed', 'added later']));
    expect(watches.filter(({ sendInitialEvents }) => sendInitialEvents === true)).toHaveLength(1);
  });

  test('notices a connection that is silent and reconnects', async () => {
    const { proxy, client } = await proxied();
    await using _ = proxy;
    await start({ client, bookmarkPeriodMs: 500 });
    proxy.stall();
    await create('meanwhile');
    await eventually(() => expect(logger.lines).toMatchObject([{ fields: { error: 'WatchStalledError' } }]));
    proxy.resume();
    await eventually(() => expect(summary()).toEqual(['added meanwhile']));
  });
});

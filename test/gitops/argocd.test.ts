/** The repositories of examples/gitops, synced by a real Argo CD with the health checks we ship. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { API_KEYS } from '../../src/api/resources.ts';
import { OWNER_ANNOTATION } from '../../src/api/labels.ts';
import { applyObject, type Manifest } from '../support/harness/apply-manifests.ts';
import { recordWatch } from '../support/harness/watch-recorder.ts';
import {
  ApplicationView,
  APPLICATIONS,
  type ApplicationStatus as Status,
  type Health,
} from '../support/gitops/application.ts';
import { ArgoCd } from '../support/gitops/argo-cd.ts';
import { ARGO_CD_NAMESPACE } from '../support/gitops/argo-cd-objects.ts';
import {
  CHANGING_PROJECT,
  REFUSED_BY_API_SERVER,
  REFUSED_BY_POLICY,
  UNREADABLE,
  type BadCommit,
} from '../support/gitops/bad-commits.ts';
import { versionsOf, whenSettled } from '../support/gitops/settled.ts';
import { AUTHORS, Team } from '../support/gitops/team.ts';
import { KeyWorld } from '../support/key-world.ts';
import { resynced } from '../support/resynced.ts';

const CHECKOUT = { namespace: AUTHORS, name: 'checkout' };

const started = new AsyncDisposableStack();
let world: KeyWorld;
let team: Team;
let projects: ApplicationView;
let application: ApplicationView;

beforeAll(async () => {
  world = started.use(await KeyWorld.start());
  team = started.use(await Team.create(world));
  const argoCd = started.use(await ArgoCd.start(world.cluster.connection));
  for (const file of ['projects', 'keys'])
    for (const object of await team.manifests(`argocd/${file}.yaml`))
      await applyObject(world.cluster.connection, retryingSoon(object));
  const view = (name: string): ApplicationView => new ApplicationView(world.client, name, () => argoCd.lastLines());
  projects = view('key-projects');
  application = view('payments-keys');
  await whenSynced(await team.projects.head(), { of: projects });
  await whenSynced(await team.repository.head());
}, 180_000);
afterAll(() => started.disposeAsync());

/** A sync that failed is tried again after a second, and not after five. */
function retryingSoon(object: Manifest): Manifest {
  if (object.kind !== 'Application') return object;
  const spec = object['spec'] as { readonly syncPolicy: { readonly retry: object } };
  const retry = { ...spec.syncPolicy.retry, backoff: { duration: '1s', factor: 1 } };
  return { ...object, spec: { ...spec, syncPolicy: { ...spec.syncPolicy, retry } } };
}

/** Resolves when the cluster is what a commit says, of the health given, and nothing is tried again any more. */
async function whenSynced(commit: string, { health = 'Healthy', of = application } = {}): Promise<Status> {
  await of.refresh();
  return await of.until((status) =>
    expect(status).toMatchObject({
      sync: { status: 'Synced', revision: commit },
      health: { status: health },
      operationState: { phase: 'Succeeded' },
    }),
  );
}

function healthOf({ resources = [] }: Status, name: string): Health | undefined {
  return resources.find((resource) => resource.name === name)?.health;
}

/** What Argo CD says of each kind of bad commit. */
const COMPLAINTS: readonly (BadCommit & { readonly complaint: (status: Status) => void })[] = [
  {
    ...REFUSED_BY_POLICY,
    complaint: (status) => {
      expect(status.health.status).toBe('Degraded');
      expect(healthOf(status, 'checkout')?.status).toBe('Degraded');
      expect(healthOf(status, 'checkout')?.message).toContain('PolicyViolation: ');
    },
  },
  {
    ...REFUSED_BY_API_SERVER,
    complaint: ({ sync, operationState }) => {
      expect(sync.status).toBe('OutOfSync');
      expect(JSON.stringify(operationState)).toContain('Unsupported value');
    },
  },
  {
    ...CHANGING_PROJECT,
    complaint: ({ operationState }) =>
      expect(JSON.stringify(operationState)).toContain(
        'keywright.dev:KeyProject is not permitted in project payments-keys',
      ),
  },
  {
    ...UNREADABLE,
    complaint: ({ conditions = [] }) => expect(conditions.map(({ type }) => type)).toContain('ComparisonError'),
  },
];

describe('an Argo CD', () => {
  test('tracks projects and keys, and no Secret', async () => {
    const { resources = [] } = await whenSynced(await team.repository.head());
    const judged = resources.map(({ kind, name, health }) => `${kind}/${name} ${health?.status} ${health?.message}`);
    expect(judged.toSorted()).toEqual([
      'ApiKey/checkout Healthy Delivered: Delivered to 2 of 2 namespaces',
      'CryptoKey/data-encryption Healthy Delivered: Delivered to 2 of 2 namespaces',
    ]);
    expect((await projects.refresh()).resources).toMatchObject([
      { kind: 'KeyProject', name: 'payments', health: { message: 'Mapped: Every namespace is there' } },
    ]);
    const key = await world.key(`${AUTHORS}/checkout`);
    expect(key.metadata.labels).toHaveProperty(['app.kubernetes.io/instance']);
    expect(key.metadata.annotations).toHaveProperty(['argocd.argoproj.io/tracking-id']);
    const secrets = await team.secrets();
    expect(secrets).toHaveLength(4);
    for (const { metadata } of secrets) {
      const marks = Object.keys({ ...metadata.labels, ...metadata.annotations });
      expect(marks.filter((mark) => !mark.startsWith('keywright.dev/'))).toEqual([]);
    }
  });

  test('goes Healthy when every key is delivered, not before', async () => {
    await world.whileStopped(async () => {
      const waiting = await whenSynced(await team.addKey('late'), { health: 'Progressing' });
      expect(healthOf(waiting, 'late')?.status).toBe('Progressing');
      expect(healthOf(waiting, 'checkout')?.status).toBe('Healthy');
    });
    await whenSynced(await team.repository.head());
    expect(Object.keys((await team.issued()).secrets)).toContain('payments-prod-eu/late-token');
    await whenSynced(await team.repository.revert());
  });

  test.each(COMPLAINTS)('says why of a commit $which, whose revert loses nothing', async ({ complaint, ...bad }) => {
    const before = await team.issued();
    await team.replace(bad.path, bad.from, bad.to);
    await application.refresh();
    await application.until(complaint);
    expect(await team.issued()).toEqual(before);
    await whenSynced(await team.repository.revert());
    expect(await team.issued()).toEqual(before);
  });

  test('puts a hand-edited key right, and nothing is minted', async () => {
    const before = await team.issued();
    // Not Delivered as it stands, so that what is Delivered later has been put right.
    const edited = { displayName: 'Mine', scopes: ['admin.all'] };
    await world.edit(API_KEYS, CHECKOUT, (key) => ({ ...key, spec: { ...key.spec, ...edited } }));
    const key = await world.whenKey(`${AUTHORS}/checkout`, { reason: 'Delivered' });
    expect(key.spec).toMatchObject({ displayName: 'Checkout service', scopes: ['charges.read'] });
    expect(await team.issued()).toEqual(before);
  });

  test('leaves alone what Git does not name, so that a key can be suspended by hand', async () => {
    const suspend = (suspended?: boolean): Promise<unknown> =>
      world.client.patch(API_KEYS, CHECKOUT, { spec: { suspended: suspended ?? null } });
    await suspend(true);
    await world.whenKey(`${AUTHORS}/checkout`, { reason: 'Suspended' });
    const { spec } = await world.key(`${AUTHORS}/checkout`);
    await whenSynced(await team.repository.head());
    expect((await world.key(`${AUTHORS}/checkout`)).spec).toEqual(spec);
    await suspend();
    await world.whenKey(`${AUTHORS}/checkout`, { reason: 'Delivered' });
  });

  test('prunes a key with its Secrets, and gives back the same key when it is applied again', async () => {
    const before = await team.issued();
    await whenSynced(await team.removeCheckout());
    await world.gone(API_KEYS, CHECKOUT);
    expect(Object.keys((await team.issued()).secrets)).not.toContain('payments-prod-eu/checkout-token');
    await whenSynced(await team.repository.revert());
    expect(await team.issued()).toEqual(before);
  });

  test('renames a key that keeps the names of its Secrets, and the old one comes back with a revert', async () => {
    const before = await team.issued();
    await whenSynced(await team.replace('base/checkout.yaml', 'name: checkout\n', 'name: till\n'));
    await world.gone(API_KEYS, CHECKOUT);
    const secret = await world.secret('payments-prod-eu', 'checkout-token');
    expect(secret.metadata.annotations).toMatchObject({ [OWNER_ANNOTATION]: `ApiKey/${AUTHORS}/till` });
    await whenSynced(await team.repository.revert());
    await world.gone(API_KEYS, { namespace: AUTHORS, name: 'till' });
    expect(await team.issued()).toMatchObject(before);
  });

  test('finds nothing to do in 20 resyncs, and nothing is written', async () => {
    await whenSettled(world.client);
    const versions = await versionsOf(world.client);
    await using seen = await recordWatch(world.client, APPLICATIONS, { namespace: ARGO_CD_NAMESPACE });
    for (let resyncs = 0; resyncs < 20; resyncs++) {
      const { sync, health } = await application.refresh();
      expect([sync.status, health.status]).toEqual(['Synced', 'Healthy']);
    }
    await resynced(world.operator);
    // It looks whenever it wants, so also what it said between the resyncs counts.
    const statuses = seen.events.map(({ object }) => object.status?.sync.status);
    expect(new Set(statuses)).toEqual(new Set(['Synced']));
    expect(await versionsOf(world.client)).toEqual(versions);
  });
});

/** The repositories of examples/gitops, applied by a real kustomize-controller of Flux that waits for health. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OWNER_ANNOTATION } from '../../src/api/labels.ts';
import { API_KEYS } from '../../src/api/resources.ts';
import { revisionOf } from '../support/gitops/artifact-server.ts';
import {
  CHANGING_PROJECT,
  REFUSED_BY_API_SERVER,
  REFUSED_BY_POLICY,
  UNREADABLE,
  type BadCommit,
} from '../support/gitops/bad-commits.ts';
import { Flux } from '../support/gitops/flux.ts';
import { KustomizationView, type KustomizationStatus as Status } from '../support/gitops/flux-kustomization.ts';
import { Kubectl } from '../support/gitops/kubectl.ts';
import { versionsOf, whenSettled } from '../support/gitops/settled.ts';
import { AUTHORS, Team } from '../support/gitops/team.ts';
import { applyObject, type Manifest } from '../support/harness/apply-manifests.ts';
import { conditionOf, KeyWorld } from '../support/key-world.ts';
import { resynced } from '../support/resynced.ts';

const CHECKOUT = { namespace: AUTHORS, name: 'checkout' };

const started = new AsyncDisposableStack();
let world: KeyWorld;
let team: Team;
let flux: Flux;
let source: Manifest;
let kustomization: KustomizationView;

beforeAll(async () => {
  world = started.use(await KeyWorld.start());
  team = started.use(await Team.create(world));
  flux = started.use(await Flux.start(world.cluster.connection));
  // They may come in any order: that of the keys waits for the other.
  source = await applyExample('flux/keys.yaml');
  kustomization = viewOf('payments-keys');
  await flux.publish(source, team.repository);
  await kustomization.until((status) =>
    expect(readyOf(status)).toMatchObject({ status: 'False', reason: 'DependencyNotReady' }),
  );
  await flux.publish(await applyExample('flux/projects.yaml'), team.projects);
  await viewOf('key-projects').until(({ inventory, ...status }) => {
    expect(inventory?.entries.map(({ id }) => id)).toEqual(['_payments_keywright.dev_KeyProject']);
    expect(readyOf(status)?.status).toBe('True');
  });
  await whenApplied(await team.repository.head());
}, 180_000);
afterAll(() => started.disposeAsync());

function viewOf(name: string): KustomizationView {
  return new KustomizationView(world.client, name, () => flux.lastLines());
}

/** Applies all but the source, which a test publishes. @returns the source. */
async function applyExample(path: string): Promise<Manifest> {
  const [repository = expect.fail('There is no example'), ...others] = await team.manifests(path);
  for (const object of others) await applyObject(world.cluster.connection, object);
  return repository;
}

/** Publishes the last commit and resolves when it is applied and all of it is healthy. */
async function whenApplied(commit: string): Promise<void> {
  await flux.publish(source, team.repository);
  await kustomization.until((status) => {
    expect(status.lastAppliedRevision).toBe(revisionOf(commit));
    expect(readyOf(status)?.status).toBe('True');
  });
}

/**
 * The same where keys hand over the name of a Secret: the one that waits needs an edit for all that is known, so Flux
 * fails at once and tries again later, which is not waited for here.
 */
async function whenHandedOver(name: string, commit: string): Promise<void> {
  await flux.publish(source, team.repository);
  await world.whenReady(`${AUTHORS}/${name}`, { timeoutMs: 60_000 });
  const status = await kustomization.reconcile();
  expect(status.lastAppliedRevision).toBe(revisionOf(commit));
  expect(readyOf(status)?.status).toBe('True');
}

/** As people do by hand: Flux knows the changes of kubectl from those of other programs. */
async function patchCheckout(spec: object): Promise<void> {
  await using kubectl = await Kubectl.of(world.cluster.connection);
  const patch = `--patch=${JSON.stringify({ spec })}`;
  await kubectl.run(['patch', 'apikey', 'checkout', `--namespace=${AUTHORS}`, '--type=merge', patch]);
}

function readyOf(status: Status): ReturnType<typeof conditionOf> {
  return conditionOf({ status });
}

/** What Flux says of each kind of bad commit. */
const COMPLAINTS: readonly (BadCommit & { readonly reason: string; readonly message: string })[] = [
  { ...REFUSED_BY_POLICY, reason: 'HealthCheckFailed', message: `ApiKey/${AUTHORS}/checkout status: 'Failed'` },
  { ...REFUSED_BY_API_SERVER, reason: 'ReconciliationFailed', message: 'Unsupported value: "Secrets"' },
  {
    ...CHANGING_PROJECT,
    reason: 'ReconciliationFailed',
    message: 'User "system:serviceaccount:flux-system:payments-keys" cannot patch resource "keyprojects"',
  },
  { ...UNREADABLE, reason: 'BuildFailed', message: 'checkout.yaml' },
];

describe('a Kustomization of Flux', () => {
  test('owns keys, and no Secret', async () => {
    const { inventory } = await kustomization.reconcile();
    expect(inventory?.entries.map(({ id }) => id).toSorted()).toEqual([
      'payments-config_checkout_keywright.dev_ApiKey',
      'payments-config_data-encryption_keywright.dev_CryptoKey',
    ]);
    const key = await world.key(`${AUTHORS}/checkout`);
    expect(key.metadata.labels).toHaveProperty(['kustomize.toolkit.fluxcd.io/name']);
    const secrets = await team.secrets();
    expect(secrets).toHaveLength(4);
    for (const { metadata } of secrets) {
      const marks = Object.keys({ ...metadata.labels, ...metadata.annotations });
      expect(marks.filter((mark) => !mark.startsWith('keywright.dev/'))).toEqual([]);
    }
  });

  test('goes Ready when every key is delivered, not before', async () => {
    await world.whileStopped(async () => {
      const commit = await team.addKey('late');
      await flux.publish(source, team.repository);
      await kustomization.until((status) => {
        expect(readyOf(status)?.status).toBe('Unknown');
        const phase = `Running health checks for revision ${revisionOf(commit)}`;
        expect(conditionOf({ status }, 'Reconciling')?.message).toContain(phase);
      });
    });
    await whenApplied(await team.repository.head());
    expect(Object.keys((await team.issued()).secrets)).toContain('payments-prod-eu/late-token');
    await whenApplied(await team.repository.revert());
    await world.gone(API_KEYS, { namespace: AUTHORS, name: 'late' });
  });

  test.each(COMPLAINTS)(
    'fails for a commit $which, whose revert loses nothing',
    async ({ reason, message, ...bad }) => {
      const before = await team.issued();
      await team.replace(bad.path, bad.from, bad.to);
      await flux.publish(source, team.repository);
      await kustomization.until((status) => {
        expect(readyOf(status)).toMatchObject({ status: 'False', reason });
        expect(readyOf(status)?.message).toContain(message);
      });
      expect(await team.issued()).toEqual(before);
      await whenApplied(await team.repository.revert());
      expect(await team.issued()).toEqual(before);
    },
  );

  test('puts a key right that was edited with kubectl, and nothing is minted', async () => {
    const before = await team.issued();
    // Not Delivered as it stands, so that what is Delivered later has been put right.
    await patchCheckout({ displayName: 'Mine', scopes: ['admin.all'] });
    await world.whenKey(`${AUTHORS}/checkout`, { reason: 'PolicyViolation' });
    await kustomization.reconcile();
    const { spec } = await world.whenKey(`${AUTHORS}/checkout`, { reason: 'Delivered' });
    expect(spec).toMatchObject({ displayName: 'Checkout service', scopes: ['charges.read'] });
    expect(await team.issued()).toEqual(before);
  });

  test('takes back a field that Git does not name, when kubectl has set it', async () => {
    await patchCheckout({ suspended: true });
    await world.whenKey(`${AUTHORS}/checkout`, { reason: 'Suspended' });
    await kustomization.reconcile();
    const { spec } = await world.whenKey(`${AUTHORS}/checkout`, { reason: 'Delivered' });
    expect(spec).not.toHaveProperty('suspended');
  });

  test('prunes a key with its Secrets, and gives back the same key when it is applied again', async () => {
    const before = await team.issued();
    await whenApplied(await team.removeCheckout());
    await world.gone(API_KEYS, CHECKOUT);
    expect(Object.keys((await team.issued()).secrets)).not.toContain('payments-prod-eu/checkout-token');
    await whenApplied(await team.repository.revert());
    expect(await team.issued()).toEqual(before);
  });

  test('renames a key that keeps the names of its Secrets, and the old one comes back with a revert', async () => {
    const before = await team.issued();
    await whenHandedOver('till', await team.replace('base/checkout.yaml', 'name: checkout\n', 'name: till\n'));
    await world.gone(API_KEYS, CHECKOUT);
    const secret = await world.secret('payments-prod-eu', 'checkout-token');
    expect(secret.metadata.annotations).toMatchObject({ [OWNER_ANNOTATION]: `ApiKey/${AUTHORS}/till` });
    await whenHandedOver('checkout', await team.repository.revert());
    await world.gone(API_KEYS, { namespace: AUTHORS, name: 'till' });
    expect(await team.issued()).toMatchObject(before);
  });

  test('is Ready after each of 20 reconciliations, and nothing is written', async () => {
    await whenSettled(world.client);
    const versions = await versionsOf(world.client);
    for (let rounds = 0; rounds < 20; rounds++) {
      expect(readyOf(await kustomization.reconcile())?.status).toBe('True');
    }
    await resynced(world.operator);
    expect(await versionsOf(world.client)).toEqual(versions);
  });
});

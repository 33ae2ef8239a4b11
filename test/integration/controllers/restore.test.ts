/** A backup that is restored into other clusters, in any order and in parts; the servers it came from are gone. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { API_KEYS, CRYPTO_KEYS, KEY_PROJECTS } from '../../../src/api/resources.ts';
import { INSTALLATION_SECRET } from '../../../src/installation/installation-secret.ts';
import type { Secret } from '../../../src/kube/objects/objects.ts';
import { SECRETS } from '../../../src/kube/objects/resource.ts';
import { ofProject, restore, restoreStatus, takeBackup, type Backup } from '../../support/backup.ts';
import type { CryptoKeyBuilder } from '../../support/builders.ts';
import { consistently, eventually } from '../../support/harness/eventually.ts';
import { IssuedCryptoKey } from '../../support/issued-crypto-key.ts';
import { IssuedKey } from '../../support/issued-key.ts';
import { KeyWorld, textOf, type Tenant } from '../../support/key-world.ts';
import { OPERATOR_NAMESPACE } from '../../support/operator.ts';
import { sumOf } from '../../support/prometheus-text.ts';
import { WarpedClock } from '../../support/warped-clock.ts';
import {
  dataOf,
  delivered,
  KeysOfAllShapes,
  lastVersions,
  named,
  SOURCE,
  versionOf,
  whenAllReady,
} from './restored-keys.ts';

interface FrozenKey {
  readonly key: IssuedCryptoKey;
  /** As it was applied last. */
  readonly builder: CryptoKeyBuilder;
  /** The record that is in place, and the one that belongs there. */
  readonly older: NonNullable<Secret['data']>;
  readonly newer: NonNullable<Secret['data']>;
  /** What Secrets hold. */
  readonly second: readonly Secret['data'][];
  readonly whenSecond: () => Promise<void>;
}

const SETTLE_MS = 1_000;
const MINUTE_MS = 60_000;

/** Each has a project of its own; `early` and `late` are told apart by the order in which they are restored. */
let early: KeysOfAllShapes;
let late: KeysOfAllShapes;
let declaredAnew: KeysOfAllShapes;
let other: IssuedKey;
let backup: Backup;
let before: Readonly<Record<string, Secret['data']>>;
let versionsBefore: Readonly<Record<string, number>>;

beforeAll(async () => {
  await using source = await KeyWorld.start();
  early = await KeysOfAllShapes.issue(source);
  late = await KeysOfAllShapes.issue(source);
  declaredAnew = await KeysOfAllShapes.issue(source);
  other = await IssuedKey.issue(source);
  await source.apply(other.builder.named('kept'));
  await source.whenReady(`${other.tenant.authors}/kept`);
  await source.stopOperator();
  before = await delivered(source, dataOf);
  versionsBefore = await lastVersions(source);
  backup = await takeBackup(source.client);
}, 120_000);

function beforeOf({ project }: Tenant): Readonly<Record<string, Secret['data']>> {
  return Object.fromEntries(Object.entries(before).filter(([ref]) => ref.startsWith(`${project}-`)));
}

test('Nothing that is restored has an owner by uid, which another cluster would not know', () => {
  const { records, secrets, installation, keys, projects } = backup;
  const owned = [records, secrets, installation, keys, projects]
    .flat()
    .filter(({ object }) => object.metadata.ownerReferences !== undefined);
  expect(owned).toEqual([]);
});

describe('Restored into a new cluster with other uids and without status', () => {
  let world: KeyWorld;
  beforeAll(async () => {
    world = await KeyWorld.startStopped();
    await restore(world.client, backup.namespaces, backup.records, ofProject(backup.secrets, early.tenant.project));
    await world.startOperator();
  }, 120_000);
  afterAll(async () => world[Symbol.asyncDispose]());

  test('objects before their Secrets wait for the installation, and go on as they were once all is there', async () => {
    const { tenant } = late;
    const [keys, projects] = [ofProject(backup.keys, tenant.project), ofProject(backup.projects, tenant.project)];
    await restore(world.client, projects, keys);
    for (const name of ['checkout', 'webhook', 'rotated', 'legacy', 'revoked']) {
      const missing = { status: 'False', reason: 'InstallationMissing', message: /restore/ } as const;
      await world.whenKey(`${tenant.authors}/${name}`, missing);
    }
    await consistently(async () => expect(await delivered(world, dataOf, tenant)).toEqual({}), SETTLE_MS);
    await restore(world.client, ofProject(backup.secrets, tenant.project));
    const untouched = await delivered(world, versionOf);
    await restore(world.client, backup.installation);
    await whenAllReady(world);
    expect(await delivered(world, dataOf, tenant)).toEqual(beforeOf(tenant));
    expect(await delivered(world, versionOf)).toEqual(untouched);
    expect(await lastVersions(world)).toEqual(versionsBefore);
  });

  test('(r) Secrets and records before their objects stay, and every key goes on without a write to a Secret', async () => {
    const { tenant } = early;
    const orphans = backup.keys.length - ofProject(backup.keys, late.tenant.project).length;
    await eventually(async () =>
      expect(sumOf(await world.operator.metricsText(), 'keywright_orphan_records')).toBe(orphans),
    );
    const untouched = await delivered(world, versionOf);
    await restore(world.client, ofProject(backup.keys, tenant.project));
    await restore(world.client, ofProject(backup.projects, tenant.project));
    await whenAllReady(world);
    expect(await delivered(world, dataOf, tenant)).toEqual(beforeOf(tenant));
    expect(await delivered(world, versionOf)).toEqual(untouched);
    expect(await lastVersions(world)).toEqual(versionsBefore);
    expect((await world.key(`${tenant.authors}/rotated`)).status).toMatchObject({ state: 'Rotating', version: 2 });
    expect((await world.key(`${tenant.authors}/revoked`)).status).toMatchObject({ state: 'Revoked' });
  });

  test('a status that is restored, too, with uids and generations of the old cluster, does no harm', async () => {
    const untouched = await delivered(world, versionOf);
    const { project } = early.tenant;
    await restoreStatus(world.client, [...ofProject(backup.keys, project), ...ofProject(backup.projects, project)]);
    await whenAllReady(world);
    expect(await delivered(world, versionOf)).toEqual(untouched);
    expect(await lastVersions(world)).toEqual(versionsBefore);
  });

  test('what was deleted comes back inside its window, and what was retained as it was', async () => {
    for (const keys of [early, late]) {
      await world.apply(keys.deleted);
      await world.apply(keys.retained);
    }
    await whenAllReady(world);
    for (const { tenant, deletedData } of [early, late]) {
      expect(await delivered(world, dataOf, tenant)).toEqual({ ...beforeOf(tenant), ...deletedData });
    }
    expect(await lastVersions(world)).toEqual(versionsBefore);
  });

  test('a project from Git alone, without its Secrets: all that is sealed or imported is the same, the rest has new numbers', async () => {
    const { tenant } = declaredAnew;
    const sources = ofProject(backup.secrets, tenant.project).filter(({ object }) => object.metadata.name === SOURCE);
    await restore(world.client, sources);
    await world.apply(tenant.builder);
    await declaredAnew.apply(world);
    await world.apply(declaredAnew.deleted);
    await whenAllReady(world);
    const after = await delivered(world, dataOf, tenant);
    const kept = ['webhook', 'legacy', 'signing', 'signing-passphrase'];
    expect(named(after, ...kept)).toEqual(named(beforeOf(tenant), ...kept));
    expect(named(after, 'deleted')).toEqual(declaredAnew.deletedData);
    expect(named(after, 'revoked')).toEqual({});

    const { status } = await world.key(`${tenant.authors}/checkout`);
    const versions = status?.environments?.map((environment) => environment.versions?.map(({ version }) => version));
    // Whoever still holds the one that is lost has its overlap to change over.
    expect(versions).toEqual([
      [2, 1],
      [2, 1],
    ]);
    expect(Object.keys(named(after, 'checkout'))).toHaveLength(3);
  });

  test('(e) a record that is older than a rotation keeps both versions of it that Secrets carry, though status is lost', async () => {
    const given = await IssuedKey.issue(world, undefined, (project) =>
      project.with({ policy: { minRotationInterval: '0s' } }),
    );
    const first = await given.tokens();
    const { data: older = {} } = await given.record();
    await world.apply(given.builder.with({ rotation: { trigger: 'drill' } }));
    const rotated = [
      [2, 'Current'],
      [1, 'Retiring'],
    ];
    const expectRotated = async (): Promise<void> => {
      const { status } = await given.object();
      expect(status).toMatchObject({ state: 'Rotating', version: 2, deployment: { success: true } });
      for (const { versions } of status?.environments ?? []) {
        expect(versions?.map(({ version, state }) => [version, state])).toEqual(rotated);
        expect(versions?.[1]?.retireAt).toBeDefined();
      }
    };
    await eventually(expectRotated);
    const second = await given.tokens();
    expect(second.filter((token) => first.includes(token))).toEqual([]);
    await world.whileStopped(async () => {
      await overwrite(await given.record(), older);
      await world.client.updateStatus(API_KEYS, { ...(await given.object()), status: {} });
    });
    await eventually(expectRotated);
    await world.whenReady(given.ref);
    expect(await given.tokens()).toEqual(second);
  });

  /** A CryptoKey whose record and status are older than the version in its Secrets. */
  async function frozen(change?: (key: CryptoKeyBuilder) => CryptoKeyBuilder): Promise<FrozenKey> {
    const key = await IssuedCryptoKey.issue(world, change);
    const { data: older = {} } = await key.record();
    const builder = key.builder.with({ algorithm: 'EC-P384' });
    await world.apply(builder);
    const whenSecond = (): Promise<void> =>
      eventually(async () =>
        expect((await key.object()).status).toMatchObject({ version: 2, deployment: { success: true } }),
      );
    await whenSecond();
    const [second, { data: newer = {} }] = [await key.delivered(), await key.record()];
    await world.whileStopped(async () => {
      await key.overwriteRecord(older);
      await world.client.updateStatus(CRYPTO_KEYS, { ...(await key.object()), status: {} });
    });
    await key.whenKey({ status: 'False', reason: 'RecordRolledBack', message: /proves version 2/ });
    return { key, builder, older, newer, second, whenSecond };
  }

  test('(e) a record that is older than a CryptoKey in Secrets freezes it, though status is lost, until a newer one is there', async () => {
    const { key, older, newer, second, whenSecond } = await frozen();
    await consistently(async () => expect(await key.delivered()).toEqual(second), SETTLE_MS);
    expect((await key.record()).data).toEqual(older);

    await key.overwriteRecord(newer);
    await whenSecond();
    await key.whenReady();
    expect(await key.delivered()).toEqual(second);
  });

  test('(e) a retained CryptoKey with such a record is let go as it is, and goes on when it is applied again beside a newer one', async () => {
    const { key, builder, older, newer, second, whenSecond } = await frozen((plain) =>
      plain.with({ deletionPolicy: 'Retain' }),
    );
    await world.remove(CRYPTO_KEYS, key.ref);
    await world.gone(CRYPTO_KEYS, key.ref);
    expect(await key.delivered()).toEqual(second);
    expect((await key.record()).data).toEqual(older);

    await key.overwriteRecord(newer);
    await world.apply(builder);
    await whenSecond();
    await key.whenReady();
    expect(await key.delivered()).toEqual(second);
  });

  async function overwrite({ metadata }: Secret, data: NonNullable<Secret['data']>): Promise<void> {
    const ref = { namespace: OPERATOR_NAMESPACE, name: metadata.name };
    await world.edit(SECRETS, ref, (record) => ({ ...record, data }));
  }
});

describe("Restored into a cluster whose operator is another installation, without the operator's own Secrets", () => {
  const clock = new WarpedClock();
  let world: KeyWorld;
  let fresh: string;
  let untouched: Readonly<Record<string, string | undefined>>;
  beforeAll(async () => {
    world = await KeyWorld.start({ dependencies: { clock } });
    fresh = await idOf(world);
    await restore(world.client, backup.namespaces, backup.secrets);
    untouched = await delivered(world, versionOf);
    await restore(world.client, backup.projects, backup.keys);
  }, 120_000);
  afterAll(async () => world[Symbol.asyncDispose]());

  const idOf = async ({ client }: KeyWorld): Promise<string> =>
    eventually(async () => {
      const secret = await client.get(SECRETS, { namespace: OPERATOR_NAMESPACE, name: INSTALLATION_SECRET });
      return textOf(secret, 'id') ?? '';
    });

  test('nothing is written or deleted, and status says whose the keys are and what to do', async () => {
    for (const { project } of [early.tenant, other.tenant]) {
      await eventually(async () =>
        expect(await world.events({ name: project })).toContainEqual(
          expect.objectContaining({ type: 'Warning', reason: 'ClaimedElsewhere' }),
        ),
      );
    }
    clock.jump(2 * MINUTE_MS);
    world.operator.resync();
    const remedy = { reason: 'ClaimedElsewhere', message: new RegExp(`restore its backup, or .*"${fresh}"`) };
    for (const name of ['checkout', 'webhook', 'rotated', 'legacy', 'revoked'])
      await world.whenKey(`${early.tenant.authors}/${name}`, { status: 'False', ...remedy });
    await world.whenProject(early.tenant.project, { status: 'False', ...remedy });
    await consistently(async () => expect(await delivered(world, versionOf)).toEqual(untouched), SETTLE_MS);
    expect(await lastVersions(world)).toEqual({});
  });

  test('a deletion waits, and says for what, until the project is taken over; the Secrets stay and are told of', async () => {
    const ref = { namespace: other.tenant.authors, name: 'checkout' };
    await world.remove(API_KEYS, ref);
    const waiting = await world.whenKey(other.ref, { status: 'False', reason: 'ClaimedElsewhere' });
    expect(waiting.metadata.deletionTimestamp).toBeDefined();

    await handOver(fresh);
    await world.gone(API_KEYS, ref);
    const adopt = `keywright.dev/adopt=ApiKey/${other.tenant.authors}/kept`;
    await world.whenKey(`${other.tenant.authors}/kept`, { status: 'False', reason: 'SecretConflict', message: adopt });
    await consistently(async () => expect(await delivered(world, versionOf)).toEqual(untouched), SETTLE_MS);
  });

  test("with the operator's own Secrets restored after all, every key goes on as it was", async () => {
    await world.whileStopped(async () => {
      const { installation, records } = await takeBackup(world.client);
      for (const { resource, object } of [...installation, ...records]) {
        await world.remove(resource, { namespace: OPERATOR_NAMESPACE, name: object.metadata.name });
      }
      await restore(world.client, backup.installation, backup.records);
    });
    await handOver(await idOf(world));
    await world.apply(other.builder);
    await whenAllReady(world);
    expect(await delivered(world, dataOf)).toEqual(before);
    expect(await lastVersions(world)).toEqual(versionsBefore);
  });

  async function handOver(installation: string): Promise<void> {
    await world.edit(KEY_PROJECTS, { name: other.tenant.project }, ({ metadata, ...project }) => ({
      ...project,
      metadata: { ...metadata, annotations: { 'keywright.dev/installation': installation } },
    }));
  }
});

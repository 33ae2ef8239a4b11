/** What happens to a key while two of its versions are valid, and what comes of its dates. The clock is the test's own. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiKey, ApiKeyStatusEnvironmentVersion } from '../../../src/api/generated/api-key.ts';
import { API_KEYS } from '../../../src/api/resources.ts';
import type { ApiKeyBuilder } from '../../support/builders.ts';
import { eventually } from '../../support/harness/eventually.ts';
import { KeyWorld, assertCondition, textOf, tokenOf, type Tenant } from '../../support/key-world.ts';
import { WarpedClock } from '../../support/warped-clock.ts';
import { checkout } from './checkout.ts';

const HOUR_MS = 3_600_000;
const clock = new WarpedClock();

let world: KeyWorld;
beforeAll(async () => {
  world = await KeyWorld.start({ dependencies: { clock } });
}, 120_000);
afterAll(async () => world[Symbol.asyncDispose]());

/** Hours pass at once, and the operator looks at everything. */
function pass(hours: number): void {
  clock.jump(hours * HOUR_MS);
  world.operator.resync();
}

/** Hours from now, RFC 3339. */
function inHours(hours: number): string {
  return `${new Date(clock.now().getTime() + hours * HOUR_MS).toISOString().slice(0, 19)}Z`;
}

interface Given extends Tenant {
  readonly ref: string;
  readonly builder: Tenant['builder'];
  readonly key: ApiKeyBuilder;
}

/** A key that is delivered everywhere, in a project that lets it rotate as often as it likes. */
async function issued(spec: Partial<ApiKey['spec']> = {}): Promise<Given> {
  const tenant = await world.tenant((project) => project.with({ policy: { minRotationInterval: '0s' } }));
  const key = checkout(tenant).with(spec);
  const ref = `${tenant.authors}/checkout`;
  await world.apply(key);
  await world.whenReady(ref);
  return { ...tenant, ref, key };
}

/** "<version> <state>" of each version in production, and until when the older one is accepted. */
function versionsOf({ status }: ApiKey): readonly string[] {
  return (productionOf(status) ?? []).map(({ version, state }) => `${version} ${state}`);
}

function productionOf(status: ApiKey['status']): readonly ApiKeyStatusEnvironmentVersion[] | undefined {
  return status?.environments?.find(({ name }) => name === 'production')?.versions;
}

/** Resolves with the time at which the older of two versions goes, once it is known of a delivered key. */
async function whenOverlapping({ ref, eu }: Given, versions: readonly string[]): Promise<string> {
  return await eventually(async () => {
    const key = await world.key(ref);
    expect(versionsOf(key)).toEqual(versions);
    assertCondition(key, { status: 'True' }, 'Ready');
    expect(textOf(await world.secret(eu, 'checkout'), 'previous.token')).toBeDefined();
    const retireAt = productionOf(key.status)?.[1]?.retireAt;
    expect(retireAt).toBeDefined();
    return retireAt ?? '';
  });
}

/** Resolves once one version alone is valid, and no Secret has another. */
async function whenSettled({ ref, eu, us }: Given, version: number): Promise<void> {
  await eventually(async () => {
    const key = await world.key(ref);
    expect(key.status).toMatchObject({ state: 'Active', version });
    expect(versionsOf(key)).toEqual([`${version} Current`]);
    for (const namespace of [eu, us]) {
      expect(Object.keys((await world.secret(namespace, 'checkout')).data ?? {})).not.toContain('previous.token');
    }
  });
}

/** Lines of the log about Secrets of the key that somebody would have changed. */
function repairsOf({ project }: Given): readonly string[] {
  return world.operator.logLines.filter((line) => line.includes(`"${project}"`) && line.includes('"repaired"'));
}

describe('an overlap', () => {
  test('lets a rotation that is asked for while it lasts wait for its end, with two versions at most', async () => {
    const given = await issued({ rotation: { trigger: 'first', overlap: '3h' } });
    await world.apply(given.key.with({ rotation: { trigger: 'second', overlap: '3h' } }));
    const retireAt = await whenOverlapping(given, ['2 Current', '1 Retiring']);
    await world.apply(given.key.with({ rotation: { trigger: 'third', overlap: '3h' } }));
    await eventually(async () => {
      const key = await world.key(given.ref);
      expect(key.status).toMatchObject({ observedGeneration: key.metadata.generation, nextRotationAt: retireAt });
      expect(versionsOf(key)).toEqual(['2 Current', '1 Retiring']);
    });
    pass(3);
    await whenOverlapping(given, ['3 Current', '2 Retiring']);
    expect((await world.ledger(given.project, 'checkout')).environments[1]?.versions).toMatchObject([
      { state: 'Current', cause: 'Triggered' },
      { state: 'Retiring' },
      { state: 'Retired' },
    ]);
  });

  test('that is longer than the interval sets the pace', async () => {
    const given = await issued({ rotation: { interval: '1h', overlap: '4h' } });
    // The interval ends up to a twentieth later.
    pass(1.06);
    const retireAt = await whenOverlapping(given, ['2 Current', '1 Retiring']);
    await eventually(async () => expect((await world.key(given.ref)).status?.nextRotationAt).toBe(retireAt));
    pass(2);
    expect(await whenOverlapping(given, ['2 Current', '1 Retiring'])).toBe(retireAt);
    pass(2);
    await whenOverlapping(given, ['3 Current', '2 Retiring']);
    // Nothing rotates on while other tests move the clock.
    await world.apply(checkout(given));
  });

  test('ends when it was said to, whether the spec asks for less or more meanwhile', async () => {
    const given = await issued();
    await world.apply(given.key.with({ rotation: { trigger: 'drill', overlap: '3h' } }));
    const retireAt = await whenOverlapping(given, ['2 Current', '1 Retiring']);
    for (const overlap of ['1h', '0s', '48h']) {
      await world.apply(given.key.with({ rotation: { trigger: 'drill', overlap } }));
      await world.whenReady(given.ref);
      expect(await whenOverlapping(given, ['2 Current', '1 Retiring'])).toBe(retireAt);
    }
    pass(3);
    await whenSettled(given, 2);
    expect(repairsOf(given)).toEqual([]);
  });

  test('ends early when a rotation without overlap is asked for', async () => {
    const given = await issued();
    await world.apply(given.key.with({ rotation: { trigger: 'drill', overlap: '24h' } }));
    await whenOverlapping(given, ['2 Current', '1 Retiring']);
    await world.apply(given.key.with({ rotation: { trigger: 'leak', overlap: '0s' } }));
    await whenSettled(given, 3);
    const [, production] = (await world.ledger(given.project, 'checkout')).environments;
    expect(production?.versions.map(({ state }) => state)).toEqual(['Current', 'Retired', 'Retired']);
  });

  test('ends at once when the older version is revoked, and the newer one stays', async () => {
    const given = await issued();
    const rotation = { trigger: 'drill', overlap: '24h' };
    await world.apply(given.key.with({ rotation }));
    await whenOverlapping(given, ['2 Current', '1 Retiring']);
    const token = tokenOf(await world.secret(given.eu, 'checkout'));
    await world.apply(given.key.with({ rotation, revocation: { reason: 'Compromised', throughVersion: 1 } }));
    await eventually(async () => {
      const key = await world.key(given.ref);
      expect(key.status).toMatchObject({ state: 'Active', version: 2 });
      expect(versionsOf(key)).toEqual(['2 Current', '1 Revoked']);
      const { data } = await world.secret(given.eu, 'checkout');
      expect(data).not.toHaveProperty('previous.token');
      assertCondition(key, { status: 'True', reason: 'Delivered' }, 'Ready');
    });
    expect(tokenOf(await world.secret(given.eu, 'checkout'))).toBe(token);
    expect(repairsOf(given)).toEqual([]);
  });

  test('goes on while the key is suspended: what it ends does not come back', async () => {
    const given = await issued();
    const rotation = { trigger: 'drill', overlap: '3h' };
    await world.apply(given.key.with({ rotation }));
    await whenOverlapping(given, ['2 Current', '1 Retiring']);
    const token = tokenOf(await world.secret(given.eu, 'checkout'));
    await world.apply(given.key.with({ rotation, suspended: true }));
    await world.whenKey(given.ref, { status: 'True', reason: 'Suspended' });
    pass(3);
    await eventually(async () => {
      const key = await world.key(given.ref);
      expect(key.status).toMatchObject({ state: 'Suspended' });
      expect(versionsOf(key)).toEqual(['2 Current']);
    });
    await world.apply(given.key.with({ rotation }));
    await whenSettled(given, 2);
    expect(tokenOf(await world.secret(given.eu, 'checkout'))).toBe(token);
  });

  test('goes on while the project suspends the environment, and ends there when that is over', async () => {
    const given = await issued();
    await world.apply(given.key.with({ rotation: { trigger: 'drill', overlap: '3h' } }));
    const retireAt = await whenOverlapping(given, ['2 Current', '1 Retiring']);
    await world.apply(given.builder.changed('production', { suspended: true }));
    await world.whenProject(given.project, { status: 'True' });
    pass(3);
    await eventually(async () => {
      const key = await world.key(given.ref);
      const [staging, production] = key.status?.environments ?? [];
      expect(staging?.versions).toHaveLength(1);
      expect(production?.versions?.[1]).toMatchObject({ version: 1, state: 'Retiring', retireAt });
      const carrying = [given.eu, given.us].map((name) => ({ name, success: true, version: 2 }));
      expect(production?.namespaces).toMatchObject(carrying);
    });
    await world.apply(given.builder);
    await whenSettled(given, 2);
  });

  test('comes back for the rest of its time when the key is deleted and applied again', async () => {
    const given = await issued();
    const key = given.key.with({ rotation: { trigger: 'drill', overlap: '4h' } });
    await world.apply(key);
    const retireAt = await whenOverlapping(given, ['2 Current', '1 Retiring']);
    const { data } = await world.secret(given.eu, 'checkout');
    const ref = { namespace: given.authors, name: 'checkout' };
    await world.remove(API_KEYS, ref);
    await world.gone(API_KEYS, ref);
    pass(2);
    await world.apply(key);
    expect(await whenOverlapping(given, ['2 Current', '1 Retiring'])).toBe(retireAt);
    expect((await world.secret(given.eu, 'checkout')).data).toEqual(data);
    pass(2);
    await whenSettled(given, 2);
  });
});

test('a rotation that falls due while the key is suspended is made when it is resumed', async () => {
  const given = await issued({ rotation: { interval: '1h', overlap: '0s' } });
  const suspended = given.key.with({ suspended: true });
  await world.apply(suspended);
  await world.whenKey(given.ref, { status: 'True', reason: 'Suspended' });
  pass(2);
  await world.apply(suspended.with({ displayName: 'Looked at since' }));
  await world.whenKey(given.ref, { status: 'True', reason: 'Suspended' });
  expect((await world.key(given.ref)).status?.version).toBe(1);
  await world.apply(given.key);
  await whenSettled(given, 2);
  // Nothing rotates on while other tests move the clock.
  await world.apply(checkout(given));
});

describe('an expiry', () => {
  test('inside an overlap takes both versions away; a later one brings both back, and the older still ends in time', async () => {
    const given = await issued({ expiresAt: inHours(1) });
    const spec = { rotation: { trigger: 'drill', overlap: '4h' } };
    await world.apply(given.key.with({ ...spec, expiresAt: inHours(1) }));
    const retireAt = await whenOverlapping(given, ['2 Current', '1 Retiring']);
    const before = (await world.secret(given.eu, 'checkout')).data;
    pass(2);
    await eventually(async () => {
      const key = await world.key(given.ref);
      expect(versionsOf(key)).toEqual([]);
      assertCondition(key, { status: 'False', reason: 'Expired' }, 'Ready');
      expect(await world.hasSecret(given.eu, 'checkout')).toBe(false);
    });
    await world.apply(given.key.with({ ...spec, expiresAt: inHours(48) }));
    expect(await whenOverlapping(given, ['2 Current', '1 Retiring'])).toBe(retireAt);
    const after = (await world.secret(given.eu, 'checkout')).data;
    expect([after?.['token'], after?.['previous.token']]).toEqual([before?.['token'], before?.['previous.token']]);
    pass(3);
    await whenSettled(given, 2);
  });

  test('is warned of a week ahead by condition and event, and no more once it is later', async () => {
    const given = await issued();
    const environments = [{ name: 'staging', expiresAt: inHours(24 * 60) }, { name: 'production' }];
    await world.apply(given.key.with({ environments }));
    await world.whenReady(given.ref);
    pass(24 * 54);
    const about = /^Environment "staging" expires at .*; set a later expiresAt to keep it$/;
    const warned = await world.whenKey(given.ref, { status: 'True', message: about }, 'ExpiresSoon');
    expect(warned.status?.state).toBe('Active');
    await eventually(async () =>
      expect(await world.events({ namespace: given.authors, name: 'checkout' })).toContainEqual({
        type: 'Warning',
        reason: 'ExpiresSoon',
        note: expect.stringMatching(about) as string,
      }),
    );
    await world.apply(given.key);
    await eventually(async () => {
      const key = await world.whenReady(given.ref);
      expect(key.status?.conditions?.map(({ type }) => type)).not.toContain('ExpiresSoon');
    });
  });
});

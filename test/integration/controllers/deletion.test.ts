/** What goes and what stays when a key, or what it stands on, is deleted: namespaces, environments, projects, alone and all at once. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { API_KEYS, CRYPTO_KEYS, KEY_PROJECTS } from '../../../src/api/resources.ts';
import { NAMESPACES, SECRETS } from '../../../src/kube/objects/resource.ts';
import { apiKey, keyProject } from '../../support/builders.ts';
import { uniqueName } from '../../support/harness.ts';
import { consistently, eventually } from '../../support/harness/eventually.ts';
import { IssuedCryptoKey } from '../../support/issued-crypto-key.ts';
import { IssuedKey, NO_TOKENS, forceOff } from '../../support/issued-key.ts';
import { KeyWorld, sealedIn, tokenOf } from '../../support/key-world.ts';
import { OPERATOR_NAMESPACE } from '../../support/operator.ts';

const SETTLE_MS = 1_000;
const NAMESPACE_GONE = { timeoutMs: 40_000 };

let world: KeyWorld;

beforeAll(async () => {
  world = await KeyWorld.start();
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

/** Side by side, as the cluster takes its time with each namespace. */
describe.concurrent('a namespace that is deleted', () => {
  test('takes the keys that it declares along and waits for no more; applied again inside the window they are the same', async () => {
    const [given, crypto] = [await IssuedKey.issue(world), await IssuedCryptoKey.issue(world)];
    const [tokens, keys] = [await given.tokens(), await crypto.delivered()];
    await world.remove(NAMESPACES, { name: given.tenant.authors });
    await world.remove(NAMESPACES, { name: crypto.tenant.authors });
    await world.gone(NAMESPACES, { name: given.tenant.authors }, NAMESPACE_GONE);
    await world.gone(NAMESPACES, { name: crypto.tenant.authors }, NAMESPACE_GONE);
    expect(await given.tokens()).toEqual(NO_TOKENS);
    expect(await crypto.delivered()).toEqual([undefined, undefined, undefined]);
    expect(await given.ledger()).toMatchObject({ phase: 'Withdrawn' });
    expect(await crypto.ledger()).toMatchObject({ phase: 'Withdrawn' });

    await world.createNamespace(given.tenant.authors);
    await world.createNamespace(crypto.tenant.authors);
    await world.apply(given.builder);
    await world.apply(crypto.builder);
    await world.whenReady(given.ref);
    await crypto.whenReady();
    expect(await given.tokens()).toEqual(tokens);
    expect(await crypto.delivered()).toEqual(keys);
  });

  test('leaves the Secrets of the keys that it retains, which take them up when they are applied again', async () => {
    const given = await IssuedKey.issue(world, (key) => key.with({ deletionPolicy: 'Retain' }));
    const crypto = await IssuedCryptoKey.issue(world, (key) => key.with({ deletionPolicy: 'Retain' }));
    const [tokens, keys] = [await given.tokens(), await crypto.delivered()];
    await world.remove(NAMESPACES, { name: given.tenant.authors });
    await world.remove(NAMESPACES, { name: crypto.tenant.authors });
    await world.gone(NAMESPACES, { name: given.tenant.authors }, NAMESPACE_GONE);
    await world.gone(NAMESPACES, { name: crypto.tenant.authors }, NAMESPACE_GONE);
    expect(await given.tokens()).toEqual(tokens);
    expect(await crypto.delivered()).toEqual(keys);
    expect(await given.ledger()).toMatchObject({ phase: 'Retained' });

    await world.createNamespace(given.tenant.authors);
    await world.createNamespace(crypto.tenant.authors);
    await world.apply(given.builder);
    await world.apply(crypto.builder);
    await world.whenReady(given.ref);
    await crypto.whenReady();
    expect(await given.tokens()).toEqual(tokens);
    expect(await crypto.delivered()).toEqual(keys);
    expect(await given.ledger()).toMatchObject({ phase: 'Active', lastVersion: 1 });
  });

  test('ends although the keys that it declares are delivered to itself', async () => {
    const project = uniqueName('team');
    const namespace = await world.createNamespace(`${project}-all`);
    await world.apply(keyProject(project).authors(namespace).environment('staging', [namespace]));
    const key = apiKey(`${namespace}/checkout`, project).environment('staging');
    await world.apply(key);
    await world.whenReady(`${namespace}/checkout`);
    await world.remove(NAMESPACES, { name: namespace });
    await world.gone(NAMESPACES, { name: namespace }, NAMESPACE_GONE);
    await eventually(async () =>
      expect(await world.ledger(project, 'checkout')).toMatchObject({
        phase: 'Withdrawn',
        environments: [{ places: [] }],
      }),
    );

    await world.createNamespace(namespace);
    await world.apply(key);
    await world.whenReady(`${namespace}/checkout`);
    expect(tokenOf(await world.secret(namespace, 'checkout'))).not.toBe('');
  });

  test('in one command with its project and all that project maps to leaves nothing behind but a tombstone', async () => {
    const given = await IssuedKey.issue(world);
    const { project, authors, staging, eu, us } = given.tenant;
    await world.remove(KEY_PROJECTS, { name: project });
    for (const name of [staging, eu, us, authors]) await world.remove(NAMESPACES, { name });
    for (const name of [staging, eu, us, authors]) await world.gone(NAMESPACES, { name }, NAMESPACE_GONE);
    await world.gone(KEY_PROJECTS, { name: project });
    await eventually(async () =>
      expect(await given.ledger()).toMatchObject({
        phase: 'Withdrawn',
        environments: [{ places: [] }, { places: [] }],
      }),
    );
  });
});

describe('an environment', () => {
  test('taken out of a key is withdrawn, and the same again when it is put back inside the window', async () => {
    const given = await IssuedKey.issue(world);
    const before = await given.tokens();
    const without = apiKey(given.ref, given.tenant.project).environment('staging');
    await world.apply(without);
    await eventually(async () => expect(await given.tokens()).toEqual([before[0], '', '']));
    await world.whenReady(given.ref);
    expect(sealedIn(await given.record())).toEqual(['production/1/token']);

    await world.apply(given.builder);
    await world.whenReady(given.ref);
    expect(await given.tokens()).toEqual(before);

    const forgotten = { recoveryWindow: '0s' };
    await world.apply(without.with(forgotten));
    await eventually(async () => expect(await given.tokens()).toEqual([before[0], '', '']));
    await world.whenReady(given.ref);
    expect(sealedIn(await given.record())).toEqual([]);
    await world.apply(given.builder.with(forgotten));
    await world.whenReady(given.ref);
    const after = await given.tokens();
    expect(after[0]).toBe(before[0]);
    expect([before[1], '']).not.toContain(after[1]);
    expect((await given.ledger()).lastVersion).toBe(2);
  });

  test('taken out of the project freezes the key; taken out of the key, too, it is withdrawn', async () => {
    const given = await IssuedKey.issue(world);
    const before = await given.tokens();
    await world.apply(given.tenant.builder.without('production'));
    await world.whenKey(given.ref, { status: 'False', reason: 'EnvironmentNotFound', message: /"production"/ });
    expect(await given.tokens()).toEqual(before);
    await world.apply(apiKey(given.ref, given.tenant.project).environment('staging'));
    await world.whenReady(given.ref);
    await eventually(async () => expect(await given.tokens()).toEqual([before[0], '', '']));
  });

  test('taken out of the project holds no deletion of the key, whose Secrets there go as well', async () => {
    const given = await IssuedKey.issue(world);
    await world.apply(given.tenant.builder.without('production'));
    await world.whenKey(given.ref, { status: 'False', reason: 'EnvironmentNotFound' });
    await given.remove();
    expect(await given.tokens()).toEqual(NO_TOKENS);
  });

  test('that loses one of its namespaces is withdrawn there alone, and the same again when that one is back', async () => {
    const given = await IssuedKey.issue(world);
    const before = await given.tokens();
    const { builder, eu } = given.tenant;
    await world.apply(builder.changed('production', { namespaces: [eu] }));
    await eventually(async () => expect(await given.tokens()).toEqual([before[0], before[1], '']));
    await world.whenReady(given.ref);
    await world.apply(builder);
    await world.whenReady(given.ref);
    await eventually(async () => expect(await given.tokens()).toEqual(before));
    expect((await given.ledger()).lastVersion).toBe(1);
  });
});

describe('a key that is deleted', () => {
  test('with a recovery window of 0s is destroyed at once, and applied again it has the next number', async () => {
    const given = await IssuedKey.issue(world, (key) =>
      key.with({ recoverable: true, signingSecret: {}, recoveryWindow: '0s' }),
    );
    const before = await given.tokens();
    await given.remove();
    expect(await given.tokens()).toEqual(NO_TOKENS);
    expect(sealedIn(await given.record())).toEqual([]);
    await world.apply(given.builder);
    expect((await world.whenReady(given.ref)).status?.version).toBe(2);
    expect((await given.tokens()).filter((token) => token === '' || before.includes(token))).toEqual([]);
  });

  test('in one command with its project ends with it, and its Secrets are withdrawn', async () => {
    const given = await IssuedKey.issue(world);
    const crypto = await IssuedCryptoKey.issue(world);
    await world.remove(KEY_PROJECTS, { name: given.tenant.project });
    await world.remove(API_KEYS, { namespace: given.tenant.authors, name: 'checkout' });
    await world.remove(CRYPTO_KEYS, crypto.ref);
    await world.remove(KEY_PROJECTS, { name: crypto.tenant.project });
    await world.gone(API_KEYS, { namespace: given.tenant.authors, name: 'checkout' });
    await world.gone(CRYPTO_KEYS, crypto.ref);
    for (const { project } of [given.tenant, crypto.tenant]) await world.gone(KEY_PROJECTS, { name: project });
    expect(await given.tokens()).toEqual(NO_TOKENS);
    expect(await crypto.delivered()).toEqual([undefined, undefined, undefined]);
  });

  test('after its project was forced off is withdrawn all the same', async () => {
    const given = await IssuedKey.issue(world);
    await world.whileStopped(() => forceOff(world, KEY_PROJECTS, { name: given.tenant.project }));
    await given.remove();
    expect(await given.tokens()).toEqual(NO_TOKENS);
    expect(await given.ledger()).toMatchObject({ phase: 'Withdrawn' });
  });

  test('by force leaves an orphan, which holds its project, and says how that is let go', async () => {
    const given = await IssuedKey.issue(world);
    const before = await given.tokens();
    await world.whileStopped(() => given.forceOff());
    await world.remove(KEY_PROJECTS, { name: given.tenant.project });
    const message = /hold it: 1;.* orphans, gone without a deletion: 1, .*keywright\.dev\/withdraw/;
    await world.whenProject(given.tenant.project, { status: 'False', reason: 'InUse', message });
    expect(await given.tokens()).toEqual(before);
    await orderWithdrawal(given);
    await eventually(async () => expect(await given.tokens()).toEqual(NO_TOKENS));
    await world.gone(KEY_PROJECTS, { name: given.tenant.project });
  });

  test('under Retain does not hold its project, and is the same when both are applied again', async () => {
    const given = await IssuedKey.issue(world, (key) => key.with({ deletionPolicy: 'Retain' }));
    const before = await given.tokens();
    await given.remove();
    await world.remove(KEY_PROJECTS, { name: given.tenant.project });
    await world.gone(KEY_PROJECTS, { name: given.tenant.project });
    await consistently(async () => expect(await given.tokens()).toEqual(before), SETTLE_MS);

    await world.apply(given.tenant.builder);
    await world.apply(given.builder);
    await world.whenReady(given.ref);
    expect(await given.tokens()).toEqual(before);
    expect((await given.ledger()).lastVersion).toBe(1);
  });

  test("under Retain is withdrawn by an admin's order on its record, also when its project is gone", async () => {
    const given = await IssuedKey.issue(world, (key) => key.with({ deletionPolicy: 'Retain' }));
    await given.remove();
    await world.remove(KEY_PROJECTS, { name: given.tenant.project });
    await world.gone(KEY_PROJECTS, { name: given.tenant.project });
    await orderWithdrawal(given);
    await eventually(async () => expect(await given.tokens()).toEqual(NO_TOKENS));
    await eventually(async () => expect(await given.ledger()).toMatchObject({ phase: 'Withdrawn' }));
  });
});

/** As an admin does who wants nothing back of what a key left. */
async function orderWithdrawal(given: IssuedKey): Promise<void> {
  const { name } = (await given.record()).metadata;
  await world.edit(SECRETS, { namespace: OPERATOR_NAMESPACE, name }, (secret) => ({
    ...secret,
    metadata: { ...secret.metadata, annotations: { 'keywright.dev/withdraw': `ApiKey/${given.ref}` } },
  }));
}

/** A tenant that puts back the metadata of a Secret from before a restore, with a token of its own choice. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { API_KEYS } from '../../../src/api/resources.ts';
import { hashToken } from '../../../src/keys/hash.ts';
import type { Secret } from '../../../src/kube/objects/objects.ts';
import { SECRETS } from '../../../src/kube/objects/resource.ts';
import { consistently, eventually } from '../../support/harness/eventually.ts';
import { IssuedKey, bodyOf } from '../../support/issued-key.ts';
import { KeyWorld, conditionOf } from '../../support/key-world.ts';
import { OPERATOR_NAMESPACE } from '../../support/operator.ts';

const SETTLE_MS = 1_500;
const CHOSEN = 'hunter2';

let world: KeyWorld;

beforeAll(async () => {
  world = await KeyWorld.start();
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

/** Loses the token of production once, and resolves when version 2 is delivered. */
async function secondVersion(given: IssuedKey): Promise<void> {
  await world.whileStopped(async () => {
    for (const namespace of [given.tenant.eu, given.tenant.us])
      await world.remove(SECRETS, { namespace, name: 'checkout' });
  });
  await eventually(async () =>
    expect((await given.object()).status).toMatchObject({ version: 2, deployment: { success: true } }),
  );
}

/** What the tenant of `us` kept, put back over the own Secret. */
async function putBack({ metadata: { namespace = '', name, labels, annotations }, data }: Secret): Promise<void> {
  await world.edit(SECRETS, { namespace, name }, (secret) => ({
    ...secret,
    metadata: { ...secret.metadata, labels: labels ?? {}, annotations: annotations ?? {} },
    data: { ...data },
  }));
}

function planted({ data, ...secret }: Secret): Secret {
  return { ...secret, data: { ...data, token: Buffer.from(CHOSEN).toString('base64') } };
}

/** The key freezes and says why; what is published and what other tenants have stays. */
async function expectFrozen(given: IssuedKey, before: readonly string[]): Promise<void> {
  const frozen = await world.whenKey(given.ref, { status: 'False', reason: 'RecordRolledBack' });
  expect(conditionOf(frozen)?.message).toContain(`Secret "${given.tenant.us}/checkout" proves version 2`);
  await consistently(async () => {
    const versions = (await given.object()).status?.environments?.find(({ name }) => name === 'production')?.versions;
    expect(versions?.map(({ state, hash }) => [state, hash])).toEqual([['Current', hashToken(before[1] ?? '')]]);
    expect((await given.tokens()).slice(0, 2)).toEqual(before.slice(0, 2));
  }, SETTLE_MS);
}

test.each([
  { what: 'a token of its choice', change: planted },
  { what: 'the token it was delivered then', change: (secret: Secret): Secret => secret },
])(
  'a tenant that keeps a Secret until its key starts a new life gets $what neither accepted nor spread',
  async ({ change }) => {
    const given = await IssuedKey.issue(world, (key) => key.with({ recoveryWindow: '0s' }));
    await secondVersion(given);
    const kept = change(bodyOf(await world.secret(given.tenant.us, 'checkout')));
    await given.remove();
    await world.remove(SECRETS, { namespace: OPERATOR_NAMESPACE, name: (await given.record()).metadata.name });
    await world.apply(given.builder);
    await world.whenReady(given.ref);
    const before = await given.tokens();

    await putBack(kept);
    await expectFrozen(given, before);

    await world.remove(SECRETS, { namespace: given.tenant.us, name: 'checkout' });
    await world.whenReady(given.ref);
    expect(await given.tokens()).toEqual(before);
  },
);

test('a tenant that keeps a Secret across a restore of the whole cluster gets no token of its choice accepted, and an admin ends the freeze', async () => {
  const given = await IssuedKey.issue(world);
  const { staging, eu, us } = given.tenant;
  const record = await given.record();
  const { status } = await given.object();
  const secrets = await Promise.all([staging, eu, us].map((namespace) => world.secret(namespace, 'checkout')));
  const before = await given.tokens();
  await secondVersion(given);
  const kept = bodyOf(await world.secret(us, 'checkout'));
  await world.whileStopped(async () => {
    const { namespace = '', name } = record.metadata;
    await world.edit(SECRETS, { namespace, name }, (current) => ({ ...current, data: record.data ?? {} }));
    await world.client.updateStatus(API_KEYS, { ...(await given.object()), status: status ?? {} });
    for (const secret of secrets) await putBack(secret);
  });
  await world.whenReady(given.ref);

  await putBack(planted(kept));
  await expectFrozen(given, before);

  const message = conditionOf(await given.object())?.message ?? '';
  const sequence = /accept-rollback: "(\d+)"/.exec(message)?.[1] ?? '';
  await world.apply(given.builder.annotated({ 'keywright.dev/accept-rollback': sequence }));
  await eventually(async () => expect(await given.tokens()).toEqual(before));
  await world.whenReady(given.ref);
});

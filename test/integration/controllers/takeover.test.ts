import { afterAll, beforeAll, expect, test } from 'vitest';
import { API_KEYS } from '../../../src/api/resources.ts';
import { INSTALLATION_SECRET } from '../../../src/installation/installation-secret.ts';
import { SECRETS } from '../../../src/kube/objects/resource.ts';
import { eventually } from '../../support/harness/eventually.ts';
import { IssuedKey } from '../../support/issued-key.ts';
import { conditionOf, KeyWorld, textOf } from '../../support/key-world.ts';
import { OPERATOR_NAMESPACE } from '../../support/operator.ts';
import { sumOf } from '../../support/prometheus-text.ts';

let world: KeyWorld;

beforeAll(async () => {
  world = await KeyWorld.start();
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

/** All that the installation knew is gone, and nobody has a backup. */
async function loseInstallation(): Promise<void> {
  const { items } = await world.client.list(SECRETS, { namespace: OPERATOR_NAMESPACE, metadataOnly: true });
  for (const { metadata } of items) await world.remove(SECRETS, { namespace: OPERATOR_NAMESPACE, name: metadata.name });
}

async function ownId(): Promise<string> {
  return await eventually(async () => textOf(await world.secret(OPERATOR_NAMESPACE, INSTALLATION_SECRET), 'id') ?? '');
}

const claimedElsewhere = async (): Promise<number> =>
  sumOf(await world.operator.metricsText(), 'keywright_projects_claimed_elsewhere');

test('projects of an installation that is lost are told of, and taken over; what it delivered stays and is named', async () => {
  const [deleted, kept] = [await IssuedKey.issue(world), await IssuedKey.issue(world)];
  const before = [await deleted.tokens(), await kept.tokens()];
  const lost = await ownId();
  expect((await kept.record()).metadata.annotations).toEqual({ 'keywright.dev/owner': `ApiKey/${kept.ref}` });
  await world.whileStopped(loseInstallation);

  const id = await ownId();
  const mentioned = (note: string): unknown => expect.stringContaining(note);
  await eventually(async () => expect(await claimedElsewhere()).toBe(2));
  for (const { tenant } of [deleted, kept]) {
    const told = { type: 'Warning', reason: 'ClaimedElsewhere', note: mentioned(`keywright.dev/installation=${id}`) };
    await eventually(async () => expect(await world.events({ name: tenant.project })).toContainEqual(told));
    const lines = world.operator.logLines.map((line) => JSON.parse(line) as { project?: string; owner?: string });
    expect(lines.filter(({ project, owner }) => project === tenant.project && owner === lost)).toHaveLength(1);
    // Its status is the owner's, who may be alive.
    expect(conditionOf(await world.project(tenant.project))).toMatchObject({ status: 'True', reason: 'Mapped' });
  }

  const ref = { namespace: deleted.tenant.authors, name: 'checkout' };
  await world.remove(API_KEYS, ref);
  for (const { tenant } of [deleted, kept]) {
    await world.apply(tenant.builder.annotated({ 'keywright.dev/installation': id }));
  }
  await world.gone(API_KEYS, ref);
  await world.whenKey(kept.ref, { status: 'False', reason: 'SecretConflict' });
  for (const { tenant } of [deleted, kept]) {
    const places = [tenant.eu, tenant.staging, tenant.us].map((namespace) => `${namespace}/checkout`).join(', ');
    const note = mentioned(
      `3 Secrets labelled for this key, not provably of this installation, left as found: ${places}`,
    );
    const told = { type: 'Warning', reason: 'UnprovenSecrets', note };
    const regarding = { namespace: tenant.authors, name: 'checkout' };
    await eventually(async () => expect(await world.events(regarding)).toContainEqual(told));
  }
  expect([await deleted.tokens(), await kept.tokens()]).toEqual(before);
  await eventually(async () => expect(await claimedElsewhere()).toBe(0));

  const { staging, eu, us } = kept.tenant;
  for (const namespace of [staging, eu, us]) {
    await world.edit(SECRETS, { namespace, name: 'checkout' }, ({ metadata, ...secret }) => ({
      ...secret,
      metadata: { ...metadata, annotations: { ...metadata.annotations, 'keywright.dev/adopt': `ApiKey/${kept.ref}` } },
    }));
  }
  await world.whenReady(kept.ref);
  expect(await kept.tokens()).not.toContainEqual(before[1]?.[0]);
});

test('a missing keyring shows in the metric', async () => {
  const ready = async (): Promise<number> => sumOf(await world.operator.metricsText(), 'keywright_installation_ready');
  await eventually(async () => expect(await ready()).toBe(1));
  const name = 'keywright-keyring';
  await world.whileStopped(() => world.remove(SECRETS, { namespace: OPERATOR_NAMESPACE, name }));
  await eventually(() => expect(world.operator.logLines.join('\n')).toContain('restore it from a backup'));
  expect(await ready()).toBe(0);
});

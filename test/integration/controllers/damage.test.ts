/** What is edited, deleted or gone that the operator stands on: Secrets, records, status, the installation; flows d, e and f. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { API_KEYS } from '../../../src/api/resources.ts';
import { decodeInstallationSecret, INSTALLATION_SECRET } from '../../../src/installation/installation-secret.ts';
import { KEYRING_SECRET } from '../../../src/installation/keyring-secret.ts';
import { PEPPERS_SECRET } from '../../../src/installation/peppers-secret.ts';
import { hashToken } from '../../../src/keys/hash.ts';
import type { Secret } from '../../../src/kube/objects/objects.ts';
import { SECRETS } from '../../../src/kube/objects/resource.ts';
import { encodeRecord } from '../../../src/sealing/record.ts';
import { consistently, eventually } from '../../support/harness/eventually.ts';
import { IssuedKey, NO_TOKENS, bodyOf } from '../../support/issued-key.ts';
import { KeyWorld, conditionOf, ledgerOf, sealedIn, textOf } from '../../support/key-world.ts';
import { OPERATOR_NAMESPACE, startOperator } from '../../support/operator.ts';
import { WarpedClock } from '../../support/warped-clock.ts';

const SETTLE_MS = 1_000;
const MINUTE_MS = 60_000;
const YEAR_MS = 365 * 24 * 3_600_000;

const clock = new WarpedClock();
let world: KeyWorld;

beforeAll(async () => {
  world = await KeyWorld.start({ dependencies: { clock } });
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

/** Puts the bytes of a record back as they were in a backup. */
async function restoreRecord({ metadata: { namespace = '', name }, data = {} }: Secret): Promise<void> {
  await world.edit(SECRETS, { namespace, name }, (record) => ({ ...record, data }));
}

test('(d) a status that is wiped is rebuilt from the ledger, and no Secret is touched for it', async () => {
  const given = await IssuedKey.issue(world);
  const { status } = await given.object();
  const before = await world.secret(given.tenant.eu, 'checkout');
  const { conditions, ...shown } = status ?? {};
  await world.client.updateStatus(API_KEYS, { ...(await given.object()), status: {} });
  await eventually(async () => {
    const { conditions: rebuilt, ...rest } = (await given.object()).status ?? {};
    expect(stripTimes(rest)).toEqual(stripTimes(shown));
    expect(stripTimes(rebuilt)).toEqual(stripTimes(conditions));
  });
  expect(await world.secret(given.tenant.eu, 'checkout')).toEqual(before);
});

test('(d) a status in which a hash was edited is put right, and the edit counts as no proof of anything', async () => {
  const given = await IssuedKey.issue(world);
  const { status } = await given.object();
  const edited = JSON.parse(
    JSON.stringify(status).replaceAll(/sha256:[0-9a-f]{64}/g, hashToken('planted')),
  ) as typeof status;
  await world.client.updateStatus(API_KEYS, {
    ...(await given.object()),
    status: { ...edited, ledger: { sequence: 999, mac: status?.ledger?.mac ?? '' } },
  });
  await eventually(async () => expect((await given.object()).status).toEqual(status));
});

/** When a condition or row came to be so cannot be known once it was wiped. */
function stripTimes(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (name, member: unknown) => (name === 'lastTransitionTime' ? undefined : member)),
  );
}

test('(e) a record restored from an older backup is settled from the delivered Secrets, and no number comes twice', async () => {
  const given = await IssuedKey.issue(world);
  const backup = await given.record();
  await world.whileStopped(() => world.remove(SECRETS, { namespace: given.tenant.staging, name: 'checkout' }));
  // Ready may still speak of the first version while the second is only in the record.
  await eventually(async () =>
    expect((await given.object()).status).toMatchObject({ version: 2, deployment: { success: true } }),
  );
  const before = await given.tokens();

  await world.whileStopped(() => restoreRecord(backup));
  await eventually(async () => expect((await given.ledger()).lastVersion).toBeGreaterThan(1));
  const key = await world.whenReady(given.ref);
  expect(await given.tokens()).toEqual(before);
  const { lastVersion, environments } = await given.ledger();
  expect(environments[0]?.versions.map(({ version, state }) => `${version} ${state}`)).toEqual([
    '2 Current',
    // As the status that the operator wrote itself still shows it.
    '1 Retiring',
  ]);
  expect(key.status?.environments?.[0]?.versions?.[0]?.hash).toBe(hashToken(before[0] ?? ''));

  clock.jump(2 * MINUTE_MS);
  await world.whileStopped(() => world.remove(SECRETS, { namespace: given.tenant.staging, name: 'checkout' }));
  await eventually(async () => expect((await given.ledger()).lastVersion).toBe(lastVersion + 1));
});

test('(e) a record restored where nothing proves what is missing freezes the key until an admin accepts the loss', async () => {
  const given = await IssuedKey.issue(world);
  const backup = await given.record();
  await world.apply(given.builder.with({ outputs: [{ name: 'app', secretName: 'checkout' }], signingSecret: {} }));
  await eventually(async () => expect(sealedIn(await given.record())).toHaveLength(2));
  await world.whenReady(given.ref);
  await world.whileStopped(async () => {
    await given.removeSecrets();
    await restoreRecord(backup);
  });
  const frozen = await world.whenKey(given.ref, { status: 'False', reason: 'RecordRolledBack' });
  expect(conditionOf(frozen, 'Stalled')).toMatchObject({ status: 'True' });
  await consistently(async () => expect(await given.tokens()).toEqual(NO_TOKENS), SETTLE_MS);

  const sequence = /accept-rollback: "(\d+)"/.exec(conditionOf(frozen)?.message ?? '')?.[1] ?? '';
  await world.apply(given.builder.with({ signingSecret: {} }).annotated({ 'keywright.dev/accept-rollback': sequence }));
  await world.whenReady(given.ref);
  expect(await given.tokens()).not.toContain('');
  expect((await given.ledger()).lastVersion).toBeGreaterThan(1);
});

test('(e) a tombstone restored beside Secrets of a later life deletes and destroys nothing until an admin accepts and orders it', async () => {
  const given = await IssuedKey.issue(world);
  await given.remove();
  const tombstone = await given.record();
  await world.apply(given.builder);
  await world.whenReady(given.ref);
  const before = await given.tokens();
  await world.whileStopped(async () => {
    await given.forceOff();
    await restoreRecord(tombstone);
  });
  clock.jump(2 * 24 * 60 * MINUTE_MS);
  world.operator.resync();
  const { name } = tombstone.metadata;
  const noteOf = async (reason: string): Promise<string> =>
    (await world.events({ namespace: OPERATOR_NAMESPACE, name })).find((event) => event.reason === reason)?.note ?? '';
  await eventually(async () => expect(await noteOf('RecordRolledBack')).toMatch(/accept-rollback: "\d+"/));
  await consistently(async () => {
    expect(await given.tokens()).toEqual(before);
    expect((await given.record()).data).toEqual(tombstone.data);
  }, SETTLE_MS);
  expect(await world.operator.metricsText()).toMatch(/^keywright_orphan_records [1-9]/m);

  const annotate = async (annotations: Readonly<Record<string, string>>): Promise<unknown> =>
    world.edit(SECRETS, { namespace: OPERATOR_NAMESPACE, name }, (record) => ({
      ...record,
      metadata: { ...record.metadata, annotations },
    }));
  const sequence = /accept-rollback: "(\d+)"/.exec(await noteOf('RecordRolledBack'))?.[1] ?? '';
  await annotate({ 'keywright.dev/accept-rollback': sequence });
  await eventually(async () =>
    expect(await given.ledger()).toMatchObject({ phase: 'Active', sequence: Number(sequence) + 1 }),
  );
  // The order is used up; whose the record is, is written with it.
  expect((await given.record()).metadata.annotations).toEqual({ 'keywright.dev/owner': `ApiKey/${given.ref}` });
  expect(await given.tokens()).toEqual(before);

  await annotate({ 'keywright.dev/withdraw': `ApiKey/${given.ref}` });
  await eventually(async () => expect(await given.tokens()).toEqual(NO_TOKENS));
  expect(await given.ledger()).toMatchObject({ phase: 'Withdrawn' });
  clock.jump(-2 * 24 * 60 * MINUTE_MS);
});

test('(e) a record that was deleted is rebuilt from the delivered Secrets', async () => {
  const given = await IssuedKey.issue(world, (key) => key.with({ signingSecret: {} }));
  const before = await given.tokens();
  const { name } = (await given.record()).metadata;
  await world.remove(SECRETS, { namespace: OPERATOR_NAMESPACE, name });
  await eventually(async () => expect(await given.ledger()).toMatchObject({ phase: 'Active' }));
  const key = await world.whenReady(given.ref);
  expect(await given.tokens()).toEqual(before);
  expect(key.status?.environments?.[0]?.versions?.map(({ hash }) => hash)).toEqual([hashToken(before[0] ?? '')]);
  expect(sealedIn(await given.record())).toHaveLength(2);
});

/** Somebody with the right to write status adds a version of their own to every environment, and a scope. */
async function plantVersion(given: IssuedKey): Promise<void> {
  await eventually(async () => {
    const object = await given.object();
    const { status } = object;
    const environments = (status?.environments ?? []).map((environment) => ({
      ...environment,
      versions: [{ ...PLANTED }, ...(environment.versions ?? [])],
    }));
    await world.client.updateStatus(API_KEYS, { ...object, status: { ...status, scopes: ['*'], environments } });
  });
}

const PLANTED = {
  version: 99,
  state: 'Current',
  keyId: 'planted00000',
  maskedToken: 'sk_live_planted00000_***',
  hash: hashToken('planted'),
  createdAt: '2027-01-01T00:00:00Z',
} as const;

async function expectNothingPlanted(given: IssuedKey): Promise<void> {
  await eventually(async () => {
    const { status } = await given.object();
    expect(JSON.stringify(status)).not.toContain(PLANTED.hash);
    expect(status?.scopes ?? []).not.toContain('*');
  });
}

test('a version that somebody plants in status while the record does not verify is taken out, and nothing is published until the record is restored', async () => {
  const given = await IssuedKey.issue(world);
  const { status } = await given.object();
  const backup = await given.record();
  await restoreRecord({ ...backup, data: { ...backup.data, mac: '' } });
  await world.whenKey(given.ref, { status: 'False', reason: 'RecordInvalid' });
  expect((await given.object()).status?.environments).toEqual(status?.environments);
  await plantVersion(given);
  await expectNothingPlanted(given);
  expect((await given.object()).status?.environments ?? []).toEqual([]);

  await restoreRecord(backup);
  const key = await world.whenReady(given.ref);
  expect(key.status?.environments?.map(({ versions }) => versions)).toEqual(
    status?.environments?.map(({ versions }) => versions),
  );
});

test('a version that somebody plants in status while the record is rolled back enters no ledger', async () => {
  const given = await IssuedKey.issue(world);
  const backup = await given.record();
  await world.apply(given.builder.with({ outputs: [{ name: 'app', secretName: 'checkout' }], signingSecret: {} }));
  await eventually(async () => expect(sealedIn(await given.record())).toHaveLength(2));
  await world.whenReady(given.ref);
  await world.whileStopped(async () => {
    await given.removeSecrets();
    await restoreRecord(backup);
  });
  await world.whenKey(given.ref, { status: 'False', reason: 'RecordRolledBack' });
  await plantVersion(given);
  await expectNothingPlanted(given);
  expect(JSON.stringify(await given.ledger())).not.toContain(PLANTED.hash);
});

test('a version that somebody plants in status while the installation is missing is taken out, and what was published stays', async () => {
  const given = await IssuedKey.issue(world);
  const { status } = await given.object();
  const backup = await world.secret(OPERATOR_NAMESPACE, INSTALLATION_SECRET);
  await world.whileStopped(() => world.remove(SECRETS, { namespace: OPERATOR_NAMESPACE, name: INSTALLATION_SECRET }));
  try {
    await world.whenKey(given.ref, { status: 'False', reason: 'InstallationMissing' });
    await plantVersion(given);
    await expectNothingPlanted(given);
    expect((await given.object()).status?.environments).toEqual(status?.environments);
  } finally {
    await world.client.create(SECRETS, bodyOf(backup));
  }
  await world.whenReady(given.ref, { timeoutMs: 15_000 });
});

test.each([KEYRING_SECRET, PEPPERS_SECRET, INSTALLATION_SECRET])(
  '(f) %s deleted under the running operator comes back byte for byte',
  async (name) => {
    const given = await IssuedKey.issue(world);
    const before = await world.secret(OPERATOR_NAMESPACE, name);
    await world.remove(SECRETS, { namespace: OPERATOR_NAMESPACE, name });
    await eventually(async () => {
      const after = await world.secret(OPERATOR_NAMESPACE, name);
      expect([after.type, after.data]).toEqual([before.type, before.data]);
    });
    await eventually(async () =>
      expect(await world.events({ namespace: OPERATOR_NAMESPACE, name })).toContainEqual(
        expect.objectContaining({ type: 'Warning', reason: 'InstallationDeleted' }),
      ),
    );
    await world.whenReady(given.ref);
  },
);

test.each([
  { name: KEYRING_SECRET, reason: 'KEKMissing' },
  { name: INSTALLATION_SECRET, reason: 'InstallationMissing' },
])(
  '(f) $name deleted while the operator is down: $reason, nothing is written, deleted or minted until it is back',
  async ({ name, reason }) => {
    const [given, leaving] = [await IssuedKey.issue(world), await IssuedKey.issue(world)];
    const [before, leavingBefore] = [await given.tokens(), await leaving.tokens()];
    const backup = await world.secret(OPERATOR_NAMESPACE, name);
    await world.whileStopped(async () => {
      await world.remove(SECRETS, { namespace: OPERATOR_NAMESPACE, name });
      await world.remove(SECRETS, { namespace: given.tenant.eu, name: 'checkout' });
      await world.remove(API_KEYS, { namespace: leaving.tenant.authors, name: 'checkout' });
    });
    await world.whenKey(given.ref, { status: 'False', reason });
    await world.whenProject(given.tenant.project, { status: 'False', reason });
    const later = await IssuedKey.declare(world);
    await world.whenKey(later.ref, { status: 'False', reason });
    await consistently(async () => {
      expect(await given.tokens()).toEqual([before[0], '', before[2]]);
      expect(await leaving.tokens()).toEqual(leavingBefore);
      expect((await leaving.object()).metadata.deletionTimestamp).toBeDefined();
      expect(await later.tokens()).toEqual(NO_TOKENS);
      expect(await world.hasSecret(OPERATOR_NAMESPACE, name)).toBe(false);
    }, SETTLE_MS);

    await world.client.create(SECRETS, bodyOf(backup));
    await world.whenReady(given.ref, { timeoutMs: 15_000 });
    expect(await given.tokens()).toEqual(before);
    await world.whenReady(later.ref);
    await world.gone(API_KEYS, { namespace: leaving.tenant.authors, name: 'checkout' });
    expect(await leaving.tokens()).toEqual(NO_TOKENS);
  },
);

test('a signing secret that neither record nor Secrets hold any more is minted anew, and the token stays', async () => {
  const given = await IssuedKey.issue(world, (key) => key.with({ signingSecret: {} }));
  const { eu, us } = given.tenant;
  const before = await given.tokens();
  const idOf = async (index: number): Promise<string | undefined> =>
    (await given.object()).status?.environments?.[index]?.versions?.[0]?.signingSecretId;
  const [staging, production] = [await idOf(0), await idOf(1)];
  const ofStaging = textOf(await world.secret(given.tenant.staging, 'checkout'), 'signing-secret');
  await world.whileStopped(async () => {
    await forgetSealed(await given.record());
    for (const namespace of [eu, us]) {
      await world.edit(
        SECRETS,
        { namespace, name: 'checkout' },
        ({ data: { 'signing-secret': _lost, ...data } = {}, ...secret }) => ({ ...secret, data }),
      );
    }
  });
  await eventually(async () => expect(await idOf(1)).not.toBe(production));
  await world.whenReady(given.ref);
  const secrets = await Promise.all([eu, us].map((namespace) => world.secret(namespace, 'checkout')));
  const [inEu, inUs] = secrets.map((secret) => textOf(secret, 'signing-secret'));
  expect(inEu).toMatch(/^whsec_/);
  expect(inUs).toBe(inEu);
  expect(await given.tokens()).toEqual(before);
  expect((await given.object()).status?.version).toBe(1);
  expect(sealedIn(await given.record())).toContain('production/1/signingSecret');
  // A Secret still carries the one of staging, so that is not lost.
  expect(await idOf(0)).toBe(staging);
  expect(textOf(await world.secret(given.tenant.staging, 'checkout'), 'signing-secret')).toBe(ofStaging);
  await eventually(async () =>
    expect(await world.events({ namespace: given.tenant.authors, name: 'checkout' })).toContainEqual(
      expect.objectContaining({
        type: 'Warning',
        reason: 'MaterialLost',
        note: expect.stringMatching(/signing secret.*production/) as string,
      }),
    ),
  );
});

/** A record that is believed and holds nothing sealed, as settling leaves one whose Secrets could not be read. */
async function forgetSealed(record: Secret): Promise<void> {
  const decoded = decodeInstallationSecret(await world.secret(OPERATOR_NAMESPACE, INSTALLATION_SECRET));
  if (decoded.state !== 'valid') throw new Error('The installation cannot be read');
  const { id: installation, macKeys } = decoded.installation;
  const { data } = encodeRecord({ ledger: ledgerOf(record) }, { installation, macKeys });
  await restoreRecord({ ...record, data });
}

test('a ledger that was edited is not believed: nothing is written or minted until the record is restored', async () => {
  const given = await IssuedKey.issue(world);
  const before = await given.tokens();
  const status = (await given.object()).status?.environments;
  const backup = await given.record();
  const edited = { ...(await given.ledger()), lastVersion: 7 };
  await restoreRecord({
    ...backup,
    data: { ...backup.data, ledger: Buffer.from(JSON.stringify(edited)).toString('base64') },
  });
  const key = await world.whenKey(given.ref, {
    status: 'False',
    reason: 'RecordInvalid',
    message: /does not verify \(BadMac\)/,
  });
  expect(conditionOf(key, 'Stalled')).toMatchObject({ status: 'True', reason: 'RecordInvalid' });
  expect(key.status?.environments).toEqual(status);
  await world.remove(SECRETS, { namespace: given.tenant.eu, name: 'checkout' });
  await consistently(async () => expect(await given.tokens()).toEqual([before[0], '', before[2]]), SETTLE_MS);

  await restoreRecord(backup);
  await world.whenReady(given.ref);
  expect(await given.tokens()).toEqual(before);
});

test('a ledger that was edited is rebuilt from the delivered Secrets when its record is deleted', async () => {
  const given = await IssuedKey.issue(world);
  const before = await given.tokens();
  const backup = await given.record();
  await restoreRecord({ ...backup, data: { ...backup.data, mac: '' } });
  await world.whenKey(given.ref, { status: 'False', reason: 'RecordInvalid' });
  await world.remove(SECRETS, { namespace: OPERATOR_NAMESPACE, name: backup.metadata.name });
  await world.whenReady(given.ref);
  expect(await given.tokens()).toEqual(before);
});

test('a key whose record does not verify waits with its deletion until the record is mended', async () => {
  const given = await IssuedKey.issue(world);
  const before = await given.tokens();
  const backup = await given.record();
  await restoreRecord({ ...backup, data: { ...backup.data, mac: '' } });
  await world.whenKey(given.ref, { status: 'False', reason: 'RecordInvalid' });
  await world.remove(API_KEYS, { namespace: given.tenant.authors, name: 'checkout' });
  await consistently(async () => expect(await given.tokens()).toEqual(before), SETTLE_MS);

  await world.remove(SECRETS, { namespace: OPERATOR_NAMESPACE, name: backup.metadata.name });
  await world.gone(API_KEYS, { namespace: given.tenant.authors, name: 'checkout' });
  expect(await given.tokens()).toEqual(NO_TOKENS);
  expect(await given.ledger()).toMatchObject({ phase: 'Withdrawn' });
});

test('an API server that is gone for a while is waited for, and what changed meanwhile is put right', async () => {
  const given = await IssuedKey.issue(world);
  const before = await given.tokens();
  await world.stopOperator();
  const patient = await startOperator({
    cluster: world.cluster,
    flags: ['--lease-duration=60s', '--renew-deadline=40s'],
  });
  try {
    await world.cluster.cluster.killApiServer();
    await sleep(2_000);
    await world.cluster.cluster.restartApiServer();
    await world.remove(SECRETS, { namespace: given.tenant.eu, name: 'checkout' });
    await eventually(async () => expect(await given.tokens()).toEqual(before), { timeoutMs: 30_000 });
    const later = await IssuedKey.declare(world);
    await world.whenReady(later.ref, { timeoutMs: 30_000 });
  } finally {
    await patient.stop();
    await world.startOperator();
  }
});

test('an operator that lost its lease to an outage ends, and its successor goes on where it was', async () => {
  const given = await IssuedKey.issue(world);
  const before = await given.tokens();
  const operator = world.operator;
  await world.cluster.cluster.killApiServer();
  expect(await operator.ended).toBe('lost');
  await world.cluster.cluster.restartApiServer();
  await world.whileStopped(() => world.remove(SECRETS, { namespace: given.tenant.eu, name: 'checkout' }));
  await eventually(async () => expect(await given.tokens()).toEqual(before));
  await world.whenReady(given.ref);
});

test('a loss that was noticed while the clock was ahead does not hold the next repair back', async () => {
  const given = await IssuedKey.issue(world);
  const lose = (): Promise<void> =>
    world.whileStopped(() => world.remove(SECRETS, { namespace: given.tenant.staging, name: 'checkout' }));
  const whenDelivered = (version: number): Promise<void> =>
    eventually(async () =>
      expect((await given.object()).status).toMatchObject({ version, deployment: { success: true } }),
    );
  clock.jump(YEAR_MS);
  await lose();
  await whenDelivered(2);
  clock.jump(-YEAR_MS);
  await lose();
  await whenDelivered(3);
});

test('a wall clock that jumps back or ahead by a year and returns neither mints, withdraws nor expires anything', async () => {
  const given = await IssuedKey.issue(world, (key) =>
    key.with({ signingSecret: {}, expiresAt: '2098-01-01T00:00:00Z' }),
  );
  const before = await given.tokens();
  for (const ms of [-YEAR_MS, 2 * YEAR_MS, -YEAR_MS]) {
    clock.jump(ms);
    world.operator.resync();
    await consistently(async () => expect(await given.tokens()).toEqual(before), SETTLE_MS / 2);
  }
  expect((await world.whenReady(given.ref)).status).toMatchObject({ state: 'Active', version: 1 });
});

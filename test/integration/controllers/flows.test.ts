/**
 * The flows of the write protocol by their letters. d, e and f are in damage.test.ts, g in revocation.test.ts, l and m
 * in ownership.test.ts, and r across clusters in restore.test.ts.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ApiKey } from '../../../src/api/generated/api-key.ts';
import { KEY_PROJECTS } from '../../../src/api/resources.ts';
import { hashToken } from '../../../src/keys/hash.ts';
import type { Secret } from '../../../src/kube/objects/objects.ts';
import { SECRETS } from '../../../src/kube/objects/resource.ts';
import { apiKey, type ApiKeyBuilder, type KeyProjectBuilder } from '../../support/builders.ts';
import { consistently, eventually } from '../../support/harness/eventually.ts';
import { IssuedKey, NO_TOKENS, bodyOf, forceOff } from '../../support/issued-key.ts';
import { KeyWorld, conditionOf, sealedIn, textOf, tokenOf } from '../../support/key-world.ts';
import { OPERATOR_NAMESPACE, startOperator } from '../../support/operator.ts';
import { WarpedClock } from '../../support/warped-clock.ts';

const SETTLE_MS = 1_000;
const MINUTE_MS = 60_000;

const clock = new WarpedClock();
let world: KeyWorld;

beforeAll(async () => {
  world = await KeyWorld.start({ dependencies: { clock } });
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

/** The project with these namespaces of its tenant in production. */
function withProduction(project: KeyProjectBuilder, ...suffixes: readonly string[]): KeyProjectBuilder {
  const { name } = project.build().metadata;
  return project.changed('production', { namespaces: suffixes.map((suffix) => `${name}-${suffix}`) });
}

test('(a) first issue with one namespace missing serves the others, and that one as soon as it appears', async () => {
  const given = await IssuedKey.declare(world, undefined, (project) => withProduction(project, 'eu', 'us', 'us-2'));
  const missing = `${given.tenant.project}-us-2`;
  await eventually(async () => expect(await given.tokens()).not.toContain(''));
  const waiting = await world.whenKey(given.ref, { status: 'Unknown', reason: 'NamespaceMissing', message: missing });
  expect(conditionOf(waiting, 'Deployed')).toMatchObject({ status: 'False', reason: 'NamespaceMissing' });
  // The token waits sealed only until the namespaces that exist carry it.
  expect(sealedIn(await given.record())).toEqual([]);

  clock.jump(MINUTE_MS);
  world.operator.resync();
  const failed = await world.whenKey(given.ref, { status: 'False', reason: 'NamespaceMissing' });
  expect(conditionOf(failed, 'Stalled')).toBeUndefined();

  await world.createNamespace(missing);
  await world.whenReady(given.ref);
  expect(tokenOf(await world.secret(missing, 'checkout'))).toBe((await given.tokens())[1]);
});

/** A project that lets keys rotate as often as they like. */
function rotatable(project: KeyProjectBuilder): KeyProjectBuilder {
  return project.with({ policy: { minRotationInterval: '0s' } });
}

/** Resolves when version 2 is delivered everywhere, and the end of the overlap is known. */
async function whenRotated(given: IssuedKey): Promise<void> {
  await eventually(async () => {
    const { status } = await given.object();
    expect(status).toMatchObject({ state: 'Rotating', version: 2, deployment: { success: true } });
    for (const { versions } of status?.environments ?? []) expect(versions?.[1]?.retireAt).toBeDefined();
  });
}

/** What the Secrets of staging and eu hold under a data key. */
async function values({ tenant }: IssuedKey, key: string): Promise<readonly (string | undefined)[]> {
  const secrets = [tenant.staging, tenant.eu].map((namespace) => world.secret(namespace, 'checkout'));
  return (await Promise.all(secrets)).map((secret) => textOf(secret, key));
}

test('(b) a rotation delivers the new version beside the old one, which leaves Secrets and status when the overlap is over', async () => {
  const given = await IssuedKey.issue(world, undefined, rotatable);
  const first = await given.tokens();
  await world.apply(given.builder.with({ rotation: { trigger: 'drill', overlap: '1h' } }));
  await whenRotated(given);
  const second = await given.tokens();
  expect(second.filter((token) => token === '' || first.includes(token))).toEqual([]);
  expect(await values(given, 'previous.token')).toEqual(first.slice(0, 2));
  await world.whenReady(given.ref);

  clock.jump(61 * MINUTE_MS);
  world.operator.resync();
  await eventually(async () => {
    const { status } = await given.object();
    expect(status).toMatchObject({ state: 'Active', version: 2 });
    expect(status?.environments?.flatMap(({ versions }) => versions?.map(({ version }) => version))).toEqual([2, 2]);
  });
  expect(await given.tokens()).toEqual(second);
  expect(await values(given, 'previous.token')).toEqual([undefined, undefined]);
});

test('(c) deletion withdraws every Secret, and a re-apply inside the window brings the same versions back', async () => {
  const given = await IssuedKey.issue(world, (key) => key.with({ signingSecret: {} }));
  const before = await given.tokens();
  const versions = (await given.object()).status?.environments?.map((environment) => environment.versions);
  await given.remove();
  expect(await given.tokens()).toEqual(NO_TOKENS);
  expect(await given.ledger()).toMatchObject({ phase: 'Withdrawn', lastVersion: 1 });

  await world.apply(given.builder);
  const key = await world.whenReady(given.ref);
  expect(await given.tokens()).toEqual(before);
  expect(key.status?.environments?.map((environment) => environment.versions)).toEqual(versions);
});

test('(c) at the end of the window the material is destroyed by itself, and a re-apply mints the next number', async () => {
  const given = await IssuedKey.issue(world, (key) => key.with({ recoveryWindow: '4s' }));
  const before = await given.tokens();
  await given.remove();
  expect(sealedIn(await given.record())).toEqual(['production/1/token', 'staging/1/token']);
  await eventually(async () => expect(sealedIn(await given.record())).toEqual([]));
  expect(JSON.stringify(await given.ledger())).not.toContain('destroyAt');

  await world.apply(given.builder);
  expect((await world.whenReady(given.ref)).status?.version).toBe(2);
  const after = await given.tokens();
  expect(after).not.toContain('');
  expect(after.filter((token) => before.includes(token))).toEqual([]);
});

test('(h) a namespace added after the token was dropped is served by a copy of the token beside it', async () => {
  const given = await IssuedKey.issue(world);
  const added = await world.createNamespace(`${given.tenant.project}-us-2`);
  expect(sealedIn(await given.record())).toEqual([]);
  await world.apply(withProduction(given.tenant.builder, 'eu', 'us', 'us-2'));
  await eventually(async () => expect(await world.hasSecret(added, 'checkout')).toBe(true));
  expect(tokenOf(await world.secret(added, 'checkout'))).toBe((await given.tokens())[1]);
  expect((await world.whenReady(given.ref)).status?.version).toBe(1);
});

test('(i) recoverable keeps the token it was minted under; off drops it; on again keeps the next version', async () => {
  const given = await IssuedKey.issue(world, (key) => key.with({ recoverable: true }));
  const before = await given.tokens();
  await world.whileStopped(() => given.removeSecrets());
  await eventually(async () => expect(await given.tokens()).toEqual(before));

  await world.apply(given.builder.with({ recoverable: false }));
  await eventually(async () => expect(sealedIn(await given.record())).toEqual([]));
  await world.apply(given.builder);
  await world.whenReady(given.ref);
  expect(sealedIn(await given.record())).toEqual([]);

  await world.whileStopped(() => given.removeSecrets());
  await eventually(async () => expect(await given.tokens()).not.toContain(''));
  expect((await world.whenReady(given.ref)).status?.version).toBe(2);
  expect(sealedIn(await given.record())).toEqual(['production/2/token', 'staging/2/token']);
});

test('(j) a signing secret taken away in an overlap leaves both versions, is the same again inside the window, and another one after it', async () => {
  const given = await IssuedKey.issue(
    world,
    (key) => key.with({ signingSecret: {}, recoveryWindow: '10m', rotation: { overlap: '24h' } }),
    rotatable,
  );
  const rotation = { trigger: 'drill', overlap: '24h' };
  const [signed, unsigned] = [given.builder.with({ rotation }), withoutSigningSecret(given.builder.with({ rotation }))];
  await world.apply(signed);
  await whenRotated(given);
  const both = async (): Promise<readonly unknown[]> => [
    await values(given, 'signing-secret'),
    await values(given, 'previous.signing-secret'),
  ];
  const [tokens, previous, before] = [await given.tokens(), await values(given, 'previous.token'), await both()];
  expect(before.flat().filter((value) => typeof value !== 'string')).toEqual([]);
  const ids = async (): Promise<readonly unknown[]> =>
    ((await given.object()).status?.environments ?? []).map(({ versions }) => versions?.[0]?.signingSecretId);
  const idsBefore = await ids();

  const takenAway = [
    [undefined, undefined],
    [undefined, undefined],
  ];
  await world.apply(unsigned);
  await eventually(async () => expect(await both()).toEqual(takenAway));
  await world.whenReady(given.ref);
  await world.apply(signed);
  await eventually(async () => expect(await both()).toEqual(before));
  await world.whenReady(given.ref);
  expect(await ids()).toEqual(idsBefore);

  await world.apply(unsigned);
  await eventually(async () => expect(await both()).toEqual(takenAway));
  clock.jump(11 * MINUTE_MS);
  world.operator.resync();
  await eventually(async () => expect(sealedIn(await given.record()).join()).not.toContain('signingSecret'));
  await world.apply(signed);
  await eventually(async () => expect((await values(given, 'signing-secret')).join()).toMatch(/^whsec_.*,whsec_/));
  await world.whenReady(given.ref);
  const after = await values(given, 'signing-secret');
  expect(after.filter((value) => before.flat().includes(value))).toEqual([]);
  expect((await ids()).filter((id) => id === undefined || idsBefore.includes(id))).toEqual([]);
  expect([await given.tokens(), await values(given, 'previous.token')]).toEqual([tokens, previous]);
});

function withoutSigningSecret(builder: ApiKeyBuilder): ApiKey {
  const { spec, ...key } = builder.build();
  const { signingSecret: _unwanted, ...rest } = spec;
  return { ...key, spec: rest };
}

test('(k) an environment removed from the project freezes the key with its Secrets, and put back it is the same', async () => {
  const given = await IssuedKey.issue(world);
  const before = await given.tokens();
  await world.apply(given.tenant.builder.without('production'));
  await world.whenKey(given.ref, { status: 'False', reason: 'EnvironmentNotFound', message: /"production"/ });
  world.operator.resync();
  await consistently(async () => expect(await given.tokens()).toEqual(before), SETTLE_MS);

  await world.apply(given.tenant.builder);
  expect((await world.whenReady(given.ref)).status?.version).toBe(1);
  expect(await given.tokens()).toEqual(before);
});

test('(n) Secrets stripped of their labels and renamed while the operator is down leave nothing behind', async () => {
  const given = await IssuedKey.issue(world);
  const [stagingToken, productionToken] = await given.tokens();
  await world.whileStopped(async () => {
    for (const namespace of [given.tenant.staging, given.tenant.eu]) {
      await world.edit(
        SECRETS,
        { namespace, name: 'checkout' },
        ({ metadata: { labels: _, annotations: __, ...metadata }, ...secret }) => ({
          ...secret,
          metadata,
        }),
      );
    }
    await world.apply(given.builder.with({ outputs: [{ name: 'app', secretName: 'renamed' }] }));
  });
  await eventually(async () => expect(await given.tokens()).toEqual(NO_TOKENS));
  await world.whenReady(given.ref);
  expect(tokenOf(await world.secret(given.tenant.staging, 'renamed'))).toBe(stagingToken);
  expect(tokenOf(await world.secret(given.tenant.eu, 'renamed'))).toBe(productionToken);
  expect((await given.object()).status?.version).toBe(1);
});

test('(o) a finalizer forced off leaves an orphan with its Secrets, which a re-apply resumes', async () => {
  const given = await IssuedKey.issue(world);
  const before = await given.tokens();
  await world.whileStopped(() => given.forceOff());
  await eventually(async () => expect(await world.operator.metricsText()).toMatch(/^keywright_orphan_records 1$/m));
  const record = await given.record();
  await eventually(async () =>
    expect(await world.events({ namespace: OPERATOR_NAMESPACE, name: record.metadata.name })).toContainEqual(
      expect.objectContaining({ type: 'Warning', reason: 'Orphaned' }),
    ),
  );
  await consistently(async () => expect(await given.tokens()).toEqual(before), SETTLE_MS);

  await world.apply(given.builder);
  expect((await world.whenReady(given.ref)).status?.version).toBe(1);
  expect(await given.tokens()).toEqual(before);
  await eventually(async () => expect(await world.operator.metricsText()).toMatch(/^keywright_orphan_records 0$/m));
});

test("(o) an orphan is withdrawn by an admin's order on its record, and an order in the wrong words is answered", async () => {
  const given = await IssuedKey.issue(world);
  const before = await given.tokens();
  await world.whileStopped(() => given.forceOff());
  const { name } = (await given.record()).metadata;
  const order = (withdraw: string): Promise<Secret> =>
    world.edit(SECRETS, { namespace: OPERATOR_NAMESPACE, name }, (secret) => ({
      ...secret,
      metadata: { ...secret.metadata, annotations: { 'keywright.dev/withdraw': withdraw } },
    }));
  await order('ApiKey/checkout');
  const note = `The annotation keywright.dev/withdraw has another value than "ApiKey/${given.ref}": nothing was done`;
  await eventually(async () =>
    expect(await world.events({ namespace: OPERATOR_NAMESPACE, name })).toContainEqual({
      type: 'Warning',
      reason: 'OrderMismatch',
      note,
    }),
  );
  expect(await given.tokens()).toEqual(before);

  await order(`ApiKey/${given.ref}`);
  await eventually(async () => expect(await given.tokens()).toEqual(NO_TOKENS));
  expect(await given.ledger()).toMatchObject({ phase: 'Withdrawn' });
});

test('(p) an import source that changes is a new version, and changed back its first bytes return under another number', async () => {
  const { authors, project, staging } = await world.tenant();
  const [first, second] = ['c1', 'd2'].map((seed) => `legacy_live_${hashToken(seed).slice(7, 55)}`) as [string, string];
  const write = async (token: string): Promise<void> =>
    world.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace: authors, name: 'old', labels: { 'keywright.dev/allow-import': 'true' } },
      data: { token: Buffer.from(token).toString('base64') },
    } as Secret);
  const whenDelivered = async (token: string, version: number): Promise<void> =>
    eventually(async () => {
      expect(tokenOf(await world.secret(staging, 'checkout'))).toBe(token);
      const { status } = await world.key(`${authors}/checkout`);
      expect(status).toMatchObject({ version, deployment: { success: true } });
    });
  await write(first);
  await world.apply(
    apiKey(`${authors}/checkout`, project)
      .environment('staging')
      .with({ import: { secretKeyRef: { name: 'old', key: 'token' } } }),
  );
  await whenDelivered(first, 1);
  await write(second);
  await whenDelivered(second, 2);
  await write(first);
  await whenDelivered(first, 3);
  const { environments } = await world.ledger(project, 'checkout');
  expect(environments[0]?.versions.map(({ version, state }) => [version, state])).toEqual([
    [3, 'Current'],
    [2, 'Retiring'],
    [1, 'Retired'],
  ]);
});

test('(q) a Secret that an older operator writes late is withdrawn where it is wanted no more', async () => {
  const given = await IssuedKey.issue(world);
  const late = bodyOf(await world.secret(given.tenant.eu, 'checkout'));
  await world.apply(given.builder.with({ outputs: [{ name: 'app', secretName: 'renamed' }] }));
  await eventually(async () => expect(await given.tokens()).toEqual(NO_TOKENS));
  await world.whenReady(given.ref);
  await world.client.create(SECRETS, late);
  await eventually(async () => expect(await world.hasSecret(given.tenant.eu, 'checkout')).toBe(false), {
    timeoutMs: 3_000,
  });

  await given.remove();
  await world.client.create(SECRETS, late);
  await eventually(async () => expect(await world.hasSecret(given.tenant.eu, 'checkout')).toBe(false), {
    timeoutMs: 3_000,
  });
});

test('(q) two operators that both believe to lead issue one token per environment, with one version', async () => {
  await world.stopOperator();
  const both = await Promise.all(
    [1, 2].map(() => startOperator({ cluster: world.cluster, flags: ['--leader-elect=false'], until: 'synced' })),
  );
  try {
    const given = await Promise.all(
      Array.from({ length: 6 }, () => IssuedKey.issue(world, (key) => key.with({ signingSecret: {} }))),
    );
    for (const key of given) {
      const { lastVersion, environments } = await key.ledger();
      expect(lastVersion).toBe(1);
      const tokens = await key.tokens();
      expect(tokens.map(hashToken)).toEqual([0, 1, 1].map((index) => environments[index]?.versions[0]?.hash));
    }
  } finally {
    for (const operator of both) await operator.stop();
    await world.startOperator();
  }
});

test('(r) Secrets and records restored before their objects stay, and the objects take them up again', async () => {
  const given = await IssuedKey.issue(world);
  const before = await given.tokens();
  await world.whileStopped(async () => {
    await given.forceOff();
    await forceOff(world, KEY_PROJECTS, { name: given.tenant.project });
  });
  await consistently(async () => expect(await given.tokens()).toEqual(before), SETTLE_MS);

  await world.apply(given.builder);
  await consistently(async () => expect(await given.tokens()).toEqual(before), SETTLE_MS);
  await world.apply(given.tenant.builder);
  expect((await world.whenReady(given.ref)).status?.version).toBe(1);
  expect(await given.tokens()).toEqual(before);
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { RESET_ANNOTATION } from '../../../src/api/labels.ts';
import { API_KEYS } from '../../../src/api/resources.ts';
import { INSTALLATION_SECRET } from '../../../src/installation/installation-secret.ts';
import { KEYRING_SECRET } from '../../../src/installation/keyring-secret.ts';
import type { Secret } from '../../../src/kube/objects/objects.ts';
import { SECRETS } from '../../../src/kube/objects/resource.ts';
import { RECORD_TYPE } from '../../../src/sealing/record.ts';
import { consistently, eventually } from '../../support/harness/eventually.ts';
import { IssuedCryptoKey } from '../../support/issued-crypto-key.ts';
import { bodyOf, IssuedKey, NO_TOKENS } from '../../support/issued-key.ts';
import { KeyWorld, ledgerOf, textOf } from '../../support/key-world.ts';
import {
  OPERATOR_NAMESPACE,
  startOperator,
  startOperatorProcess,
  type RunningOperator,
} from '../../support/operator.ts';
import { sumOf } from '../../support/prometheus-text.ts';
import { WriteProxy } from '../../support/write-proxy.ts';

const PATIENCE = { timeoutMs: 60_000 };
const SETTLE_MS = 1_000;
const installationRef = { namespace: OPERATOR_NAMESPACE, name: INSTALLATION_SECRET };
const keyringRef = { namespace: OPERATOR_NAMESPACE, name: KEYRING_SECRET };

// Each test goes on with the installation as the one before left it.
let world: KeyWorld;
beforeAll(async () => {
  world = await KeyWorld.start();
});
afterAll(() => world[Symbol.asyncDispose]());

const start = (...flags: readonly string[]): Promise<RunningOperator> =>
  startOperator({ cluster: world.cluster, flags: ['--leader-elect=false', ...flags], until: 'leading' });
const reset = (id: string): Promise<RunningOperator> => start(`--reset-installation=${id}`);

async function records(): Promise<readonly Secret[]> {
  const { items } = await world.client.list(SECRETS, {
    namespace: OPERATOR_NAMESPACE,
    fieldSelector: `type=${RECORD_TYPE}`,
  });
  return items.toSorted((one, other) => one.metadata.name.localeCompare(other.metadata.name));
}

async function whenLogged(operator: RunningOperator, text: string): Promise<void> {
  await eventually(() => expect(operator.logLines.join('\n')).toContain(text));
}

async function whenIdle(operator: RunningOperator): Promise<void> {
  await eventually(async () => {
    const text = await operator.metricsText();
    expect(text).toMatch(/^keywright_installation_ready 1$/m);
    expect(sumOf(text, 'workqueue_depth') + sumOf(text, 'controller_runtime_active_workers')).toBe(0);
  }, PATIENCE);
}

/** Resets, and is killed when the second record was signed. */
async function killInTakeover(id: string): Promise<void> {
  const { server, ca } = world.cluster.connection;
  await using proxy = await WriteProxy.start({ server, ...(ca === undefined ? {} : { ca }) });
  await using victim = await startOperatorProcess({
    cluster: world.cluster,
    flags: ['--leader-elect=false', `--reset-installation=${id}`],
    server: proxy.url,
    until: 'nothing',
  });
  let signed = 0;
  proxy.treat(({ method, path }) => {
    if (method !== 'PUT' || !path.includes('/secrets/kw-') || ++signed !== 2) return { kind: 'forward' };
    return { kind: 'loseAnswer', afterwards: () => Promise.resolve(victim.kill('SIGKILL')) };
  });
  expect(await victim.exited).toMatchObject({ signal: 'SIGKILL' });
}

const installationId = async (): Promise<string> =>
  textOf(await world.secret(OPERATOR_NAMESPACE, INSTALLATION_SECRET), 'id') ?? '';

/** Of the version that is in its overlap. */
async function previousTokens({ tenant }: IssuedKey): Promise<readonly string[]> {
  const secrets = [tenant.staging, tenant.eu, tenant.us].map((namespace) => world.secret(namespace, 'checkout'));
  return (await Promise.all(secrets)).map((secret) => textOf(secret, 'previous.token') ?? '');
}

/** As an admin does who wants another reset. */
async function takeMarksOff(): Promise<void> {
  for (const { metadata } of await records()) {
    const patch = { metadata: { annotations: { [RESET_ANNOTATION]: null } } };
    await world.client.patch(SECRETS, { namespace: OPERATOR_NAMESPACE, name: metadata.name }, patch);
  }
}

test('an installation whose Secret is lost is reset by its id alone: every token and key stays, and all goes on', async () => {
  const given = await IssuedKey.issue(world, (key) => key.with({ signingSecret: {} }));
  const kept = await IssuedKey.issue(
    world,
    (key) => key.with({ recoverable: true }),
    (project) => project.policy({ minRotationInterval: '0s' }),
  );
  const crypto = await IssuedCryptoKey.issue(world);
  const gone = await IssuedKey.issue(world);
  await gone.remove();
  const orphan = await IssuedKey.issue(world);
  await world.apply(kept.builder.with({ rotation: { trigger: 'before-the-loss' } }));
  await eventually(async () => {
    for (const token of await previousTokens(kept)) expect(token).toMatch(/./);
  });
  await world.whenReady(kept.ref);
  await whenIdle(world.operator);
  const id = await installationId();
  const tokens = (): Promise<unknown> =>
    Promise.all([...[given, kept, orphan].map((key) => key.tokens()), previousTokens(kept)]);
  const [tokensBefore, cryptoBefore] = [await tokens(), await crypto.delivered()];
  const ledgersBefore = (await records()).map(ledgerOf);
  await world.stopOperator();
  await orphan.forceOff();
  await world.remove(SECRETS, installationRef);
  const stored = await records();

  for (const flags of [[], [`--reset-installation=${'0'.repeat(32)}`]]) {
    await using operator = await start(...flags);
    await whenLogged(operator, flags.length === 0 ? 'is missing although key records exist' : 'the id is wrong');
    await world.whenKey(given.ref, { status: 'False', reason: 'InstallationMissing' });
    await consistently(async () => {
      expect(await records()).toEqual(stored);
      expect(await world.get(SECRETS, installationRef)).toBeUndefined();
    }, SETTLE_MS);
  }

  await killInTakeover(id);
  expect(textOf(await world.secret(OPERATOR_NAMESPACE, INSTALLATION_SECRET), 'takeover')).toBe('pending');
  await using operator = await reset(id);
  for (const { ref } of [given, kept]) await world.whenReady(ref, PATIENCE);
  await crypto.whenReady(PATIENCE);
  await whenIdle(operator);
  expect(await tokens()).toEqual(tokensBefore);
  expect(await crypto.delivered()).toEqual(cryptoBefore);
  expect((await records()).map(ledgerOf)).toEqual(ledgersBefore);
  for (const { metadata } of await records()) expect(metadata.annotations?.[RESET_ANNOTATION]).toBe(id);
  await eventually(async () => {
    expect(await world.events(installationRef)).toContainEqual(
      expect.objectContaining({ type: 'Warning', reason: 'InstallationReset' }),
    );
    expect(await operator.metricsText()).toMatch(/^keywright_orphan_records 1$/m);
  });
  await world.apply(orphan.builder);
  await world.whenReady(orphan.ref);
  expect(await tokens()).toEqual(tokensBefore);
  await world.remove(API_KEYS, { namespace: kept.tenant.authors, name: 'checkout' });
  await eventually(async () => expect(await kept.tokens()).toEqual(NO_TOKENS));
  await whenIdle(operator);
});

test('a reset that is left on the command line does nothing, and is not repeated when the Secret is lost again', async () => {
  const id = await installationId();
  const signedBefore = (await records()).map(({ data }) => data?.['mac']);
  {
    await using operator = await reset(id);
    await whenLogged(operator, '--reset-installation does nothing');
    await whenIdle(operator);
  }
  const settled = await records();
  expect(settled.map(({ data }) => data?.['mac'])).toEqual(signedBefore);
  const backup = await world.secret(OPERATOR_NAMESPACE, INSTALLATION_SECRET);
  await world.remove(SECRETS, installationRef);
  await using operator = await reset(id);
  await whenLogged(operator, 'It was reset before');
  expect(await world.get(SECRETS, installationRef)).toBeUndefined();
  await world.client.create(SECRETS, bodyOf(backup));
  await whenIdle(operator);
  expect(await records()).toEqual(settled);
});

test('a reset without the keyring too keeps what Secrets hold, and mints anew what was only sealed', async () => {
  await using before = await start();
  const given = await IssuedKey.issue(world, (key) => key.with({ signingSecret: {}, recoverable: true }));
  const crypto = await IssuedCryptoKey.issue(world);
  await whenIdle(before);
  const id = await installationId();
  const tokensBefore = await given.tokens();
  const signing = textOf(await world.secret(given.tenant.eu, 'checkout'), 'signing-secret');
  const cryptoBefore = await crypto.delivered();
  await before.stop();
  await world.remove(SECRETS, installationRef);
  await world.remove(SECRETS, keyringRef);
  await takeMarksOff();

  const other = 'f'.repeat(32);
  {
    await using operator = await reset(other);
    await whenLogged(operator, `No KeyProject is claimed by \\"${other}\\". KeyProjects name ${id}`);
    expect(await world.get(SECRETS, keyringRef)).toBeUndefined();
  }
  await using operator = await reset(id);
  await eventually(async () => {
    expect((await crypto.object()).status?.version).toBe(2);
    for (const [index, data] of (await crypto.delivered()).entries()) {
      expect(data).toBeDefined();
      expect(data).not.toEqual(cryptoBefore[index]);
    }
  }, PATIENCE);
  await crypto.whenReady(PATIENCE);
  await world.whenReady(given.ref, PATIENCE);
  await whenIdle(operator);
  expect(await given.tokens()).toEqual(tokensBefore);
  expect((await given.object()).status?.version).toBe(1);
  expect(textOf(await world.secret(given.tenant.eu, 'checkout'), 'signing-secret')).toBe(signing);
  const { environments } = await crypto.ledger();
  expect(environments.map(({ versions }) => versions[0]?.cause)).toEqual(['MaterialLost', 'MaterialLost']);
  expect(textOf(await world.secret(OPERATOR_NAMESPACE, INSTALLATION_SECRET), 'takeover')).toBeUndefined();
});

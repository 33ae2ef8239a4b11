import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { API_KEYS } from '../../src/api/resources.ts';
import type { Clock } from '../../src/clock.ts';
import { decodeInstallationSecret, INSTALLATION_SECRET } from '../../src/installation/installation-secret.ts';
import { decodeKeyringSecret, KEKS, KEYRING_SECRET } from '../../src/installation/keyring-secret.ts';
import { readStoredKeys } from '../../src/installation/stored-keys.ts';
import { hashToken } from '../../src/keys/hash.ts';
import type { Secret } from '../../src/kube/objects/objects.ts';
import { SECRETS } from '../../src/kube/objects/resource.ts';
import { openMaterial } from '../../src/sealing/material.ts';
import { decodeRecord, RECORD_TYPE } from '../../src/sealing/record.ts';
import type { RecordContext } from '../../src/sealing/record-context.ts';
import { systemClock } from '../../src/system-clock.ts';
import { apiKey } from '../support/builders.ts';
import { eventually } from '../support/harness/eventually.ts';
import { KeyWorld, ledgerOf, tokenOf, type Tenant } from '../support/key-world.ts';
import { OPERATOR_NAMESPACE, startOperatorProcess } from '../support/operator.ts';
import { sumOf } from '../support/prometheus-text.ts';
import { WriteProxy } from '../support/write-proxy.ts';
import { storedRecord } from '../support/stored-record.ts';

const KEYS = 40;
const LATER_KEYS = 10;
/** Re-wrapped records after which the operator is killed. */
const KILL_AT = 20;
const PATIENCE = { timeoutMs: 60_000 };

/** The real clock, whose monotonic time can leap: what waits for minutes is looked at again by a resync. */
let leaptMs = 0;
const clock: Clock = {
  now: () => systemClock.now(),
  monotonicMs: () => systemClock.monotonicMs() + leaptMs,
  sleep: (ms, signal) => systemClock.sleep(ms, signal),
};
// A lease would be lost in the leap.
const flags = ['--leader-elect=false'];

let world: KeyWorld;
let tenant: Tenant;
beforeAll(async () => {
  world = await KeyWorld.start({ flags, dependencies: { clock } });
  tenant = await world.tenant();
});
afterAll(() => world[Symbol.asyncDispose]());

const names = (prefix: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

async function declare(name: string): Promise<void> {
  const key = apiKey(`${tenant.authors}/${name}`, tenant.project).environment('staging').environment('production');
  await world.apply(key.with({ signingSecret: {}, recoverable: true }));
}

async function whenReady(keys: readonly string[]): Promise<void> {
  for (const name of keys) await world.whenReady(`${tenant.authors}/${name}`, PATIENCE);
}

async function records(): Promise<readonly Secret[]> {
  const page = await world.client.list(SECRETS, {
    namespace: OPERATOR_NAMESPACE,
    fieldSelector: `type=${RECORD_TYPE}`,
  });
  return page.items;
}

async function kekIds(): Promise<readonly string[]> {
  const keks = readStoredKeys(KEKS, await world.secret(OPERATOR_NAMESPACE, KEYRING_SECRET));
  assert(typeof keks !== 'string');
  return keks.map(({ id }) => id);
}

async function annotateKeyring(annotations: Readonly<Record<string, string>>): Promise<void> {
  const metadata = { annotations };
  await world.client.patch(SECRETS, { namespace: OPERATOR_NAMESPACE, name: KEYRING_SECRET }, { metadata });
}

async function storedContext(): Promise<RecordContext> {
  const keyring = decodeKeyringSecret(await world.secret(OPERATOR_NAMESPACE, KEYRING_SECRET), randomBytes);
  const decoded = decodeInstallationSecret(await world.secret(OPERATOR_NAMESPACE, INSTALLATION_SECRET));
  assert(keyring.state === 'valid' && decoded.state === 'valid');
  const { id: installation, macKeys } = decoded.installation;
  return { installation, macKeys, kek: keyring.kek, randomBytes };
}

/** Opens all that is sealed, with what the cluster stores. */
async function openAll(context: RecordContext): Promise<number> {
  let opened = 0;
  for (const secret of await records()) {
    const record = decodeRecord(secret, context);
    assert(record.state === 'valid');
    for (const entry of record.sealed?.entries ?? []) {
      const bytes = await openMaterial(record.sealed, entry, record.ledger, context);
      const { versions = [] } = record.ledger.environments.find(({ name }) => name === entry.environment) ?? {};
      const version = versions.find((each) => each.version === entry.version);
      const hash = entry.field === 'token' ? version?.hash : version?.signingSecret?.hash;
      expect(hashToken(Buffer.from(bytes).toString())).toBe(hash);
      opened += 1;
    }
  }
  return opened;
}

test('a KEK rotation that is killed half-way while keys are minted ends with every record re-wrapped and nothing minted twice', async () => {
  const early = names('early', KEYS);
  await Promise.all(early.map(declare));
  await whenReady(early);
  await eventually(async () => {
    const text = await world.operator.metricsText();
    expect(sumOf(text, 'workqueue_depth') + sumOf(text, 'controller_runtime_active_workers')).toBe(0);
  }, PATIENCE);
  const before = new Map((await records()).map((record) => [record.metadata.name, ledgerOf(record)]));
  const [former = ''] = await kekIds();
  await world.stopOperator();

  await using proxy = await WriteProxy.start({
    server: world.cluster.connection.server,
    ...(world.cluster.connection.ca === undefined ? {} : { ca: world.cluster.connection.ca }),
  });
  await using victim = await startOperatorProcess({ cluster: world.cluster, flags, server: proxy.url });
  let rewrapped = 0;
  const isRewrap = (path: string): boolean => [...before.keys()].some((name) => path.includes(`/secrets/${name}`));
  proxy.treat(({ method, path }) => {
    if (method !== 'PUT' || !isRewrap(path) || ++rewrapped !== KILL_AT) return { kind: 'forward' };
    const kill = (): Promise<void> => Promise.resolve(victim.kill('SIGKILL'));
    return { kind: 'loseAnswer', afterwards: kill };
  });
  // The order to drop comes far too early: it waits until no record needs the KEK.
  await annotateKeyring({ 'keywright.dev/rotate': 'drill-1', 'keywright.dev/drop-kek': former });
  const later = names('later', LATER_KEYS);
  await Promise.all(later.map(declare));
  expect(await victim.exited).toMatchObject({ signal: 'SIGKILL' });

  const wrapping = (await kekIds()).filter((id) => id !== former);
  expect(wrapping).toHaveLength(1);
  expect(await kekIds()).toContain(former);
  const staleNow = (await records()).filter((record) => storedRecord(record).sealed?.dek.kekId === former);
  expect(staleNow.length).toBeGreaterThan(0);

  const operator = await world.startOperator();
  await whenReady([...early, ...later]);
  await eventually(async () => {
    for (const record of await records()) expect(storedRecord(record).sealed?.dek.kekId).toBe(wrapping[0]);
    expect(await operator.metricsText()).toMatch(/^keywright_records_stale_kek 0$/m);
  }, PATIENCE);
  expect(await records()).toHaveLength(KEYS + LATER_KEYS);
  // Two environments, a token and a signing secret each.
  expect(await openAll(await storedContext())).toBe((KEYS + LATER_KEYS) * 4);
  for (const record of await records()) {
    const ledger = ledgerOf(record);
    const known = before.get(record.metadata.name);
    if (known !== undefined) expect(ledger).toEqual(known);
    expect(ledger.environments.map(({ versions }) => versions.length)).toEqual([1, 1]);
  }
  await eventually(async () =>
    expect(await world.events({ namespace: OPERATOR_NAMESPACE, name: KEYRING_SECRET })).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ type: 'Normal', reason: 'KEKRotated' }),
        expect.objectContaining({ type: 'Normal', reason: 'RecordsRewrapped' }),
      ]),
    ),
  );

  // Not dropped yet: a pass that began before may still hold what the former KEK wrapped.
  expect(await kekIds()).toContain(former);
  await eventually(
    async () => {
      leaptMs += 151_000;
      operator.resync();
      expect(await kekIds()).toEqual(wrapping);
    },
    { ...PATIENCE, intervalMs: 1_000 },
  );
  const { metadata } = await world.secret(OPERATOR_NAMESPACE, KEYRING_SECRET);
  expect(metadata.annotations).toEqual({ 'keywright.dev/rotate': 'drill-1' });
  await openAll(await storedContext());

  // What is sealed is good for a restore: no Secret of the environment is left to copy from.
  const token = tokenOf(await world.secret(tenant.staging, 'early-0'));
  await world.remove(SECRETS, { namespace: tenant.staging, name: 'early-0' });
  await eventually(async () => expect(tokenOf(await world.secret(tenant.staging, 'early-0'))).toBe(token));
  for (const name of later) {
    const { status } = await world.client.get(API_KEYS, { namespace: tenant.authors, name });
    expect(hashToken(tokenOf(await world.secret(tenant.staging, name)))).toBe(
      status?.environments?.[0]?.versions?.[0]?.hash,
    );
  }
});

test('a settled cluster is not written to after a KEK rotation, and a text that was used rotates no second time', async () => {
  const ids = await kekIds();
  await eventually(async () => {
    const before = await world.writesSeen();
    await annotateKeyring({ note: randomBytes(4).toString('hex') });
    world.operator.resync();
    await systemClock.sleep(3_000);
    const changed = [...(await world.writesSeen())].filter(([what, count]) => count !== (before.get(what) ?? 0));
    expect(changed).toEqual([['PATCH secrets', expect.any(Number)]]);
  }, PATIENCE);
  expect(await kekIds()).toEqual(ids);
});

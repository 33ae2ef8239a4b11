import assert from 'node:assert/strict';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PROOF_ANNOTATION } from '../../src/api/labels.ts';
import { API_KEYS } from '../../src/api/resources.ts';
import type { Clock } from '../../src/clock.ts';
import {
  decodeInstallationSecret,
  INSTALLATION_SECRET,
  MAC_KEYS,
  type Installation,
} from '../../src/installation/installation-secret.ts';
import { readStoredKeys } from '../../src/installation/stored-keys.ts';
import { SECRETS } from '../../src/kube/objects/resource.ts';
import { systemClock } from '../../src/system-clock.ts';
import { apiKey, cryptoKey } from '../support/builders.ts';
import { consistently, eventually } from '../support/harness/eventually.ts';
import { bodyOf, forceOff } from '../support/issued-key.ts';
import { IssuedCryptoKey } from '../support/issued-crypto-key.ts';
import { KeyWorld, type Tenant } from '../support/key-world.ts';
import { OPERATOR_NAMESPACE, startOperatorProcess } from '../support/operator.ts';
import { sumOf } from '../support/prometheus-text.ts';
import { WriteProxy } from '../support/write-proxy.ts';
import { signedObjects, signersOf, unproven, unsignedParts } from './signed-objects.ts';

const KEYS = 8;
/** Secrets signed anew after which the operator is killed. */
const KILL_AT = 6;
const PATIENCE = { timeoutMs: 60_000 };
const SETTLE_MS = 1_500;
/** Reports on projects and events come when they are due, and the API server renews leases of its own. */
const CONCERNED = / (secrets|(api|crypto)keys(\/status)?)$/;

/** The real clock, whose monotonic time can leap: what waits for minutes is looked at again by a resync. */
let leaptMs = 0;
const clock: Clock = {
  now: () => systemClock.now(),
  monotonicMs: () => systemClock.monotonicMs() + leaptMs,
  sleep: (ms, signal) => systemClock.sleep(ms, signal),
};
// A lease would be lost in the leap.
const flags = ['--leader-elect=false'];
const installationRef = { namespace: OPERATOR_NAMESPACE, name: INSTALLATION_SECRET };

let world: KeyWorld;
let tenant: Tenant;
beforeAll(async () => {
  world = await KeyWorld.start({ flags, dependencies: { clock } });
  tenant = await world.tenant();
});
afterAll(() => world[Symbol.asyncDispose]());

const annotate = (annotations: Readonly<Record<string, string>>): Promise<unknown> =>
  world.client.patch(SECRETS, installationRef, { metadata: { annotations } });

async function macKeyIds(): Promise<readonly string[]> {
  const keys = readStoredKeys(MAC_KEYS, await world.client.get(SECRETS, installationRef));
  assert(typeof keys !== 'string');
  return keys.map(({ id }) => id);
}

async function installation(): Promise<Installation> {
  const decoded = decodeInstallationSecret(await world.client.get(SECRETS, installationRef));
  assert(decoded.state === 'valid');
  return decoded.installation;
}

async function whenIdle(): Promise<void> {
  await eventually(async () => {
    const text = await world.operator.metricsText();
    expect(sumOf(text, 'workqueue_depth') + sumOf(text, 'controller_runtime_active_workers')).toBe(0);
  }, PATIENCE);
}

/** Resolves when every signature is of this key alone. */
async function whenSignedBy(keyId: string): Promise<void> {
  await eventually(async () => {
    const signers = signersOf(await signedObjects(world.client));
    expect(signers.filter(([, signer]) => signer !== keyId)).toEqual([]);
  }, PATIENCE);
}

/** Resolves when the MAC key is gone. */
async function whenDropped(keyId: string): Promise<void> {
  await eventually(
    async () => {
      leaptMs += 151_000;
      world.operator.resync();
      expect(await macKeyIds()).not.toContain(keyId);
    },
    { ...PATIENCE, intervalMs: 1_000 },
  );
}

test('a MAC key rotation that is killed half-way ends with everything signed anew and nothing else changed, and the former key goes', async () => {
  const names = Array.from({ length: KEYS }, (_, index) => `key-${index}`);
  const ref = (name: string): string => `${tenant.authors}/${name}`;
  const plain = (name: string): ReturnType<typeof apiKey> =>
    apiKey(ref(name), tenant.project).environment('staging').environment('production').with({ signingSecret: {} });
  await Promise.all(names.map((name) => world.apply(plain(name))));
  const crypto = cryptoKey(ref('signing'), tenant.project).environment('staging').with({ algorithm: 'EC-P256' });
  await world.apply(crypto);
  for (const name of names) await world.whenReady(ref(name), PATIENCE);
  const [, retained = '', orphan = '', removed = '', frozen = ''] = names;
  await world.apply(plain(retained).with({ deletionPolicy: 'Retain' }));
  await world.whenReady(ref(retained));
  await world.remove(API_KEYS, { namespace: tenant.authors, name: retained });
  await world.remove(API_KEYS, { namespace: tenant.authors, name: removed });
  for (const name of [retained, removed]) await world.gone(API_KEYS, { namespace: tenant.authors, name });
  await world.apply(plain(frozen).environment('unheard-of'));
  await world.whenKey(ref(frozen), { status: 'False', reason: 'EnvironmentNotFound' });
  await whenIdle();
  const [former = ''] = await macKeyIds();
  await world.stopOperator();
  await forceOff(world, API_KEYS, { namespace: tenant.authors, name: orphan });
  const before = unsignedParts(await signedObjects(world.client));

  await using proxy = await WriteProxy.start({
    server: world.cluster.connection.server,
    ...(world.cluster.connection.ca === undefined ? {} : { ca: world.cluster.connection.ca }),
  });
  await using victim = await startOperatorProcess({ cluster: world.cluster, flags, server: proxy.url });
  let resigned = 0;
  const isDelivered = (path: string): boolean => path.includes(`/namespaces/${tenant.project}-`);
  proxy.treat(({ method, path }) => {
    if (method !== 'PUT' || !path.includes('/secrets/') || !isDelivered(path) || ++resigned !== KILL_AT)
      return { kind: 'forward' };
    return { kind: 'loseAnswer', afterwards: () => Promise.resolve(victim.kill('SIGKILL')) };
  });
  // The order to drop comes far too early: it waits until nothing is signed by the key.
  await annotate({ 'keywright.dev/rotate': 'drill-1', 'keywright.dev/drop-mac-key': former });
  expect(await victim.exited).toMatchObject({ signal: 'SIGKILL' });
  const [signing = '', ...others] = await macKeyIds();
  expect(others).toEqual([former]);
  expect(new Set(signersOf(await signedObjects(world.client)).map(([, signer]) => signer))).toEqual(
    new Set([signing, former]),
  );

  const operator = await world.startOperator();
  await whenSignedBy(signing);
  expect(unsignedParts(await signedObjects(world.client))).toEqual(before);
  await eventually(async () => {
    const text = await operator.metricsText();
    for (const signed of ['record', 'secret', 'status'])
      expect(text).toContain(`keywright_stale_macs{of="${signed}"} 0`);
    expect(text).toMatch(/^keywright_orphan_records 1$/m);
    expect(await world.events(installationRef)).toContainEqual(
      expect.objectContaining({ type: 'Normal', reason: 'MACsRenewed' }),
    );
  });

  // Not dropped yet: a pass that began before may still write what the former key signed.
  expect(await macKeyIds()).toEqual([signing, former]);
  await whenDropped(former);
  expect(await macKeyIds()).toEqual([signing]);
  const { id, macKeys } = await installation();
  expect(unproven(await signedObjects(world.client), { installation: id, macKeys })).toEqual([]);
  await world.stopOperator();
  await world.startOperator();
  await whenIdle();
  expect(unsignedParts(await signedObjects(world.client))).toEqual(before);
});

test('a MAC key rotation writes each record, Secret and status once, and a resync afterwards nothing', async () => {
  await IssuedCryptoKey.issue(world);
  await whenIdle();
  const { records, secrets, keys } = await signedObjects(world.client);
  const before = await world.writesSeen();
  const changes = async (): Promise<Record<string, number>> => {
    const counts = [...(await world.writesSeen())].map(
      ([what, count]) => [what, count - (before.get(what) ?? 0)] as const,
    );
    return Object.fromEntries(counts.filter(([what, count]) => count > 0 && CONCERNED.test(what)));
  };
  const isOf = (kind: string): number => keys.filter((key) => key.kind === kind).length;
  const wanted = {
    'PATCH secrets': 1,
    'PUT secrets': records.length + secrets.length + 1,
    'PUT apikeys/status': isOf('ApiKey'),
    'PUT cryptokeys/status': isOf('CryptoKey'),
  };
  await annotate({ 'keywright.dev/rotate': 'drill-2' });
  await eventually(async () => {
    const [signing = '', ...former] = await macKeyIds();
    expect(former).toHaveLength(1);
    const signers = signersOf(await signedObjects(world.client));
    expect(signers.filter(([, signer]) => signer !== signing)).toEqual([]);
    expect(await changes()).toEqual(wanted);
  }, PATIENCE);
  world.operator.resync();
  await consistently(async () => expect(await changes()).toEqual(wanted), SETTLE_MS);
});

test('a tenant who writes a signature of no worth onto a Secret at a place of ours holds up no drop of a MAC key', async () => {
  const at = { namespace: tenant.authors, name: 'left' };
  await world.apply(
    apiKey(`${at.namespace}/left`, tenant.project).environment('staging').with({ deletionPolicy: 'Retain' }),
  );
  await world.whenReady(`${at.namespace}/left`);
  await world.remove(API_KEYS, at);
  await world.gone(API_KEYS, at);
  const [former = ''] = await macKeyIds();
  const place = { namespace: tenant.staging, name: 'left' };
  const delivered = bodyOf(await world.secret(place.namespace, place.name));
  const unworthy = `${former}.AAAA`;
  const annotations = { ...delivered.metadata.annotations, [PROOF_ANNOTATION]: unworthy };
  await world.remove(SECRETS, place);
  await world.client.create(SECRETS, { ...delivered, metadata: { ...delivered.metadata, annotations } });
  await annotate({ 'keywright.dev/rotate': 'drill-3', 'keywright.dev/drop-mac-key': former });
  await whenDropped(former);
  expect((await world.secret(place.namespace, place.name)).metadata.annotations?.[PROOF_ANNOTATION]).toBe(unworthy);
});

test('an order to drop the MAC key that signs is answered by an event, and nothing is done', async () => {
  const ids = await macKeyIds();
  await annotate({ 'keywright.dev/drop-mac-key': ids[0] ?? '' });
  await eventually(async () =>
    expect(await world.events(installationRef)).toContainEqual(
      expect.objectContaining({ type: 'Warning', reason: 'MACKeyNotDropped' }),
    ),
  );
  expect(await macKeyIds()).toEqual(ids);
});

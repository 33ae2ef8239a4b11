/** Imports whose bytes were imported before: what counts as changed, also under another pepper. */
import { createPrivateKey, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PEPPERS_SECRET } from '../../../src/installation/peppers-secret.ts';
import type { Secret } from '../../../src/kube/objects/objects.ts';
import { SECRETS } from '../../../src/kube/objects/resource.ts';
import type { VersionEntry } from '../../../src/sealing/ledger.ts';
import { eventually } from '../../support/harness/eventually.ts';
import { KeyWorld, ledgerOf, textOf, type Tenant } from '../../support/key-world.ts';
import { OPERATOR_NAMESPACE } from '../../support/operator.ts';
import { ecKey, ImportedKeys, NAME } from './imported-keys.ts';

let world: KeyWorld;
let keys: ImportedKeys;
beforeAll(async () => {
  world = await KeyWorld.start();
  keys = new ImportedKeys(world);
}, 120_000);
afterAll(async () => world[Symbol.asyncDispose]());

/** Puts a key there and waits until it is delivered as this version. */
async function imported(tenant: Tenant, pem: string, version: number): Promise<readonly VersionEntry[]> {
  await keys.source(tenant, pem);
  await eventually(async () => {
    expect(await keys.version(tenant)).toBe(version);
    expect(textOf(await world.secret(tenant.staging, NAME), 'private.pem')).toBe(pem);
  });
  return ledgerOf(await keys.record(tenant)).environments[0]?.versions ?? [];
}

/** A new pepper hashes from now on; the former ones still match. */
async function rotatePeppers(): Promise<void> {
  await world.edit(SECRETS, { namespace: OPERATOR_NAMESPACE, name: PEPPERS_SECRET }, (secret): Secret => {
    const stored = JSON.parse(textOf(secret, 'peppers') ?? '') as { keys: { state: string }[] };
    const fresh = { id: 'pepper-2', bytes: randomBytes(32).toString('base64'), state: 'Hashing' };
    const peppers = [fresh, ...stored.keys.map((key) => ({ ...key, state: 'Matching' }))];
    const text = JSON.stringify({ ...stored, keys: peppers });
    return { ...secret, data: { ...secret.data, peppers: Buffer.from(text).toString('base64') } };
  });
}

describe('Bytes that were imported before', () => {
  test('return under a new number, and the version between them retires into it (flow p)', async () => {
    const tenant = await world.tenant();
    const [first, second] = [ecKey(), ecKey()];
    await keys.source(tenant, first);
    await keys.apply(tenant, {});
    await keys.whenReady(tenant);
    await imported(tenant, second, 2);
    const versions = await imported(tenant, first, 3);
    expect(versions.map(({ version, state, cause }) => [version, state, cause])).toEqual([
      [3, 'Current', 'ImportChanged'],
      [2, 'Retiring', 'ImportChanged'],
      [1, 'Retired', 'FirstIssue'],
    ]);
    expect(new Set(versions.map(({ keyId }) => keyId)).size).toBe(3);
    const [third, , one] = versions;
    expect(third?.crypto?.fingerprint).toBe(one?.crypto?.fingerprint);
  });

  test('are refused once they were revoked, in another format as well', async () => {
    const tenant = await world.tenant();
    const [first, second] = [ecKey(), ecKey()];
    await keys.source(tenant, first);
    await keys.apply(tenant, {});
    await keys.whenReady(tenant);
    const revocation = { reason: 'Compromised', throughVersion: 1 } as const;
    await keys.apply(tenant, { revocation });
    await keys.whenKey(tenant, { status: 'True', reason: 'Revoked' });
    await world.gone(SECRETS, { namespace: tenant.staging, name: NAME });

    await keys.source(tenant, second);
    await eventually(async () => {
      expect(await keys.version(tenant)).toBe(2);
      expect(textOf(await world.secret(tenant.staging, NAME), 'private.pem')).toBe(second);
    });
    await keys.source(tenant, createPrivateKey(first).export({ format: 'der', type: 'sec1' }));
    await keys.whenKey(tenant, { status: 'False', reason: 'RevokedMaterial' });
    expect(textOf(await world.secret(tenant.staging, NAME), 'private.pem')).toBe(second);
  });

  test('are no change under another pepper, and return under a new number there, too', async () => {
    const tenant = await world.tenant();
    const [first, second] = [ecKey(), ecKey()];
    await keys.source(tenant, first);
    await keys.apply(tenant, {});
    await keys.whenReady(tenant);
    await world.whileStopped(rotatePeppers);
    await keys.apply(tenant, { displayName: 'Partner' });
    await keys.whenReady(tenant);
    expect(await keys.version(tenant)).toBe(1);
    const [between] = await imported(tenant, second, 2);
    expect(between?.crypto?.source).toContain('hmac-sha256:pepper-2:');
    await imported(tenant, first, 3);
    await keys.apply(tenant, { displayName: 'Partner again' });
    await keys.whenReady(tenant);
    expect(await keys.version(tenant)).toBe(3);
  });
});

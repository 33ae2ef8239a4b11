/** Rules about imported keys that the API server cannot see, because only the key itself tells of what it is. */
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CryptoKeySpec } from '../../../src/api/generated/crypto-key.ts';
import { SECRETS } from '../../../src/kube/objects/resource.ts';
import { recordName } from '../../../src/sealing/record.ts';
import { conditionOf, KeyWorld, type Tenant } from '../../support/key-world.ts';
import { OPERATOR_NAMESPACE } from '../../support/operator.ts';
import { ImportedKeys, NAME, pkcs8 } from './imported-keys.ts';

let world: KeyWorld;
let keys: ImportedKeys;
beforeAll(async () => {
  world = await KeyWorld.start();
  keys = new ImportedKeys(world);
}, 120_000);
afterAll(async () => world[Symbol.asyncDispose]());

async function hasRecord({ project }: Tenant): Promise<boolean> {
  const name = recordName({ project, kind: 'CryptoKey', name: NAME });
  return (await world.get(SECRETS, { namespace: OPERATOR_NAMESPACE, name })) !== undefined;
}

describe('A key whose algorithm is detected', () => {
  const x25519 = pkcs8(generateKeyPairSync('x25519').privateKey);
  const spec = { type: 'KeyPair', purpose: 'Transport' } as const;

  test.each<[string, Partial<CryptoKeySpec>, string, string]>([
    ['purpose', { ...spec, purpose: 'Sign' }, 'PurposeMismatch', 'which is not for Sign; it is for: Transport'],
    [
      'format',
      { ...spec, outputs: [{ name: 'app', formats: ['PEM', 'SSH'] }] },
      'FormatUnavailable',
      'which does not exist in format SSH; it has: PEM, DER, JWK, JWKS',
    ],
  ])('is refused with a %s that it does not have, and nothing is minted', async (_name, unfit, reason, message) => {
    const tenant = await world.tenant();
    await keys.source(tenant, x25519);
    await keys.apply(tenant, unfit);
    const key = await keys.whenKey(tenant, { status: 'False', reason }, 'Accepted');
    expect(conditionOf(key, 'Accepted')?.message).toContain(`The imported key is X25519, ${message}`);
    expect(await hasRecord(tenant)).toBe(false);
    await keys.apply(tenant, spec);
    await keys.whenReady(tenant);
  });

  test('freezes when an edit asks for a format that it does not have: what is delivered stays', async () => {
    const tenant = await world.tenant();
    await keys.source(tenant, x25519);
    await keys.apply(tenant, spec);
    await keys.whenReady(tenant);
    const before = await world.secret(tenant.staging, NAME);
    await keys.apply(tenant, { ...spec, outputs: [{ name: 'app', secretName: 'other', formats: ['SSH'] }] });
    await keys.whenKey(tenant, { status: 'False', reason: 'FormatUnavailable' });
    expect((await world.secret(tenant.staging, NAME)).data).toEqual(before.data);
    expect(await world.get(SECRETS, { namespace: tenant.staging, name: 'other' })).toBeUndefined();
    await keys.apply(tenant, spec);
    await keys.whenReady(tenant);
    expect(await keys.version(tenant)).toBe(1);
  });

  test('of single DES is refused beside a passphrase, and where the policy does not name it', async () => {
    const [lenient, strict] = [
      await world.tenant((project) => project.policy({ algorithms: ['DES'] })),
      await world.tenant(),
    ];
    const des = { type: 'SecretKey' } as const;
    for (const tenant of [lenient, strict]) await keys.source(tenant, Buffer.from('1c2a4f7680c4e39b', 'hex'));
    await keys.apply(strict, des);
    await keys.whenKey(strict, { status: 'False', reason: 'PolicyViolation' });
    await keys.apply(lenient, { ...des, passphrase: {} });
    await keys.whenKey(lenient, { status: 'False', reason: 'FormatUnavailable' });
    await keys.apply(lenient, des);
    await keys.whenReady(lenient);
    expect([await hasRecord(strict), await hasRecord(lenient)]).toEqual([false, true]);
  });
});

import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CryptoKey, CryptoKeySpec } from '../../../src/api/generated/crypto-key.ts';
import { PROOF_ANNOTATION } from '../../../src/api/labels.ts';
import { CRYPTO_KEYS } from '../../../src/api/resources.ts';
import type { Secret } from '../../../src/kube/objects/objects.ts';
import { SECRETS } from '../../../src/kube/objects/resource.ts';
import { recordName } from '../../../src/sealing/record.ts';
import { KeyWorld, conditionOf, ledgerOf, sealedIn, textOf, type Tenant } from '../../support/key-world.ts';
import { OPERATOR_NAMESPACE } from '../../support/operator.ts';
import { eventually } from '../../support/harness/eventually.ts';

const SLOW = { timeoutMs: 60_000 };

let world: KeyWorld;
beforeAll(async () => {
  world = await KeyWorld.start();
}, 120_000);
afterAll(async () => world[Symbol.asyncDispose]());

function cryptoKey(tenant: Tenant, name: string, spec: Partial<CryptoKeySpec>): CryptoKey {
  return {
    apiVersion: 'keywright.dev/v1alpha1',
    kind: 'CryptoKey',
    metadata: { name, namespace: tenant.authors },
    spec: {
      project: tenant.project,
      type: 'KeyPair',
      environments: [{ name: 'staging' }, { name: 'production' }],
      ...spec,
    },
  };
}

async function whenReady({ authors }: Tenant, name: string): Promise<CryptoKey> {
  return await eventually(async () => {
    const key = await world.client.get(CRYPTO_KEYS, { namespace: authors, name });
    const ready = conditionOf(key);
    if (ready?.status !== 'True' || ready.observedGeneration !== key.metadata.generation)
      throw new Error(JSON.stringify(key.status));
    return key;
  }, SLOW);
}

async function record(tenant: Tenant, name: string): Promise<Secret> {
  return await world.secret(OPERATOR_NAMESPACE, recordName({ project: tenant.project, kind: 'CryptoKey', name }));
}

describe('A CryptoKey', () => {
  test('is minted for each environment and delivered to each namespace of it', async () => {
    const tenant = await world.tenant();
    await world.apply(cryptoKey(tenant, 'signing', { algorithm: 'EC-P256', purpose: 'Sign' }));
    const { status } = await whenReady(tenant, 'signing');
    const [staging, eu, us] = await Promise.all(
      [tenant.staging, tenant.eu, tenant.us].map((namespace) => world.secret(namespace, 'signing')),
    );
    if (staging === undefined || eu === undefined || us === undefined) throw new Error('Not delivered');
    expect(eu.data).toEqual(us.data);
    expect(eu.data).not.toEqual(staging.data);
    expect(Object.keys(eu.data ?? {}).toSorted()).toEqual(['private.pem', 'public.pem']);
    const pair = createPrivateKey(textOf(eu, 'private.pem') ?? '');
    expect(createPublicKey(pair).export({ format: 'pem', type: 'spki' })).toBe(textOf(eu, 'public.pem'));
    const [, production] = status?.environments ?? [];
    expect(production?.versions).toMatchObject([
      {
        version: 1,
        state: 'Current',
        algorithm: 'EC-P256',
        bits: 256,
        origin: 'Generated',
        publicKey: textOf(eu, 'public.pem'),
      },
    ]);
    expect(JSON.stringify(status)).not.toContain('PRIVATE');
    expect(sealedIn(await record(tenant, 'signing'))).toEqual([
      'production/1/material',
      'production/1/passphrase',
      'staging/1/material',
      'staging/1/passphrase',
    ]);
  });

  test('that is slow to make is made while others go on, and is restored byte for byte when its Secrets are deleted', async () => {
    const tenant = await world.tenant();
    await world.apply(
      cryptoKey(tenant, 'transactions', {
        type: 'TransactionRSAKey',
        algorithm: 'RSA-3072',
        outputs: [{ name: 'app', secretName: 'core', formats: ['PEM', 'PKCS12'] }],
      }),
    );
    await whenReady(tenant, 'transactions');
    const before = await world.secret(tenant.eu, 'core');
    expect(Object.keys(before.data ?? {}).toSorted()).toEqual(['keystore.p12', 'private.pem', 'public.pem']);
    const passphrase = textOf(await world.secret(tenant.eu, 'core-passphrase'), 'passphrase');
    const pem = textOf(before, 'private.pem') ?? '';
    expect(pem).toContain('ENCRYPTED PRIVATE KEY');
    expect(createPrivateKey({ key: pem, passphrase }).asymmetricKeyDetails?.modulusLength).toBe(3072);

    for (const name of ['core', 'core-passphrase']) await world.remove(SECRETS, { namespace: tenant.eu, name });
    await eventually(async () => {
      expect((await world.secret(tenant.eu, 'core')).data).toEqual(before.data);
      expect(textOf(await world.secret(tenant.eu, 'core-passphrase'), 'passphrase')).toBe(passphrase);
    });
    expect(ledgerOf(await record(tenant, 'transactions')).lastVersion).toBe(1);
  });

  test('whose old values are put under its new layout has them replaced', async () => {
    const tenant = await world.tenant();
    const spec = { algorithm: 'EC-P256', environments: [{ name: 'staging' }] } as const;
    await world.apply(cryptoKey(tenant, 'locked', spec));
    await whenReady(tenant, 'locked');
    const open = await world.secret(tenant.staging, 'locked');
    await world.apply(cryptoKey(tenant, 'locked', { ...spec, passphrase: {} }));
    await whenReady(tenant, 'locked');
    const locked = await world.secret(tenant.staging, 'locked');
    const { [PROOF_ANNOTATION]: proof = '' } = open.metadata.annotations ?? {};
    const annotations = { ...locked.metadata.annotations, [PROOF_ANNOTATION]: proof };
    await world.client.update(SECRETS, {
      ...locked,
      metadata: { ...locked.metadata, annotations },
      ...(open.data && { data: open.data }),
    });
    await eventually(async () => expect((await world.secret(tenant.staging, 'locked')).data).toEqual(locked.data));
  });

  test('whose Secret is edited in any value is put back', async () => {
    const tenant = await world.tenant();
    await world.apply(cryptoKey(tenant, 'aes', { type: 'SecretKey', algorithm: 'AES-256' }));
    await whenReady(tenant, 'aes');
    const before = await world.secret(tenant.staging, 'aes');
    expect(Buffer.from(before.data?.['key.bin'] ?? '', 'base64')).toHaveLength(32);
    await world.edit(SECRETS, { namespace: tenant.staging, name: 'aes' }, (secret) => ({
      ...secret,
      data: { ...secret.data, 'key.b64': Buffer.from('planted').toString('base64') },
    }));
    await eventually(async () => expect((await world.secret(tenant.staging, 'aes')).data).toEqual(before.data));
  });

  test('that is shared is the same in every environment, and a later environment gets it too', async () => {
    const tenant = await world.tenant();
    const spec = { algorithm: 'Ed25519', material: 'Shared', environments: [{ name: 'staging' }] } as const;
    await world.apply(cryptoKey(tenant, 'shared', spec));
    await whenReady(tenant, 'shared');
    await world.apply(
      cryptoKey(tenant, 'shared', { ...spec, environments: [{ name: 'staging' }, { name: 'production' }] }),
    );
    await whenReady(tenant, 'shared');
    const staging = await world.secret(tenant.staging, 'shared');
    expect((await world.secret(tenant.us, 'shared')).data).toEqual(staging.data);
  });

  test('gets other formats without a new version', async () => {
    const tenant = await world.tenant();
    const outputs = (formats: NonNullable<CryptoKeySpec['outputs']>[number]['formats']): Partial<CryptoKeySpec> => ({
      algorithm: 'EC-P384',
      outputs: [{ name: 'app', ...(formats !== undefined && { formats }) }],
    });
    await world.apply(cryptoKey(tenant, 'formats', outputs(['PEM'])));
    await whenReady(tenant, 'formats');
    const pem = textOf(await world.secret(tenant.us, 'formats'), 'private.pem');
    await world.apply(cryptoKey(tenant, 'formats', outputs(['PEM', 'JWK', 'JWKS', 'SSH'])));
    await whenReady(tenant, 'formats');
    const secret = await world.secret(tenant.us, 'formats');
    expect(Object.keys(secret.data ?? {}).toSorted()).toEqual([
      'jwk.json',
      'jwks.json',
      'private.pem',
      'public.pem',
      'ssh-privatekey',
      'ssh-publickey',
    ]);
    expect(textOf(secret, 'private.pem')).toBe(pem);
    expect(ledgerOf(await record(tenant, 'formats')).lastVersion).toBe(1);
  });

  test('of OpenPGP keeps its revocation certificate sealed and delivers it to nobody', async () => {
    const tenant = await world.tenant();
    await world.apply(
      cryptoKey(tenant, 'files', {
        type: 'FileContentPGPKey',
        algorithm: 'OpenPGP-ECC',
        openpgp: { userIds: ['Payments <files@example.com>'] },
      }),
    );
    await whenReady(tenant, 'files');
    const secret = await world.secret(tenant.eu, 'files');
    expect(Object.keys(secret.data ?? {}).toSorted()).toEqual(['private.asc', 'public.asc']);
    expect(sealedIn(await record(tenant, 'files'))).toContain('production/1/revocation');
  });
});

describe('An imported CryptoKey', () => {
  const pair = (): string =>
    generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
      .privateKey.export({ format: 'pem', type: 'pkcs8' })
      .toString();
  const consent = { 'keywright.dev/allow-import': 'true' };
  const source = async (
    tenant: Tenant,
    pem: string,
    labels: Readonly<Record<string, string>> = consent,
  ): Promise<void> => {
    const metadata = { namespace: tenant.authors, name: 'partner', labels };
    await world.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata,
      stringData: { 'prod.pem': pem },
    } as unknown as Secret);
  };
  const imported = (tenant: Tenant, more: Partial<CryptoKeySpec> = {}): CryptoKey =>
    cryptoKey(tenant, 'partner', {
      type: 'PrivateKey',
      import: { secretKeyRef: { name: 'partner', key: 'prod.pem' } },
      ...more,
    });
  const whenRefused = async (tenant: Tenant, reason: string): Promise<void> => {
    await eventually(async () => {
      const key = await world.client.get(CRYPTO_KEYS, { namespace: tenant.authors, name: 'partner' });
      expect(conditionOf(key)).toMatchObject({ status: 'False', reason });
    }, SLOW);
  };

  test('is delivered as it was given, and a changed source is a new version', async () => {
    const tenant = await world.tenant();
    const first = pair();
    await source(tenant, first);
    await world.apply(imported(tenant));
    const key = await whenReady(tenant, 'partner');
    expect(key.status?.environments?.[0]?.versions).toMatchObject([{ origin: 'Imported', algorithm: 'EC-P256' }]);
    expect(textOf(await world.secret(tenant.us, 'partner'), 'private.pem')).toBe(first);

    const second = pair();
    await source(tenant, second);
    await eventually(async () => expect(textOf(await world.secret(tenant.us, 'partner'), 'private.pem')).toBe(second));
    expect(ledgerOf(await record(tenant, 'partner')).lastVersion).toBe(2);
  });

  test('stays as it is when its source is deleted', async () => {
    const tenant = await world.tenant();
    const pem = pair();
    await source(tenant, pem);
    await world.apply(imported(tenant));
    await whenReady(tenant, 'partner');
    await world.remove(SECRETS, { namespace: tenant.authors, name: 'partner' });
    await world.apply(imported(tenant, { displayName: 'Partner' }));
    await whenReady(tenant, 'partner');
    expect(textOf(await world.secret(tenant.us, 'partner'), 'private.pem')).toBe(pem);
  });

  test.each([
    ['ImportSourceMissing', async () => {}],
    ['ImportNotAllowed', async (tenant: Tenant) => source(tenant, pair(), {})],
    ['MalformedKey', async (tenant: Tenant) => source(tenant, 'no key')],
    [
      'TypeMismatch',
      async (tenant: Tenant) => {
        const key = createPublicKey(pair()).export({ format: 'pem', type: 'spki' }).toString();
        await source(tenant, key);
      },
    ],
  ])('is refused with %s, and taken as soon as that is mended', async (reason, spoil) => {
    const tenant = await world.tenant();
    await spoil(tenant);
    await world.apply(imported(tenant));
    await whenRefused(tenant, reason);
    const pem = pair();
    await source(tenant, pem);
    await whenReady(tenant, 'partner');
    expect(textOf(await world.secret(tenant.eu, 'partner'), 'private.pem')).toBe(pem);
  });
});

import { createPrivateKey, randomBytes } from 'node:crypto';
import type { CryptoKeySpec } from '../../src/api/generated/crypto-key.ts';
import { CRYPTO_KEYS } from '../../src/api/resources.ts';
import { decodeImportSecret, IMPORT_NAME } from '../../src/installation/import-secret.ts';
import { SECRETS } from '../../src/kube/objects/resource.ts';
import { EVERY_ENVIRONMENT } from '../../src/sealing/import-context.ts';
import { readImportRecipient, sealImportMessage } from '../../src/sealing/seal-import.ts';
import { cryptoKey } from '../support/builders.ts';
import { eventually } from '../support/harness/eventually.ts';
import { ecPrivatePem } from '../support/key-samples.ts';
import { conditionOf } from '../support/key-world.ts';
import { OPERATOR_NAMESPACE } from '../support/operator.ts';
import { AUTHORS, IMPORT_SOURCE, PROJECT, type DeliveryStage } from './delivery-stage.ts';

const DAY_MS = 24 * 3_600_000;

/** Secret words that no key holds: passphrases of imports, and what a source holds instead of a key. */
export const importWords: Readonly<Record<'passphrase' | 'wrong passphrase' | 'no key', string>> = {
  passphrase: drawn(),
  'wrong passphrase': drawn(),
  'no key': drawn(),
};

/** What is never delivered under its own name: as somebody else made it, unlocked. */
export const importedKeys: Readonly<Record<'locked' | 'sealed', string>> = {
  locked: ecPrivatePem(),
  sealed: ecPrivatePem(),
};

const userIds = ['Payments <files@example.com>'];

/** One of each kind, and where formats differ in how they write a key, every format. */
const minted: Readonly<Record<string, Partial<CryptoKeySpec>>> = {
  aes: {
    type: 'SecretKey',
    algorithm: 'AES-256',
    outputs: [{ name: 'app', formats: ['Raw', 'Base64', 'JWK'] }],
  },
  'aes-store': {
    type: 'SecretKey',
    algorithm: 'AES-256',
    passphrase: {},
    outputs: [{ name: 'app', formats: ['PKCS12'] }],
  },
  rsa: { algorithm: 'RSA-3072', outputs: [{ name: 'app', formats: ['PEM', 'PKCS1', 'DER', 'JWK', 'JWKS'] }] },
  ec: { algorithm: 'EC-P256', outputs: [{ name: 'app', formats: ['PEM', 'JWK', 'SSH'] }] },
  ed25519: { algorithm: 'Ed25519', material: 'Shared' },
  openpgp: { type: 'OpenPGP', algorithm: 'OpenPGP-ECC', openpgp: { userIds } },
  transactions: {
    type: 'TransactionRSAKey',
    algorithm: 'RSA-3072',
    outputs: [{ name: 'app', formats: ['PEM', 'PKCS12'] }],
  },
  files: { type: 'FileContentPGPKey', algorithm: 'OpenPGP-ECC', openpgp: { userIds } },
};

/** Why each of these is never issued. */
const refused = {
  'wrong-passphrase': 'PassphraseWrong',
  'no-key': 'MalformedKey',
  replayed: 'ContextMismatch',
} as const;

/** Declares CryptoKeys of every kind, minted and imported, and some that are refused; resolves when status says so. */
export async function declareCryptoKeys(stage: DeliveryStage): Promise<readonly string[]> {
  await stage.applySources({
    locked: lock(importedKeys.locked),
    passphrase: importWords.passphrase,
    wrong: importWords['wrong passphrase'],
    nothing: `-----BEGIN PRIVATE KEY-----\n${importWords['no key']}\n-----END PRIVATE KEY-----\n`,
  });
  const openpgpMessage = await sealedFor(stage, 'sealed', importedKeys.sealed);
  const from = (key: string, passphrase?: string): Partial<CryptoKeySpec> => ({
    type: 'PrivateKey',
    import: {
      secretKeyRef: { name: IMPORT_SOURCE, key },
      ...(passphrase !== undefined && { passphraseSecretKeyRef: { name: IMPORT_SOURCE, key: passphrase } }),
    },
  });
  const good = {
    ...minted,
    locked: from('locked', 'passphrase'),
    sealed: { type: 'PrivateKey', import: { openpgpMessage } },
  } as const;
  const bad = {
    'wrong-passphrase': from('locked', 'wrong'),
    'no-key': from('nothing'),
    replayed: { type: 'PrivateKey', import: { openpgpMessage } },
  } as const;
  for (const [name, spec] of Object.entries({ ...good, ...bad })) await applyCryptoKey(stage, name, spec);
  for (const name of Object.keys(good)) await whenCryptoKey(stage, name, { status: 'True' });
  for (const [name, reason] of Object.entries(refused)) await whenCryptoKey(stage, name, { status: 'False', reason });
  return Object.keys(good);
}

export async function applyCryptoKey(stage: DeliveryStage, name: string, spec: Partial<CryptoKeySpec>): Promise<void> {
  const key = cryptoKey(`${AUTHORS}/${name}`, PROJECT).environment('staging').environment('production');
  await stage.apply(key.with(spec).build());
}

export async function whenCryptoKey(
  { cluster }: DeliveryStage,
  name: string,
  wanted: { readonly status: string; readonly reason?: string },
): Promise<void> {
  await eventually(async () => {
    const key = await cluster.client.get(CRYPTO_KEYS, { namespace: AUTHORS, name });
    const { status, reason } = conditionOf(key) ?? {};
    const isWanted = status === wanted.status && (wanted.reason === undefined || reason === wanted.reason);
    if (!isWanted) throw new Error(`CryptoKey ${name} is ${status} ${reason}`);
  });
}

/** As PKCS#8 under the passphrase. */
function lock(pem: string): string {
  const protection = { cipher: 'aes-256-cbc', passphrase: importWords.passphrase };
  return createPrivateKey(pem)
    .export({ format: 'pem', type: 'pkcs8', ...protection })
    .toString();
}

async function sealedFor({ cluster }: DeliveryStage, name: string, pem: string): Promise<string> {
  const secret = await cluster.client.get(SECRETS, { namespace: OPERATOR_NAMESPACE, name: IMPORT_NAME });
  const { data } = await cluster.client.get(SECRETS, { namespace: OPERATOR_NAMESPACE, name: 'keywright-installation' });
  const decoded = decodeImportSecret(secret, Buffer.from(data?.['id'] ?? '', 'base64').toString());
  if (decoded.state !== 'valid') throw new Error(`The import key cannot be read: ${decoded.problem}`);
  const now = new Date();
  const active = decoded.stored.keys.find(({ state }) => state === 'Active');
  const recipient = await readImportRecipient(active?.publicKey ?? '', now);
  if (recipient === undefined) throw new Error('The import key is none');
  const place = { project: PROJECT, kind: 'CryptoKey', namespace: AUTHORS, name };
  const context = { ...place, environment: EVERY_ENVIRONMENT, field: 'key' } as const;
  return await sealImportMessage(recipient, context, Buffer.from(pem), {
    now,
    notAfter: new Date(now.getTime() + DAY_MS),
  });
}

function drawn(): string {
  return `tripwire${randomBytes(24).toString('hex')}`;
}

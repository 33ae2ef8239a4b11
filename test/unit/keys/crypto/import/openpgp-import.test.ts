import { decryptKey, encryptKey, enums, generateKey, PacketList, readKey, readPrivateKey, revokeKey } from 'openpgp';
import type { KeyOptions, PrivateKey } from 'openpgp';
import { beforeAll, describe, expect, it } from 'vitest';
import { rsaModuli } from '../../../../../src/keys/crypto/import/rsa-moduli.ts';
import { NOW, importing } from './importing.ts';
import type { Given } from './importing.ts';

const PASSPHRASE = 'open sesame';
const MADE = new Date('2026-01-01T00:00:00Z');

async function make(options: Partial<KeyOptions> = {}): Promise<PrivateKey> {
  const userIDs = [{ name: 'Payments', email: 'files@example.com' }];
  const { privateKey } = await generateKey({ userIDs, date: MADE, ...options, format: 'object' });
  return privateKey;
}

async function lock(privateKey: PrivateKey, config = {}): Promise<PrivateKey> {
  return await encryptKey({ privateKey, passphrase: PASSPHRASE, config });
}

interface Keys {
  readonly ecc: PrivateKey;
  readonly other: PrivateKey;
  readonly locked: PrivateKey;
  readonly rsa: PrivateKey;
}
let keys: Keys;

beforeAll(async () => {
  const ecc = await make();
  keys = { ecc, other: await make(), locked: await lock(ecc), rsa: await make({ type: 'rsa', rsaBits: 3072 }) };
}, 60_000);

describe('importMaterial takes an OpenPGP', () => {
  interface Row {
    readonly name: string;
    readonly given: () => Given;
    readonly found: string;
    readonly bytes: () => Uint8Array;
  }
  const rows: readonly Row[] = [
    {
      name: 'private key, armoured',
      given: () => ({ type: 'OpenPGP', input: keys.ecc.armor() }),
      found: 'OpenPGP-ECC',
      bytes: () => keys.ecc.write(),
    },
    {
      name: 'private key, binary',
      given: () => ({ type: 'FileContentPGPKey', input: keys.ecc.write() }),
      found: 'OpenPGP-ECC',
      bytes: () => keys.ecc.write(),
    },
    {
      name: 'private key, binary in base64',
      given: () => ({ type: 'OpenPGP', input: Buffer.from(keys.ecc.write()).toString('base64') }),
      found: 'OpenPGP-ECC',
      bytes: () => keys.ecc.write(),
    },
    {
      name: 'RSA private key',
      given: () => ({ type: 'OpenPGP', algorithm: 'OpenPGP-RSA-3072', input: keys.rsa.armor() }),
      found: 'OpenPGP-RSA-3072',
      bytes: () => keys.rsa.write(),
    },
    {
      name: 'locked private key with its passphrase',
      given: () => ({ type: 'OpenPGP', input: keys.locked.armor(), passphrase: `${PASSPHRASE}\n` }),
      found: 'OpenPGP-ECC',
      bytes: () => keys.ecc.write(),
    },
    {
      name: 'public key, armoured',
      given: () => ({ type: 'PublicKey', input: keys.ecc.toPublic().armor() }),
      found: 'OpenPGP-ECC',
      bytes: () => keys.ecc.toPublic().write(),
    },
    {
      name: 'public key, binary',
      given: () => ({ type: 'PublicKey', input: keys.rsa.toPublic().write() }),
      found: 'OpenPGP-RSA-3072',
      bytes: () => keys.rsa.toPublic().write(),
    },
  ];
  it.each(rows)('$name', async ({ given, found, bytes }) => {
    const asked = given();
    expect(await importing(asked)).toEqual({
      kind: 'Accepted',
      material: {
        algorithm: found,
        form: asked.type === 'PublicKey' ? 'OpenPgpPublic' : 'OpenPgpPrivate',
        bytes: Uint8Array.from(bytes()),
      },
      warnings: [],
    });
  });

  it('key locked with Argon2 within 64 MiB', async () => {
    const locked = await lock(keys.ecc, {
      s2kType: enums.s2k.argon2,
      aeadProtect: true,
      s2kArgon2Params: { passes: 1, parallelism: 1, memoryExponent: 12 },
    });
    const outcome = await importing({ type: 'OpenPGP', input: locked.armor(), passphrase: PASSPHRASE });
    expect(outcome).toMatchObject({ kind: 'Accepted', material: { bytes: Uint8Array.from(keys.ecc.write()) } });
  });

  it('key of the new kinds, with a warning about GnuPG 2.2', async () => {
    const outcome = await importing({ type: 'OpenPGP', input: (await make({ type: 'curve25519' })).armor() });
    expect(outcome).toMatchObject({ kind: 'Accepted', warnings: [expect.stringContaining('GnuPG 2.2') as string] });
  });

  it('key before it expires', async () => {
    const expiring = await make({ keyExpirationTime: 365 * 86_400 });
    expect(await importing({ type: 'OpenPGP', input: expiring.armor() })).toMatchObject({ kind: 'Accepted' });
  });
});

/** The key with the private numbers of another one. */
async function withForeignSecret(key: PrivateKey, other: PrivateKey): Promise<Uint8Array> {
  const packets = (await readKey({ binaryKey: key.write() })).toPacketList();
  const [own, foreign] = [packets[0], other.toPacketList()[0]];
  if (own === undefined || foreign === undefined) throw new RangeError('No packets');
  (own as { privateParams: unknown }).privateParams = (foreign as { privateParams: unknown }).privateParams;
  return packets.write();
}

/** The public primary key of one key and everything after the primary key of its private form. */
function publicWithSecretSubkey(key: PrivateKey): Uint8Array {
  const [open, secret] = [key.toPublic().toPacketList(), key.toPacketList()];
  const packets = new PacketList();
  for (const [at, packet] of [...secret].entries()) packets.push((at === 0 ? open[0] : packet) as never);
  return packets.write();
}

async function withoutPrimary(key: PrivateKey): Promise<Uint8Array> {
  const copy = await readKey({ binaryKey: key.write() });
  (copy.keyPacket as unknown as { makeDummy(): void }).makeDummy();
  return copy.write();
}

async function halfLocked(): Promise<Uint8Array> {
  const locked = await readKey({ binaryKey: keys.locked.write() });
  const packets = locked.toPacketList();
  const open = keys.ecc.toPacketList();
  const mixed = new PacketList();
  for (const [at, packet] of [...packets].entries()) mixed.push((at === 0 ? packet : open[at]) as never);
  return mixed.write();
}

describe('importMaterial refuses an OpenPGP', () => {
  interface Row {
    readonly name: string;
    readonly given: () => Given | Promise<Given>;
    readonly reason: string;
    readonly says: RegExp;
  }
  const rows: readonly Row[] = [
    {
      name: 'private key as PublicKey',
      given: () => ({ type: 'PublicKey', input: keys.ecc.armor() }),
      reason: 'TypeMismatch',
      says: /private key; type PublicKey/,
    },
    {
      name: 'private key, binary, as PublicKey',
      given: () => ({ type: 'PublicKey', input: keys.ecc.write() }),
      reason: 'TypeMismatch',
      says: /private key; type PublicKey/,
    },
    {
      name: 'private key labelled public as PublicKey',
      given: () => ({ type: 'PublicKey', input: keys.ecc.armor().replaceAll('PRIVATE', 'PUBLIC') }),
      reason: 'TypeMismatch',
      says: /holds private keys/,
    },
    {
      name: 'public key with a secret subkey as PublicKey',
      given: () => ({ type: 'PublicKey', input: publicWithSecretSubkey(keys.ecc) }),
      reason: 'MalformedKey',
      says: /cannot be read/,
    },
    {
      name: 'public key',
      given: () => ({ type: 'OpenPGP', input: keys.ecc.toPublic().armor() }),
      reason: 'TypeMismatch',
      says: /public key or certificate; type OpenPGP/,
    },
    {
      name: 'public key labelled private',
      given: () => ({ type: 'OpenPGP', input: keys.ecc.toPublic().armor().replaceAll('PUBLIC', 'PRIVATE') }),
      reason: 'TypeMismatch',
      says: /labelled private/,
    },
    {
      name: 'private key as KeyPair',
      given: () => ({ type: 'KeyPair', input: keys.ecc.armor() }),
      reason: 'TypeMismatch',
      says: /an OpenPGP key; type KeyPair/,
    },
    {
      name: 'key of another algorithm than declared',
      given: () => ({ type: 'OpenPGP', algorithm: 'OpenPGP-RSA-4096', input: keys.rsa.armor() }),
      reason: 'TypeMismatch',
      says: /OpenPGP-RSA-3072 key and spec.algorithm says/,
    },
    {
      name: 'message',
      given: () => ({ type: 'OpenPGP', input: '-----BEGIN PGP MESSAGE-----\n\nwV4D\n-----END PGP MESSAGE-----\n' }),
      reason: 'MalformedKey',
      says: /OpenPGP message or signature/,
    },
    {
      name: 'file with two armoured keys',
      given: () => ({ type: 'OpenPGP', input: keys.ecc.armor() + keys.other.armor() }),
      reason: 'MalformedKey',
      says: /several armoured blocks/,
    },
    {
      name: 'file with two binary keys',
      given: () => ({ type: 'OpenPGP', input: Buffer.concat([keys.ecc.write(), keys.other.write()]) }),
      reason: 'MalformedKey',
      says: /several OpenPGP keys/,
    },
    {
      name: 'key cut short',
      given: () => ({ type: 'OpenPGP', input: keys.ecc.write().subarray(0, 60) }),
      reason: 'MalformedKey',
      says: /cannot be read/,
    },
    {
      name: 'key with a broken armour',
      given: () => ({ type: 'OpenPGP', input: keys.ecc.armor().replace(/\n\n../, '\n\n**') }),
      reason: 'MalformedKey',
      says: /cannot be read/,
    },
    {
      name: 'key without its primary part',
      given: async () => ({ type: 'OpenPGP', input: await withoutPrimary(keys.ecc) }),
      reason: 'MalformedKey',
      says: /not there/,
    },
    {
      name: 'key that is locked in part',
      given: async () => ({ type: 'OpenPGP', input: await halfLocked(), passphrase: PASSPHRASE }),
      reason: 'MalformedKey',
      says: /Some parts/,
    },
    {
      name: 'key with a self-signature of the future',
      given: () => ({ type: 'OpenPGP', input: keys.ecc.armor(), now: new Date('2025-01-01') }),
      reason: 'MalformedKey',
      says: /no self-signature that is valid now/,
    },
    {
      name: 'locked key without passphrase',
      given: () => ({ type: 'OpenPGP', input: keys.locked.armor() }),
      reason: 'PassphraseRequired',
      says: /passphraseSecretKeyRef/,
    },
    {
      name: 'locked key with another passphrase',
      given: () => ({ type: 'OpenPGP', input: keys.locked.armor(), passphrase: 'open barley' }),
      reason: 'PassphraseWrong',
      says: /does not unlock/,
    },
    {
      name: 'key with the private part of another one',
      given: async () => ({ type: 'OpenPGP', input: await withForeignSecret(keys.ecc, keys.other) }),
      reason: 'PairMismatch',
      says: /do not belong together/,
    },
    {
      name: 'key with the private part of another one, locked in the way that vouches for it',
      given: async () => {
        const mixed = await readPrivateKey({ binaryKey: await withForeignSecret(keys.ecc, keys.other) });
        const locked = await lock(mixed, { aeadProtect: true });
        return { type: 'OpenPGP', input: locked.armor(), passphrase: PASSPHRASE };
      },
      reason: 'PairMismatch',
      says: /do not belong together/,
    },
    {
      name: 'expired key',
      given: async () => ({ type: 'OpenPGP', input: (await make({ keyExpirationTime: 86_400 })).armor() }),
      reason: 'WeakKey',
      says: /expired/,
    },
    {
      name: 'revoked key',
      given: async () => ({
        type: 'OpenPGP',
        input: (await revokeKey({ key: keys.ecc, date: MADE, format: 'object' })).privateKey.armor(),
      }),
      reason: 'WeakKey',
      says: /revoked/,
    },
    {
      name: 'RSA key of 2048 bits',
      given: async () => ({ type: 'OpenPGP', input: (await make({ type: 'rsa', rsaBits: 2048 })).armor() }),
      reason: 'WeakKey',
      says: /2048 bits, of which 3072/,
    },
    {
      name: 'RSA key that shares a prime with a known one',
      given: async () => ({ type: 'OpenPGP', input: keys.rsa.armor(), knownModuli: [await sharing()] }),
      reason: 'WeakKey',
      says: /shares a prime/,
    },
  ];

  it.each(rows)('$name', { timeout: 30_000 }, async ({ given, reason, says }) => {
    const outcome = await importing(await given());
    expect(outcome).toMatchObject({ kind: 'Refused', reason, message: expect.stringMatching(says) as string });
  });

  it.each([
    ['memory', { passes: 1, parallelism: 1, memoryExponent: 17 }],
    ['passes', { passes: 5, parallelism: 1, memoryExponent: 12 }],
  ])('key that asks Argon2 for too much %s', { timeout: 30_000 }, async (_, s2kArgon2Params) => {
    const locked = await lock(keys.ecc, { s2kType: enums.s2k.argon2, aeadProtect: true, s2kArgon2Params });
    const outcome = await importing({ type: 'OpenPGP', input: locked.armor(), passphrase: PASSPHRASE });
    expect(outcome).toMatchObject({
      kind: 'Refused',
      reason: 'MalformedKey',
      message: expect.stringContaining('Argon2') as string,
    });
    expect((await decryptKey({ privateKey: locked, passphrase: PASSPHRASE })).isDecrypted()).toBe(true);
  });
});

/** A modulus that has one prime of the RSA key. */
async function sharing(): Promise<bigint> {
  const params = keys.rsa.keyPacket as unknown as { privateParams: { p: Uint8Array } };
  return await Promise.resolve(BigInt(`0x${Buffer.from(params.privateParams.p).toString('hex')}`) * 65_537n);
}

describe('rsaModuli', () => {
  it('gives those of the primary key and the subkey of an OpenPGP key', async () => {
    const outcome = await importing({ type: 'OpenPGP', input: keys.rsa.armor(), now: NOW });
    expect(outcome.kind === 'Accepted' && (await rsaModuli(outcome.material))).toHaveLength(2);
  });
});

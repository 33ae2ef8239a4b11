import { createHash, createPrivateKey, createPublicKey, diffieHellman, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { calculateJwkThumbprint } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Algorithm } from '../../../src/keys/crypto/algorithm.ts';
import type { PublicFacts } from '../../../src/keys/crypto/public-facts.ts';
import { publicFacts } from '../../../src/keys/crypto/public-facts.ts';
import { mintedKey } from '../../support/minted-key.ts';
import { runTool } from '../../support/outside-tool.ts';

const MESSAGE = 'charge 17 of 2026-11-23';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'minted-'));
  await writeFile(join(folder, 'message'), MESSAGE);
});
afterAll(() => rm(folder, { recursive: true }));

const openssl = (...args: readonly string[]): Promise<Buffer> => runTool('openssl', args, { cwd: folder });

interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly facts: PublicFacts;
}

/** Mints a pair and lays it out as `<name>.der` and `<name>.pem`, which hold its private and its public half. */
async function pairInFiles(algorithm: Algorithm, name: string): Promise<KeyPair> {
  const { material } = await mintedKey(algorithm);
  const facts = await publicFacts(material);
  await writeFile(join(folder, `${name}.der`), material.bytes);
  await writeFile(join(folder, `${name}.pem`), facts.publicKey ?? '');
  const privateKey = createPrivateKey({ key: Buffer.from(material.bytes), format: 'der', type: 'pkcs8' });
  return { privateKey, publicKey: createPublicKey(facts.publicKey ?? ''), facts };
}

const RSA = ['RSA-2048', 'RSA-3072', 'RSA-4096'] as const;
const EC = ['EC-P256', 'EC-P384', 'EC-P521'] as const;
const EDWARDS = ['Ed25519', 'Ed448'] as const;
const MONTGOMERY = ['X25519', 'X448'] as const;

describe('a minted key pair', () => {
  it.each([...RSA, ...EC, ...EDWARDS, ...MONTGOMERY])('%s is sound and has these facts', async (algorithm) => {
    const { facts, publicKey } = await pairInFiles(algorithm, algorithm);
    const file = ['-inform', 'DER', '-in', `${algorithm}.der`];
    const checked = await openssl('pkey', ...file, '-check', '-noout');
    expect(checked.toString()).toContain('Key is valid');
    expect((await openssl('pkey', ...file, '-pubout')).toString()).toBe(facts.publicKey);
    const spki = await openssl('pkey', ...file, '-pubout', '-outform', 'DER');
    expect(facts.fingerprint).toBe(`SHA256:${createHash('sha256').update(spki).digest('base64url')}`);
    const jwk = publicKey.export({ format: 'jwk' });
    expect(facts.thumbprint).toBe(await calculateJwkThumbprint(jwk as Parameters<typeof calculateJwkThumbprint>[0]));
    const text = (await openssl('pkey', ...file, '-noout', '-text')).toString();
    if (!algorithm.startsWith('X') && !algorithm.startsWith('Ed')) expect(text).toContain(`(${facts.bits} bit`);
  });

  it.each([...RSA, ...EC, ...EDWARDS])('%s signs for openssl, and openssl signs with it', async (algorithm) => {
    const { privateKey, publicKey } = await pairInFiles(algorithm, algorithm);
    const digest = algorithm.startsWith('Ed') ? undefined : 'sha256';
    const raw = ['-rawin', '-in', 'message', ...(digest === undefined ? [] : ['-digest', digest])];
    await writeFile(join(folder, 'signature'), sign(digest, Buffer.from(MESSAGE), privateKey));
    await openssl('pkeyutl', '-verify', '-pubin', '-inkey', `${algorithm}.pem`, '-sigfile', 'signature', ...raw);
    const theirs = await openssl('pkeyutl', '-sign', '-keyform', 'DER', '-inkey', `${algorithm}.der`, ...raw);
    expect(verify(digest, Buffer.from(MESSAGE), publicKey, theirs)).toBe(true);
  });

  it.each(MONTGOMERY)('%s agrees with openssl on a secret', async (algorithm) => {
    const ours = await pairInFiles(algorithm, 'ours');
    const theirs = await pairInFiles(algorithm, 'theirs');
    const peer = ['-keyform', 'DER', '-inkey', 'theirs.der', '-peerkey', 'ours.pem'];
    const agreed = await openssl('pkeyutl', '-derive', ...peer);
    expect(agreed).toEqual(diffieHellman({ privateKey: ours.privateKey, publicKey: theirs.publicKey }));
  });
});

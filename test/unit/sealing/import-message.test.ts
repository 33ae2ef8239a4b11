import { inspect } from 'node:util';
import { createMessage, encrypt, enums, generateKey, readKey, type PartialConfig } from 'openpgp';
import { describe, expect, test } from 'vitest';
import { MAX_KEY_BYTES } from '../../../src/keys/import-limits.ts';
import { newImportKey, withImportKey } from '../../../src/installation/import-secret.ts';
import type { ImportContext } from '../../../src/sealing/import-context.ts';
import type { ImportKeys } from '../../../src/sealing/import-keys.ts';
import { openImportMessage, type OpenedImport } from '../../../src/sealing/import-message.ts';
import { readImportRecipient, sealImportMessage } from '../../../src/sealing/seal-import.ts';
import {
  IMPORT_INSTALLATION,
  IMPORT_MADE_AT,
  IMPORT_PLACE,
  keysOf,
  recipientOf,
  storedImport,
} from '../../support/import-keys.ts';

const NOW = new Date('2027-01-02T00:00:00Z');
const notAfter = new Date('2027-02-01T00:00:00Z');
const times = { now: NOW, notAfter };
const place: ImportContext = { installation: IMPORT_INSTALLATION, ...IMPORT_PLACE };
const secret = new TextEncoder().encode('canary-key-material');
const stored = await storedImport();
const keys = keysOf(stored);
const recipient = await recipientOf(keys);
const sealed = await sealImportMessage(recipient, IMPORT_PLACE, secret, times);

function open(armoured: string, expected: ImportContext = place, now: Date = NOW): Promise<OpenedImport> {
  return openImportMessage(keys, armoured, expected, now);
}

/** Seals bytes that `keywright seal` would not make. */
async function sealBytes(binary: Uint8Array, config: PartialConfig = {}, to: ImportKeys = keys): Promise<string> {
  const encryptionKeys = await readKey({ armoredKey: to.publicKey });
  return String(await encrypt({ message: await createMessage({ binary }), encryptionKeys, config, date: NOW }));
}

function json(changes: object): Uint8Array {
  const payload = { v: 1, ...place, notAfter: '2027-02-01T00:00:00Z', content: 'Y2FuYXJ5', ...changes };
  return new TextEncoder().encode(JSON.stringify(payload));
}

async function reasonOf(opened: Promise<OpenedImport>): Promise<string> {
  const result = await opened;
  return result.kind === 'Opened' ? result.kind : result.reason;
}

describe('openImportMessage', () => {
  test('opens what was sealed for this place', async () => {
    expect(await open(sealed)).toEqual({ kind: 'Opened', content: Buffer.from(secret) });
  });

  test('opens the largest content', async () => {
    const content = new Uint8Array(MAX_KEY_BYTES).fill(7);
    const opened = await open(await sealImportMessage(recipient, IMPORT_PLACE, content, times));
    expect(opened.kind === 'Opened' && opened.content.length).toBe(MAX_KEY_BYTES);
  });

  test('opens for every environment what was sealed for all', async () => {
    const message = await sealImportMessage(recipient, { ...IMPORT_PLACE, environment: '*' }, secret, times);
    expect(await reasonOf(open(message))).toBe('Opened');
    expect(await reasonOf(open(message, { ...place, environment: 'staging' }))).toBe('Opened');
  });

  test.each<[string, Partial<ImportContext>]>([
    ['installation', { installation: 'aa'.repeat(16) }],
    ['project', { project: 'other' }],
    ['kind of key', { kind: 'ApiKey' }],
    ['namespace', { namespace: 'other' }],
    ['name', { name: 'other' }],
    ['environment', { environment: 'staging' }],
    ['field', { field: 'passphrase' }],
  ])('refuses to open a message for another %s, and says so', async (subject, change) => {
    expect(await open(sealed, { ...place, ...change })).toEqual({
      kind: 'Refused',
      reason: 'ContextMismatch',
      message: `The ${change.field === undefined ? 'openpgpMessage' : 'passphraseOpenpgpMessage'} was sealed for another ${subject}: seal the ${change.field ?? 'key'} for this place`,
    });
  });

  test('refuses a passphrase of more than 1 KiB, which seal would not make', async () => {
    const asPassphrase = { ...place, field: 'passphrase' } as const;
    const of = (length: number): Promise<string> =>
      sealBytes(json({ field: 'passphrase', content: Buffer.alloc(length, 'p').toString('base64') }));
    expect(await reasonOf(open(await of(1024), asPassphrase))).toBe('Opened');
    expect(await reasonOf(open(await of(1025), asPassphrase))).toBe('MalformedMessage');
    const fields = { ...IMPORT_PLACE, field: 'passphrase' } as const;
    await expect(sealImportMessage(recipient, fields, new Uint8Array(1025), times)).rejects.toThrow(RangeError);
  });

  test('makes of the longest passphrase and names a message that its field in the CRD takes', async () => {
    const long = 'n'.repeat(63);
    const longest = { project: long, kind: 'CryptoKey', namespace: long, name: long, environment: long } as const;
    const fields = { ...longest, field: 'passphrase' } as const;
    expect((await sealImportMessage(recipient, fields, new Uint8Array(1024), times)).length).toBeLessThan(8_192);
  });

  test('opens until notAfter and not later', async () => {
    expect(await reasonOf(open(sealed, place, notAfter))).toBe('Opened');
    expect(await reasonOf(open(sealed, place, new Date(notAfter.getTime() + 1)))).toBe('ImportExpired');
  });

  test('opens with a clock that is behind the making of the key', async () => {
    const behind = new Date(IMPORT_MADE_AT.getTime() - 60_000);
    const message = await sealImportMessage(recipient, IMPORT_PLACE, secret, { now: behind, notAfter });
    expect(await reasonOf(open(message, place, behind))).toBe('Opened');
  });

  test('opens with a retired key what was sealed to it, after several rotations', async () => {
    let rotated = stored;
    for (const order of ['one', 'two']) {
      rotated = withImportKey(rotated, await newImportKey(IMPORT_INSTALLATION, NOW), order);
    }
    expect(await reasonOf(openImportMessage(keysOf(rotated), sealed, place, NOW))).toBe('Opened');
    expect(keysOf(rotated).fingerprint).not.toBe(keys.fingerprint);
  });

  test("refuses a message to another installation's key", async () => {
    const other = keysOf(await storedImport());
    expect(await reasonOf(openImportMessage(other, sealed, place, NOW))).toBe('UnknownImportKey');
  });

  test('refuses a message to a hidden recipient', async () => {
    const encryptionKeys = await readKey({ armoredKey: keys.publicKey });
    const message = await createMessage({ binary: json({}) });
    const hidden = String(await encrypt({ message, encryptionKeys, wildcard: true, date: NOW }));
    expect(await reasonOf(open(hidden))).toBe('UnknownImportKey');
  });

  test('takes for unknown the one key that does not parse, and opens with the others', async () => {
    const damaged = { ...(await newImportKey(IMPORT_INSTALLATION, NOW)), privateKey: 'canary' };
    const some = keysOf(withImportKey(stored, damaged, 'one'));
    expect(await reasonOf(openImportMessage(some, sealed, place, NOW))).toBe('Opened');
  });

  const payloads: readonly (readonly [string, Uint8Array])[] = [
    ['no JSON', new TextEncoder().encode('canary')],
    ['no UTF-8', Uint8Array.of(0xff, 0xfe)],
    ['nothing', new Uint8Array()],
    ['another version', json({ v: 2 })],
    ['a member too much', json({ canary: 1 })],
    ['no field', json({ field: undefined })],
    ['a time without zone', json({ notAfter: '2027-02-01T00:00:00' })],
    ['a time that is none', json({ notAfter: '2027-99-01T00:00:00Z' })],
    ['no content', json({ content: '' })],
    ['content that is no base64', json({ content: 'canary!!' })],
    ['content that is too large', json({ content: Buffer.alloc(MAX_KEY_BYTES + 1).toString('base64') })],
  ];
  test.each(payloads)('refuses as malformed a payload that is or has %s', async (_name, payload) => {
    const opened = await open(await sealBytes(payload));
    expect(opened).toMatchObject({ kind: 'Refused', reason: 'MalformedMessage' });
    expect(JSON.stringify(opened)).not.toContain('canary');
  });

  const zlib = { preferredCompressionAlgorithm: enums.compression.zlib };
  const malformed: readonly (readonly [string, () => Promise<string> | string])[] = [
    ['text that is no message', () => 'canary'],
    ['an empty text', () => ''],
    ['a public key', () => keys.publicKey],
    ['a message that was altered', () => altered(sealed)],
    ['a message cut short', () => sealed.slice(0, -200)],
    ['a message that is too long', () => `${sealed}${' '.repeat(48 * 1024)}`],
    ['a bomb', () => sealBytes(new Uint8Array(4 * 1024 * 1024).fill(32), zlib)],
    ['a message for a passphrase', () => withPassphrase({})],
    ['a message for the key and a passphrase', () => withPassphrase({ isForKeyToo: true })],
    ['a message for a passphrase with Argon2', () => withPassphrase({ s2kType: enums.s2k.argon2 })],
    ['a message for too many recipients', toMany],
  ];
  test.each(malformed)('refuses as malformed %s', async (_name, make) => {
    const opened = await open(await make());
    expect(opened).toMatchObject({ kind: 'Refused', reason: 'MalformedMessage' });
    expect(JSON.stringify(opened)).not.toContain('canary');
  });

  test('reads a compressed payload, as gpg makes it', async () => {
    expect(await reasonOf(open(await sealBytes(json({}), zlib)))).toBe('Opened');
  });

  async function withPassphrase(given: {
    isForKeyToo?: boolean;
    s2kType?: enums.s2k.iterated | enums.s2k.argon2;
  }): Promise<string> {
    const { isForKeyToo = false, s2kType = enums.s2k.iterated } = given;
    const config: PartialConfig = { s2kType, s2kArgon2Params: { passes: 1, parallelism: 1, memoryExponent: 8 } };
    const encryptionKeys = await readKey({ armoredKey: keys.publicKey });
    const message = await createMessage({ binary: json({}) });
    const both = { message, passwords: 'canary', config, date: NOW };
    return String(await encrypt(isForKeyToo ? { ...both, encryptionKeys } : both));
  }

  async function toMany(): Promise<string> {
    const made = await Promise.all(
      Array.from({ length: 8 }, () =>
        generateKey({ userIDs: [{ name: 'other' }], format: 'object', date: IMPORT_MADE_AT }),
      ),
    );
    const own = await readKey({ armoredKey: keys.publicKey });
    const encryptionKeys = [own, ...made.map(({ publicKey }) => publicKey)];
    return String(await encrypt({ message: await createMessage({ binary: json({}) }), encryptionKeys, date: NOW }));
  }
});

describe('sealImportMessage', () => {
  test.each([0, MAX_KEY_BYTES + 1])('refuses %d bytes', async (length) => {
    const content = new Uint8Array(length);
    await expect(sealImportMessage(recipient, IMPORT_PLACE, content, times)).rejects.toThrow(RangeError);
  });
});

describe('readImportRecipient', () => {
  test('finds fingerprint and installation in the key itself', async () => {
    const { fingerprint, publicKey } = keys;
    expect(await readImportRecipient(publicKey, NOW)).toEqual({
      fingerprint,
      publicKey,
      installation: IMPORT_INSTALLATION,
    });
  });

  test('takes no private key, no other key and no other text', async () => {
    const other = await generateKey({ userIDs: [{ name: 'somebody' }] });
    const [{ privateKey } = { privateKey: '' }] = stored.keys;
    for (const text of [privateKey, other.publicKey, 'text', '']) {
      expect(await readImportRecipient(text, NOW)).toBeUndefined();
    }
  });
});

test('ImportKeys show no private key', () => {
  expect(inspect(keys, { depth: 9 }) + JSON.stringify(keys)).not.toContain('PRIVATE');
});

/** One character of the body becomes another. */
function altered(armoured: string): string {
  const lines = armoured.split('\n');
  const index = Math.floor(lines.length / 2);
  const line = lines[index] ?? '';
  return lines.with(index, `${line.startsWith('A') ? 'B' : 'A'}${line.slice(1)}`).join('\n');
}

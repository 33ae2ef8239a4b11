import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Algorithm } from '../../../../../src/keys/crypto/algorithm.ts';
import { desWeakness } from '../../../../../src/keys/crypto/import/des-weakness.ts';
import { symmetricWeakness } from '../../../../../src/keys/crypto/import/symmetric-weakness.ts';
import { importing, pem } from './importing.ts';

/** Looks random and is the same in every run. */
function bytes(length: number): Buffer {
  const block = (i: number): Buffer => createHash('sha256').update(`${length} ${i}`).digest();
  return Buffer.concat(Array.from({ length: Math.ceil(length / 32) }, (_, i) => block(i))).subarray(0, length);
}

function withOddParity(key: Uint8Array): Buffer {
  return Buffer.from(
    key.map((byte) => ((byte & 0xfe).toString(2).replaceAll('0', '').length % 2 ? byte & 0xfe : byte | 1)),
  );
}

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(' ', ''), 'hex');
}

const des3 = withOddParity(bytes(24));

interface Accepted {
  readonly name: string;
  readonly input: string | Uint8Array;
  readonly algorithm?: Algorithm;
  readonly found: Algorithm;
  readonly key: Uint8Array;
}

const accepted: readonly Accepted[] = [
  { name: '16 raw bytes as AES-128', input: bytes(16), found: 'AES-128', key: bytes(16) },
  { name: '24 raw bytes as AES-192', input: bytes(24), found: 'AES-192', key: bytes(24) },
  { name: '32 raw bytes as AES-256', input: bytes(32), found: 'AES-256', key: bytes(32) },
  { name: '48 raw bytes as HMAC-SHA384', input: bytes(48), found: 'HMAC-SHA384', key: bytes(48) },
  { name: '64 raw bytes as HMAC-SHA512', input: bytes(64), found: 'HMAC-SHA512', key: bytes(64) },
  { name: '24 raw bytes of odd parity as DESede', input: des3, found: 'DESede', key: des3 },
  { name: '8 raw bytes of odd parity as DES', input: des3.subarray(0, 8), found: 'DES', key: des3.subarray(0, 8) },
  {
    name: '32 raw bytes as HMAC-SHA256 if declared',
    input: bytes(32),
    algorithm: 'HMAC-SHA256',
    found: 'HMAC-SHA256',
    key: bytes(32),
  },
  {
    name: '100 raw bytes as HMAC-SHA512 if declared',
    input: bytes(100),
    algorithm: 'HMAC-SHA512',
    found: 'HMAC-SHA512',
    key: bytes(100),
  },
  {
    name: 'two 3DES keys as three, the first one again',
    input: des3.subarray(0, 16),
    algorithm: 'DESede',
    found: 'DESede',
    key: Buffer.concat([des3.subarray(0, 16), des3.subarray(0, 8)]),
  },
  { name: 'hexadecimal text', input: bytes(32).toString('hex'), found: 'AES-256', key: bytes(32) },
  {
    name: 'upper-case hexadecimal text on several lines',
    input: bytes(32).toString('hex').toUpperCase().replaceAll(/.{16}/g, '$&\r\n'),
    found: 'AES-256',
    key: bytes(32),
  },
  { name: 'base64 text with a newline', input: `${bytes(32).toString('base64')}\n`, found: 'AES-256', key: bytes(32) },
  {
    name: 'base64 text without padding of an unpadded length',
    input: bytes(24).toString('base64'),
    found: 'AES-192',
    key: bytes(24),
  },
  {
    name: '32 hexadecimal digits as AES-128, although base64 would give 24 bytes',
    input: bytes(16).toString('hex'),
    found: 'AES-128',
    key: bytes(16),
  },
  {
    name: 'raw bytes in the armour of certutil',
    input: pem('CERTIFICATE', bytes(32)).replaceAll('\n', '\r\n'),
    found: 'AES-256',
    key: bytes(32),
  },
  {
    name: 'base64 text in the armour of certutil',
    input: pem('CERTIFICATE', Buffer.from(bytes(32).toString('base64'))),
    found: 'AES-256',
    key: bytes(32),
  },
  {
    name: 'a JWK',
    input: JSON.stringify({ kty: 'oct', k: bytes(32).toString('base64url') }),
    found: 'AES-256',
    key: bytes(32),
  },
  {
    name: 'a JWK that names its algorithm',
    input: JSON.stringify({ kty: 'oct', alg: 'HS256', k: bytes(32).toString('base64url') }),
    found: 'HMAC-SHA256',
    key: bytes(32),
  },
  {
    name: 'a JWK that names an algorithm nobody knows',
    input: JSON.stringify({ kty: 'oct', alg: 'constructor', k: bytes(32).toString('base64url') }),
    found: 'AES-256',
    key: bytes(32),
  },
  {
    name: 'raw bytes that begin with a brace',
    input: Buffer.concat([Buffer.from('{'), bytes(31)]),
    found: 'AES-256',
    key: Buffer.concat([Buffer.from('{'), bytes(31)]),
  },
  {
    name: 'raw bytes that begin as UTF-16 does',
    input: Buffer.concat([hex('fffe'), bytes(30)]),
    found: 'AES-256',
    key: Buffer.concat([hex('fffe'), bytes(30)]),
  },
  {
    name: 'raw bytes that begin as OpenPGP does',
    input: Buffer.concat([hex('c5'), bytes(31)]),
    found: 'AES-256',
    key: Buffer.concat([hex('c5'), bytes(31)]),
  },
];

describe('importMaterial takes as a SecretKey', () => {
  it.each(accepted)('$name', async ({ input, algorithm, found, key }) => {
    const outcome = await importing({ type: 'SecretKey', input, ...(algorithm && { algorithm }) });
    expect(outcome).toMatchObject({
      kind: 'Accepted',
      material: { algorithm: found, form: 'Raw', bytes: Uint8Array.from(key) },
    });
  });

  it('any random bytes of the right length', async () => {
    for (let i = 0; i < 2_000; i += 1) {
      const key = createHash('shake256', { outputLength: [16, 24, 32, 48, 64][i % 5] ?? 16 })
        .update(String(i))
        .digest();
      expect(await importing({ type: 'SecretKey', input: key })).toMatchObject({ kind: 'Accepted' });
    }
  });
});

interface Refused {
  readonly name: string;
  readonly input: string | Uint8Array;
  readonly algorithm?: Algorithm;
  readonly reason: string;
  readonly says: RegExp;
}

const refused: readonly Refused[] = [
  { name: 'zeros', input: Buffer.alloc(32), reason: 'WeakKey', says: /all bytes are zero/ },
  { name: 'one byte repeated', input: Buffer.alloc(32, 0xa5), reason: 'WeakKey', says: /one byte is repeated/ },
  {
    name: 'two equal halves',
    input: Buffer.concat([bytes(16), bytes(16)]),
    reason: 'WeakKey',
    says: /a pattern is repeated/,
  },
  {
    name: 'three bytes repeated, cut off',
    input: Buffer.alloc(16, hex('1b2a93')),
    reason: 'WeakKey',
    says: /a pattern is repeated/,
  },
  { name: 'counting bytes', input: '000102030405060708090a0b0c0d0e0f', reason: 'WeakKey', says: /follow a pattern/ },
  {
    name: 'the usual 3DES test key',
    input: '0123456789abcdeffedcba9876543210',
    reason: 'WeakKey',
    says: /follow a pattern/,
  },
  {
    name: 'a key padded with zeros',
    input: Buffer.concat([bytes(24), Buffer.alloc(8)]),
    reason: 'WeakKey',
    says: /repeated/,
  },
  { name: 'a passphrase of 16 characters', input: 'MySecretPassword', reason: 'WeakKey', says: /looks like text/ },
  {
    name: 'a passphrase of 32 characters in lower case',
    input: 'correcthorsebatterystaplehorse12',
    reason: 'WeakKey',
    says: /looks like text/,
  },
  {
    name: 'a passphrase of 32 bytes with umlauts',
    input: 'Sommer2024-Pässwörter-für-al!',
    reason: 'WeakKey',
    says: /looks like text/,
  },
  {
    name: 'a passphrase of 16 bytes with umlauts',
    input: 'Grüße-ausKöln',
    reason: 'WeakKey',
    says: /looks like text/,
  },
  {
    name: 'a passphrase in another alphabet',
    input: 'пароль-для-ключей7!',
    algorithm: 'HMAC-SHA256',
    reason: 'WeakKey',
    says: /looks like text/,
  },
  { name: 'a passphrase with an emoji', input: 'S3cret-Pass \u{1F511}', reason: 'WeakKey', says: /looks like text/ },
  {
    name: 'a passphrase with umlauts in base64',
    input: Buffer.from('Sommer2024-Pässwörter-für-al!').toString('base64'),
    reason: 'WeakKey',
    says: /looks like text/,
  },
  {
    name: 'few different bytes',
    input: bytes(32).map((byte) => [0x11, 0xa7, 0x3c, 0x58, 0xe2, 0x90][byte % 6] ?? 0),
    reason: 'WeakKey',
    says: /too alike/,
  },
  {
    name: 'a passphrase in base64',
    input: Buffer.from('correct horse battery staple 123').toString('base64'),
    reason: 'WeakKey',
    says: /looks like text/,
  },
  {
    name: 'a weak JWK',
    input: JSON.stringify({ kty: 'oct', k: Buffer.alloc(32).toString('base64url') }),
    reason: 'WeakKey',
    says: /zero/,
  },
  { name: 'a weak DES key', input: hex('e0e0e0e0f1f1f1f1'), reason: 'WeakKey', says: /four weak DES keys/ },
  {
    name: 'a weak DES key under other parity',
    input: hex('e1e1e1e1f0f0f0f0'),
    reason: 'WeakKey',
    says: /four weak DES keys/,
  },
  { name: 'a semi-weak DES key', input: hex('01fe01fe01fe01fe'), reason: 'WeakKey', says: /twelve semi-weak/ },
  {
    name: 'a DES key of wrong parity',
    input: Buffer.from(des3.subarray(0, 8).map((byte) => byte ^ 1)),
    reason: 'WeakKey',
    says: /parity/,
  },
  {
    name: '3DES with the first two keys equal',
    input: Buffer.concat([des3.subarray(0, 8), des3.subarray(0, 8), des3.subarray(8, 16)]),
    reason: 'WeakKey',
    says: /two of its three keys/,
  },
  {
    name: '3DES with the last two keys equal',
    input: Buffer.concat([des3.subarray(0, 8), des3.subarray(8, 16), des3.subarray(8, 16)]),
    reason: 'WeakKey',
    says: /two of its three keys/,
  },
  {
    name: '3DES with equal keys that differ in parity',
    input: Buffer.concat([des3.subarray(0, 8), des3.subarray(8, 16), des3.subarray(8, 16).map((byte) => byte ^ 1)]),
    algorithm: 'DESede',
    reason: 'WeakKey',
    says: /two of its three keys/,
  },
  {
    name: '3DES with a weak key in it',
    input: Buffer.concat([des3.subarray(0, 16), hex('0101010101010101')]),
    reason: 'WeakKey',
    says: /four weak/,
  },
  { name: '31 bytes', input: bytes(31), reason: 'TypeMismatch', says: /No symmetric algorithm takes 31 bytes; give/ },
  {
    name: '33 bytes',
    input: bytes(33),
    reason: 'TypeMismatch',
    says: /by a key of 33 bytes; set spec.algorithm to HMAC-SHA256$/,
  },
  {
    name: '50 bytes',
    input: bytes(50),
    reason: 'TypeMismatch',
    says: /by a key of 50 bytes; set spec.algorithm to HMAC-SHA256 or HMAC-SHA384$/,
  },
  {
    name: '32 bytes and a newline',
    input: Buffer.concat([bytes(32), Buffer.from('\n')]),
    reason: 'TypeMismatch',
    says: /remove the newline at its end, or set spec.algorithm to HMAC-SHA256$/,
  },
  {
    name: '24 bytes for AES-256',
    input: bytes(24),
    algorithm: 'AES-256',
    reason: 'TypeMismatch',
    says: /24 bytes, and AES-256 takes 32/,
  },
  {
    name: 'hexadecimal text of AES-128 for AES-192',
    input: bytes(16).toString('hex'),
    algorithm: 'AES-192',
    reason: 'TypeMismatch',
    says: /16 bytes, and AES-192 takes 24/,
  },
  {
    name: '31 bytes for HMAC-SHA256',
    input: bytes(31),
    algorithm: 'HMAC-SHA256',
    reason: 'TypeMismatch',
    says: /takes 32 to 512/,
  },
  {
    name: '513 bytes for HMAC-SHA256',
    input: bytes(513),
    algorithm: 'HMAC-SHA256',
    reason: 'TypeMismatch',
    says: /takes 32 to 512/,
  },
  {
    name: 'a raw key with a newline',
    input: Buffer.concat([bytes(32), Buffer.from('\n')]),
    algorithm: 'AES-256',
    reason: 'TypeMismatch',
    says: /remove the newline/,
  },
  {
    name: 'base64 without its padding',
    input: bytes(32).toString('base64').slice(0, -1),
    reason: 'MalformedKey',
    says: /neither hexadecimal nor padded base64/,
  },
  {
    name: 'base64 of the URL alphabet',
    input: `-_${bytes(32).toString('base64').slice(2)}`,
    reason: 'MalformedKey',
    says: /standard alphabet/,
  },
  {
    name: 'base64 with stray bits',
    input: bytes(32).toString('base64').replace(/.=$/, '/='),
    reason: 'MalformedKey',
    says: /neither/,
  },
  {
    name: 'a JWK that names another algorithm',
    input: JSON.stringify({ kty: 'oct', alg: 'HS512', k: bytes(64).toString('base64url') }),
    algorithm: 'HMAC-SHA256',
    reason: 'TypeMismatch',
    says: /HMAC-SHA512 and spec.algorithm says HMAC-SHA256/,
  },
  {
    name: 'an algorithm that is not symmetric',
    input: bytes(32),
    algorithm: 'RSA-2048',
    reason: 'TypeMismatch',
    says: /no algorithm RSA-2048/,
  },
  { name: 'nothing', input: '', reason: 'MalformedKey', says: /empty/ },
  { name: 'more than 16 KiB', input: bytes(16_385), reason: 'TooLarge', says: /16 KiB/ },
];

describe('importMaterial refuses as a SecretKey', () => {
  it.each(refused)('$name', async ({ input, algorithm, reason, says }) => {
    const outcome = await importing({ type: 'SecretKey', input, ...(algorithm && { algorithm }) });
    expect(outcome).toMatchObject({ kind: 'Refused', reason, message: expect.stringMatching(says) as string });
  });
});

describe('importMaterial', () => {
  it('leaves the bytes that it was given as they are', async () => {
    const input = bytes(32);
    await importing({ type: 'SecretKey', input });
    expect(input).toEqual(bytes(32));
  });

  it('warns of two-key 3DES and of single DES', async () => {
    const twoKeys = Buffer.concat([des3.subarray(0, 16), des3.subarray(0, 8)]);
    expect(await importing({ type: 'SecretKey', input: twoKeys })).toMatchObject({
      warnings: [expect.stringContaining('two different') as string],
    });
    expect(await importing({ type: 'SecretKey', input: des3.subarray(0, 8) })).toMatchObject({
      warnings: [expect.stringContaining('Single DES') as string],
    });
  });
});

describe('desWeakness', () => {
  // NIST SP 800-67 Rev. 2 section 3.3.2.
  it.each([
    '0101010101010101',
    'fefefefefefefefe',
    'e0e0e0e0f1f1f1f1',
    '1f1f1f1f0e0e0e0e',
    ...[
      '011f011f010e010e',
      '01e001e001f101f1',
      '01fe01fe01fe01fe',
      '1fe01fe00ef10ef1',
      '1ffe1ffe0efe0efe',
      'e0fee0fef1fef1fe',
    ].flatMap((key) => [key, key.replaceAll(/(..)(..)/g, '$2$1')]),
  ])('knows %s', (key) => {
    expect(desWeakness(hex(key))).toMatch(/weak/);
  });
});

describe('symmetricWeakness', () => {
  const text = Buffer.from('Grüße aus Köln, 5');
  it.each([
    { name: 'cut in the middle of a character', key: Buffer.concat([text, Buffer.from('ü').subarray(0, 1)]) },
    { name: 'in Latin-1', key: Buffer.from('Grüße aus Köln, 5', 'latin1') },
    { name: 'with a control character', key: Buffer.concat([text, hex('07')]) },
    { name: 'with a control character of two bytes', key: Buffer.concat([text, hex('c285')]) },
    { name: 'with DEL', key: Buffer.concat([text, hex('7f')]) },
  ])('takes for no text what would be UTF-8 but is $name', ({ key }) => {
    expect(symmetricWeakness(key)).toBeUndefined();
  });

  it('lets random keys of 8 bytes pass', () => {
    const keys = Array.from({ length: 5_000 }, (_, i) =>
      createHash('sha256').update(`key ${i}`).digest().subarray(0, 8),
    );
    expect(keys.filter((key) => symmetricWeakness(key) !== undefined)).toEqual([]);
  });
});

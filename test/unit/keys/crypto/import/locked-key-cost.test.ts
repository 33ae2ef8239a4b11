import { describe, expect, test } from 'vitest';
import { ber, der, oid, salt } from '../../../../support/der.ts';
import { ec, ed, locked, rsa } from './asymmetric-fixtures.ts';
import { importing, pem } from './importing.ts';

const PBES2 = oid('2a864886f70d01050d');
const PBKDF2 = oid('2a864886f70d01050c');
const SCRYPT = oid('2b06010401da47040b');
const MANY = der(2, '7fffffff');
const SHA256 = der(0x30, oid('2a864886f70d0209'), der(5));
const cipher = der(0x30, oid('60864801650304012a'), der(4, Buffer.alloc(16)));

function lockedWith(algorithm: Uint8Array): Buffer {
  return der(0x30, algorithm, der(4, Buffer.alloc(48, 7)));
}

function pbes2(kdf: Uint8Array): Buffer {
  return lockedWith(der(0x30, PBES2, der(0x30, kdf, cipher)));
}

describe('importMaterial refuses, before it tries the passphrase, a locked key that asks for', () => {
  test.each<{ name: string; input: Buffer; says: string }>([
    {
      name: 'PBKDF2 with two thousand million iterations',
      input: pbes2(der(0x30, PBKDF2, der(0x30, salt, MANY, SHA256))),
      says: 'fewer iterations',
    },
    {
      name: 'scrypt with a thousand million blocks',
      input: pbes2(der(0x30, SCRYPT, der(0x30, salt, der(2, '400000'), der(2, '08'), der(2, '20')))),
      says: 'fewer iterations',
    },
    {
      name: 'two thousand million iterations of PKCS #12',
      input: lockedWith(der(0x30, oid('2a864886f70d010c0103'), der(0x30, salt, MANY))),
      says: 'fewer iterations',
    },
    {
      name: 'PBKDF2 with parameters whose length is BER',
      input: pbes2(der(0x30, PBKDF2, ber(0x30, salt, MANY, SHA256))),
      says: 'cannot be read',
    },
    {
      name: 'PBKDF2 with iterations whose length is BER',
      input: pbes2(der(0x30, PBKDF2, der(0x30, salt, ber(2, Buffer.from('7fffffff', 'hex')), SHA256))),
      says: 'cannot be read',
    },
    {
      name: 'scrypt with parameters whose length is BER',
      input: pbes2(der(0x30, SCRYPT, ber(0x30, salt, der(2, '020000'), der(2, '08'), der(2, '7fffff'), der(2, '20')))),
      says: 'cannot be read',
    },
    {
      name: 'PBKDF2 with a salt in pieces',
      input: pbes2(der(0x30, PBKDF2, der(0x30, der(0x24, salt), MANY, SHA256))),
      says: 'cannot be read',
    },
    {
      name: 'a derivation that nobody knows',
      input: pbes2(der(0x30, oid('2a864886f70d01050e'), der(0x30, salt, MANY))),
      says: 'cannot be read',
    },
    {
      name: 'an encryption that nobody knows',
      input: lockedWith(der(0x30, oid('2a864886f70d01050f'), der(0x30, salt, MANY))),
      says: 'cannot be read',
    },
  ])('$name', async ({ input, says }) => {
    expect(await importing({ type: 'KeyPair', input, passphrase: 'any' })).toMatchObject({
      kind: 'Refused',
      reason: 'MalformedKey',
      message: expect.stringContaining(says) as string,
    });
  });

  test('as much in a block of encrypted PKCS#8 with the headers of a traditional one', async () => {
    const bytes = pbes2(der(0x30, PBKDF2, der(0x30, salt, MANY, SHA256)));
    const headers = 'Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00000000000000000000000000000000\n\n';
    const input = pem('ENCRYPTED PRIVATE KEY', bytes).replace('\n', `\n${headers}`);
    expect(await importing({ type: 'KeyPair', input, passphrase: 'any' })).toMatchObject({
      kind: 'Refused',
      reason: 'MalformedKey',
      message: expect.stringContaining('headers') as string,
    });
  });
});

describe('importMaterial opens a key that is locked', () => {
  const passphrase = 'open sesame';
  test.each<{ name: string; input: string }>([
    { name: 'in PKCS#8', input: locked('pkcs8') },
    { name: 'in the traditional form of RSA', input: locked('pkcs1') },
    {
      name: 'in the traditional form of EC',
      input: ec.privateKey.export({ type: 'sec1', format: 'pem', cipher: 'aes-128-cbc', passphrase }).toString(),
    },
    {
      name: 'by another cipher',
      input: ed.privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-192-cbc', passphrase }).toString(),
    },
    {
      name: 'by Triple DES',
      input: rsa.privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'des-ede3-cbc', passphrase }).toString(),
    },
  ])('$name', async ({ input }) => {
    expect(await importing({ type: 'PrivateKey', input, passphrase })).toMatchObject({ kind: 'Accepted' });
  });
});

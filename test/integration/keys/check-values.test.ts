import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { publicFacts } from '../../../src/keys/crypto/public-facts.ts';
import { mintedKey } from '../../support/minted-key.ts';
import { runTool } from '../../support/outside-tool.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('the check value of', () => {
  it.each(['AES-128', 'AES-192', 'AES-256'] as const)('%s is the CMAC that openssl makes', async (algorithm) => {
    const { material } = await mintedKey(algorithm);
    const options = ['-cipher', `${algorithm}-CBC`, '-macopt', `hexkey:${hex(material.bytes)}`, '-in', '-'];
    const mac = await runTool('openssl', ['mac', ...options, 'CMAC'], { input: new Uint8Array(16) });
    expect(mac.toString().slice(0, 6)).toBe((await publicFacts(material)).kcv);
  });

  it.each(['HMAC-SHA256', 'HMAC-SHA384', 'HMAC-SHA512'] as const)(
    '%s is the HMAC-SHA-256 that openssl makes',
    async (algorithm) => {
      const { material } = await mintedKey(algorithm);
      const options = ['-digest', 'SHA256', '-macopt', `hexkey:${hex(material.bytes)}`, '-in', '-'];
      const mac = await runTool('openssl', ['mac', ...options, 'HMAC'], { input: 'kcv' });
      expect(mac.toString().slice(0, 6)).toBe((await publicFacts(material)).kcv);
    },
  );

  it.each([
    { algorithm: 'DES', length: 8, cipher: ['-provider', 'legacy', '-provider', 'default', '-des-ecb'] },
    { algorithm: 'DESede', length: 16, cipher: ['-des-ede'] },
    { algorithm: 'DESede', length: 24, cipher: ['-des-ede3'] },
  ] as const)('$algorithm with $length bytes is what openssl encrypts', async ({ algorithm, length, cipher }) => {
    const bytes = randomBytes(length);
    const args = ['enc', ...cipher, '-K', hex(bytes), '-nopad', '-in', '-'];
    const block = await runTool('openssl', args, { input: new Uint8Array(8) });
    expect((await publicFacts({ algorithm, form: 'Raw', bytes })).kcv).toBe(hex(block.subarray(0, 3)).toUpperCase());
  });
});

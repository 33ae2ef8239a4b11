import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isKeyId } from '../../../src/keys/key-id.ts';
import { mintSigningSecret } from '../../../src/keys/signing-secret.ts';
import { byteStream } from './byte-stream.ts';

describe('mintSigningSecret', () => {
  it('holds 32 random bytes in base64, as Standard Webhooks asks', () => {
    const { secret } = mintSigningSecret(randomBytes);
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(Buffer.from(secret.slice('whsec_'.length), 'base64')).toHaveLength(32);
  });

  it('draws the public id apart from the secret', () => {
    const { id } = mintSigningSecret(randomBytes);
    expect(id.startsWith('whs_')).toBe(true);
    expect(isKeyId(id.slice('whs_'.length))).toBe(true);

    const bytes = randomBytes(44);
    const otherSecret = Buffer.concat([bytes.subarray(0, 12), randomBytes(32)]);
    expect(mintSigningSecret(byteStream(bytes)).id).toBe(mintSigningSecret(byteStream(otherSecret)).id);
  });

  it('refuses a random source that ends early', () => {
    expect(() => mintSigningSecret(byteStream(new Uint8Array(43)))).toThrow(RangeError);
  });
});

import { describe, expect, it } from 'vitest';
import { mintSigningSecret } from '../../../src/keys/signing-secret.ts';
import { parseToken } from '../../../src/keys/parse-token.ts';
import { mintToken } from '../../../src/keys/token.ts';
import { byteStream } from './byte-stream.ts';
import vectors from './token-vectors.json' with { type: 'json' };

describe('frozen vectors, computed apart from this code', () => {
  it.each(vectors.tokens)(
    'mintToken makes the recorded token: $name',
    ({ prefix, random, keyId, token, hash, mask }) => {
      const minted = mintToken({ prefix, randomBytes: byteStream(Buffer.from(random, 'hex')) });
      expect(minted).toEqual({ keyId, token, hash, mask });
    },
  );

  it.each(vectors.tokens)('parseToken reads the recorded token: $name', ({ prefix, keyId, token }) => {
    expect(parseToken(token)).toEqual({ prefix, keyId, checksumOk: true });
  });

  it.each(vectors.signingSecrets)('mintSigningSecret makes the recorded secret: $name', ({ random, secret, id }) => {
    expect(mintSigningSecret(byteStream(Buffer.from(random, 'hex')))).toEqual({ secret, id });
  });
});

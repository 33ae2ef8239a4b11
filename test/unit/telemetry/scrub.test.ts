import { generateKeyPairSync, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mintSigningSecret } from '../../../src/keys/signing-secret.ts';
import { mintToken } from '../../../src/keys/token.ts';
import { scrub } from '../../../src/telemetry/scrub.ts';

const { token, mask } = mintToken({ prefix: 'acme_sk_live', randomBytes });
const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });

describe('scrub', () => {
  it('leaves of a token its mask', () => {
    expect(scrub(`Header was "Bearer ${token}".`)).toBe(`Header was "Bearer ${mask}".`);
  });

  it('cuts out a signing secret', () => {
    const { secret } = mintSigningSecret(randomBytes);
    expect(scrub(`{"a":"${secret}"}`)).toBe('{"a":"whsec_***"}');
  });

  it('cuts out a service account token', () => {
    const part = (text: string): string => Buffer.from(text).toString('base64url');
    const jwt = `${part('{"alg":"RS256","kid":"k"}')}.${part('{"iss":"kubernetes"}')}.${part('signature bytes')}`;
    expect(scrub(`authorization: Bearer ${jwt}`)).toBe('authorization: Bearer ***');
  });

  it.each(['PRIVATE KEY', 'RSA PRIVATE KEY', 'ENCRYPTED PRIVATE KEY', 'PGP PRIVATE KEY BLOCK'])(
    'cuts out a %s and what follows it in the same JSON text',
    (label) => {
      const armoured = pem.toString().replaceAll('PRIVATE KEY', label);
      const line = JSON.stringify({ msg: `Read ${armoured} with "quotes"`, name: 'kept' });
      const scrubbed = scrub(line);
      expect(JSON.parse(scrubbed)).toMatchObject({ name: 'kept' });
      expect(scrubbed).not.toContain(armoured.split('\n')[1]);
    },
  );

  it.each([
    '{"name":"payments-prod-eu","keyId":"0f3k9m2xq71z","hash":"sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}',
    `{"mask":"${mask}"}`,
    '-----BEGIN PUBLIC KEY-----',
    '{"uid":"3b2d0f5e-8c1a-4f6e-9d7c-2a1b3c4d5e6f","resourceVersion":"123456"}',
  ])('keeps %s', (line) => {
    expect(scrub(line)).toBe(line);
  });

  it('keeps a line of JSON valid, whatever text surrounds a secret', () => {
    const secrets = fc.constantFrom(
      token,
      pem.toString(),
      '-----BEGIN PRIVATE KEY-----',
      'whsec_AAAAAAAAAAAAAAAAAAAAAA==',
    );
    fc.assert(
      fc.property(fc.string(), secrets, fc.string(), (before, secret, after) => {
        const scrubbed = scrub(JSON.stringify({ text: before + secret + after, last: 1 }));
        expect(JSON.parse(scrubbed)).toMatchObject({ last: 1 });
      }),
    );
  });

  it('takes time in proportion to the line', () => {
    const hostile = ['_', 'whsec_', 'eyJ', 'eyJaaaaaaaa.', '-----BEGIN PRIVATE KEY-----\\', 'PRIVATE KEY '];
    for (const unit of hostile) expect(scrub(unit.repeat(20_000))).not.toBe('');
  }, 2_000);
});

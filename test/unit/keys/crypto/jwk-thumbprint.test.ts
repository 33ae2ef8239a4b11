import { describe, expect, it } from 'vitest';
import { jwkThumbprint } from '../../../../src/keys/crypto/jwk-thumbprint.ts';

/** RFC 7638, 3.1. */
const RFC_7638_RSA = {
  kty: 'RSA',
  n:
    '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3ok' +
    'njhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu' +
    '6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8a' +
    'wapJzKnqDKgw',
  e: 'AQAB',
};

describe('jwkThumbprint', () => {
  it('gives the thumbprint of the RSA key of RFC 7638, whatever else the JWK says', () => {
    const jwk = { ...RFC_7638_RSA, alg: 'RS256', kid: '2011-04-29' };
    expect(jwkThumbprint(jwk)).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs');
  });

  it('gives the thumbprint of the Ed25519 key of RFC 8037', () => {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
    expect(jwkThumbprint(jwk)).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
  });

  it.each([
    { name: 'without a key type', jwk: {} },
    { name: 'of a symmetric key', jwk: { kty: 'oct', k: 'AAAA' } },
    { name: 'without a member it needs', jwk: { kty: 'EC', crv: 'P-256', x: 'AAAA' } },
  ])('refuses a JWK $name', ({ jwk }) => {
    expect(() => jwkThumbprint(jwk)).toThrow(RangeError);
  });
});

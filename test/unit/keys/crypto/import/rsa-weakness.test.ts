import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { findSharedPrimes } from '../../../../../src/keys/crypto/import/rsa/factoring.ts';
import { assertStrongModulus } from '../../../../../src/keys/crypto/import/rsa/modulus-weakness.ts';
import { rsaModuli } from '../../../../../src/keys/crypto/import/rsa-moduli.ts';
import { importing } from './importing.ts';
import type { Given } from './importing.ts';
import {
  E,
  base64url,
  inverse,
  nextPrime,
  prime,
  privateJwk,
  privatePem,
  publicPem,
  rocaModulus,
} from './rsa-fixtures.ts';

const [p, q, r] = [prime(1024), prime(1024), prime(1024)];
const sound = { p, q, e: E };
const n = p * q;

interface Row {
  readonly name: string;
  readonly given: () => Omit<Given, 'type'> & { readonly type?: Given['type'] };
  readonly reason: string;
  readonly says: RegExp;
}

/** A private key whose private exponent is `d`. */
function withPrivateExponent(d: bigint): string {
  return privatePem({ p, q, e: inverse(d, (p - 1n) * (q - 1n)) });
}

function coprimeTo(phi: bigint, bits: number): bigint {
  for (;;) {
    const d = prime(bits);
    if (phi % d !== 0n) return d;
  }
}

const rows: readonly Row[] = [
  {
    name: 'of 1024 bits',
    given: () => ({ input: publicPem(prime(512) * prime(512)) }),
    reason: 'WeakKey',
    says: /1024 bits.*2048/,
  },
  {
    name: 'of 2047 bits',
    given: () => ({ input: publicPem((prime(1023) * prime(1024)) | 1n) }),
    reason: 'WeakKey',
    says: /204[67] bits/,
  },
  {
    name: 'of 2050 bits',
    given: () => ({ input: publicPem(prime(1025) * prime(1025)) }),
    reason: 'WeakKey',
    says: /multiple of 8/,
  },
  {
    name: 'of 8200 bits',
    given: () => ({ input: publicPem((1n << 8199n) + 1n) }),
    reason: 'WeakKey',
    says: /8192 are the most/,
  },
  { name: 'with exponent 3', given: () => ({ input: publicPem(n, 3n) }), reason: 'WeakKey', says: /exponent 65537/ },
  {
    name: 'with an even exponent',
    given: () => ({ input: publicPem(n, 65_538n) }),
    reason: 'WeakKey',
    says: /exponent 65537/,
  },
  {
    name: 'with an exponent of 257 bits',
    given: () => ({ input: publicPem(n, (1n << 256n) + 1n) }),
    reason: 'WeakKey',
    says: /exponent 65537/,
  },
  {
    name: 'with a small factor',
    given: () => ({ input: publicPem(prime(2032) * 65_521n) }),
    reason: 'WeakKey',
    says: /small prime factor/,
  },
  {
    name: 'with an even modulus',
    given: () => ({ input: publicPem(n + 1n) }),
    reason: 'WeakKey',
    says: /small prime factor/,
  },
  { name: 'of a ROCA chip', given: () => ({ input: publicPem(rocaModulus()) }), reason: 'WeakKey', says: /ROCA/ },
  {
    name: 'with close primes',
    given: () => ({ input: publicPem(p * nextPrime(p + (1n << 400n))) }),
    reason: 'WeakKey',
    says: /too close/,
  },
  {
    name: 'with a modulus of zeros in the middle',
    given: () => ({ input: publicPem(((n >> 512n) << 512n) | 0xffffffffffffffffffffffffffn) }),
    reason: 'WeakKey',
    says: /repeats one byte/,
  },
  {
    name: 'sharing a prime with a known key',
    given: () => ({ input: publicPem(n), knownModuli: [r * prime(1024), p * r] }),
    reason: 'WeakKey',
    says: /shares a prime/,
  },
  {
    name: 'with a private exponent of 400 bits, by its public half',
    given: () => ({ input: publicPem(n, inverse(coprimeTo((p - 1n) * (q - 1n), 400), (p - 1n) * (q - 1n))) }),
    reason: 'WeakKey',
    says: /so small that it can be found/,
  },
  {
    name: 'with a private exponent of 400 bits',
    given: () => ({ type: 'KeyPair', input: withPrivateExponent(coprimeTo((p - 1n) * (q - 1n), 400)) }),
    reason: 'WeakKey',
    says: /so small that it can be found/,
  },
  {
    name: 'with the modulus of another sound key',
    given: () => ({
      type: 'KeyPair',
      input: JSON.stringify(privateJwk(sound, { n: base64url(prime(1024) * prime(1024)) })),
    }),
    reason: 'PairMismatch',
    says: /numbers of the RSA private key do not belong/,
  },
  {
    name: 'with another private exponent',
    given: () => ({ type: 'KeyPair', input: JSON.stringify(privateJwk(sound, { d: base64url(r) })) }),
    reason: 'PairMismatch',
    says: /numbers of the RSA private key do not belong/,
  },
  {
    name: 'with a wrong CRT coefficient',
    given: () => ({ type: 'KeyPair', input: JSON.stringify(privateJwk(sound, { qi: base64url(5n) })) }),
    reason: 'PairMismatch',
    says: /numbers of the RSA private key do not belong/,
  },
  {
    name: 'with a composite factor',
    given: () => {
      let composite = prime(512) * prime(512);
      // One draw in forty makes a modulus of 2047 bits, which is refused for that.
      while ((composite * q).toString(2).length < 2048) composite = prime(512) * prime(512);
      return { type: 'KeyPair', input: JSON.stringify(privateJwk({ p: composite, q, e: E })) };
    },
    reason: 'PairMismatch',
    says: /numbers of the RSA private key do not belong/,
  },
];

describe('importMaterial refuses an RSA key', () => {
  it.each(rows)('$name', { timeout: 30_000 }, async ({ given, reason, says }) => {
    const outcome = await importing({ type: 'PublicKey', ...given() });
    expect(outcome).toMatchObject({ kind: 'Refused', reason, message: expect.stringMatching(says) as string });
  });
});

describe('importMaterial counts as private an RSA key in a JWK', () => {
  it.each(['d', 'p', 'q', 'dp', 'dq', 'qi'] as const)(
    'of which of the private numbers %s alone is there',
    async (name) => {
      const { kty, n: modulus, e, [name]: number } = privateJwk(sound);
      const input = JSON.stringify({ kty, n: modulus, e, [name]: number });
      expect(await importing({ type: 'PublicKey', input })).toMatchObject({
        kind: 'Refused',
        reason: 'TypeMismatch',
        message: expect.stringContaining('private key; type PublicKey') as string,
      });
      expect(await importing({ type: 'PrivateKey', input })).toMatchObject({ kind: 'Refused', reason: 'MalformedKey' });
    },
  );
});

describe('importMaterial takes an RSA key', () => {
  it('of sound numbers without a warning', async () => {
    const outcome = await importing({ type: 'KeyPair', input: privatePem(sound) });
    expect(outcome).toMatchObject({
      kind: 'Accepted',
      warnings: [],
      material: { algorithm: 'RSA-2048', form: 'Pkcs8' },
    });
  });

  it('that is among the known ones itself', async () => {
    expect(await importing({ type: 'PublicKey', input: publicPem(n), knownModuli: [n] })).toMatchObject({
      kind: 'Accepted',
    });
  });

  it('whatever multiples of its modulus others have made known', async () => {
    const knownModuli = [n * r, n * prime(64), n * n];
    expect(await importing({ type: 'KeyPair', input: privatePem(sound), knownModuli })).toMatchObject({
      kind: 'Accepted',
    });
  });

  it('of 2056 bits under the largest size that it reaches, with a warning', async () => {
    const outcome = await importing({ type: 'PublicKey', input: publicPem(prime(1028) * prime(1028)) });
    expect(outcome).toMatchObject({
      kind: 'Accepted',
      material: { algorithm: 'RSA-2048' },
      warnings: [expect.stringContaining('2056 bits') as string],
    });
  });

  it('with another sound exponent, with a warning', async () => {
    const outcome = await importing({ type: 'PublicKey', input: publicPem(n, 65_539n) });
    expect(outcome).toMatchObject({ kind: 'Accepted', warnings: [expect.stringContaining('not 65537') as string] });
  });
});

/** The fastest of a few runs, in milliseconds: other work on the machine only ever adds. */
function fastestMs(run: () => void): number {
  const elapsed = Array.from({ length: 5 }, () => {
    const before = process.hrtime.bigint();
    run();
    return Number(process.hrtime.bigint() - before) / 1e6;
  });
  return Math.min(...elapsed);
}

describe('assertStrongModulus', () => {
  const jwk = generateKeyPairSync('rsa', { modulusLength: 4096 }).publicKey.export({ format: 'jwk' });
  const modulus = BigInt(`0x${Buffer.from(jwk.n ?? '', 'base64url').toString('hex')}`);

  it('takes 50 ms at most for a sound key of 4096 bits', () => {
    expect(fastestMs(() => assertStrongModulus({ n: modulus, e: E }))).toBeLessThan(50);
  });

  it('takes 50 ms at most for an exponent as long as the modulus', () => {
    const e = (modulus >> 3n) | 1n;
    expect(fastestMs(() => expect(() => assertStrongModulus({ n: modulus, e })).toThrow('exponent'))).toBeLessThan(50);
  });
});

describe('findSharedPrimes', () => {
  it('names every key that shares a prime and no other', () => {
    const [s, t] = [prime(512), prime(512)];
    expect(findSharedPrimes(p * s, [q * t, p * t, p * s, s * q, q * r])).toEqual([1, 3]);
  });

  it('names no multiple or divisor of a modulus, which anyone makes from it without knowing its primes', () => {
    expect(findSharedPrimes(p * q, [p * q * r, p * q * p * q])).toEqual([]);
    expect(findSharedPrimes(p * q * r, [p * q])).toEqual([]);
  });

  it('names a key that shares a prime although a multiple is among the others', () => {
    expect(findSharedPrimes(p * q, [p * q * r, p * r])).toEqual([1]);
  });

  it('looks through a thousand keys of 2048 bits in 100 ms', () => {
    const others = Array.from({ length: 1000 }, (_, i) => q * r + BigInt(2 * i + 2));
    expect(fastestMs(() => findSharedPrimes(p * prime(16), others))).toBeLessThan(100);
  });
});

describe('rsaModuli', () => {
  it('gives the modulus of both halves of an RSA key', async () => {
    for (const [type, input] of [['KeyPair', privatePem(sound)] as const, ['PublicKey', publicPem(n)] as const]) {
      const outcome = await importing({ type, input });
      expect(outcome.kind === 'Accepted' && (await rsaModuli(outcome.material))).toEqual([n]);
    }
  });
});

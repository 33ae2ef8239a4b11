import { describe, expect, it } from 'vitest';
import { importing } from './importing.ts';
import { openPgpOf } from './openpgp-rsa-fixtures.ts';
import { E, inverse, prime } from './rsa-fixtures.ts';

const [p, q, r, s] = [prime(1536), prime(1536), prime(1536), prime(1536)];

/** Signs and decrypts, and any test but that for primes finds its numbers sound. */
function withCompositeFactor(): { readonly p: bigint; readonly q: bigint; readonly d: bigint } {
  for (;;) {
    const [a, b] = [prime(768), prime(768)];
    const phi = [a, b, a * b, q].reduce((all, factor) => all * (factor - 1n), 1n);
    // Else it would be refused for its odd size.
    const isWholeSize = (a * b * q).toString(2).length === 3072;
    if (isWholeSize && phi % E !== 0n) return { p: a * b, q, d: inverse(E, phi) };
  }
}

const sharesAPrime = expect.stringContaining('shares a prime') as string;
const doNotBelongTogether = expect.stringContaining('do not belong together') as string;

describe('importMaterial takes an OpenPGP key', () => {
  it.each([
    {
      name: 'of two sound RSA keys',
      parts: [
        { p, q },
        { p: r, q: s },
      ],
    },
    {
      name: 'whose subkey has the numbers of its primary key',
      parts: [
        { p, q },
        { p, q },
      ],
    },
  ])('$name', async ({ parts }) => {
    const key = await openPgpOf(parts);
    expect(await importing({ type: 'OpenPGP', input: key.armor() })).toMatchObject({ kind: 'Accepted', warnings: [] });
    expect(await importing({ type: 'PublicKey', input: key.toPublic().armor() })).toMatchObject({ kind: 'Accepted' });
  });
});

describe('importMaterial refuses an OpenPGP key', () => {
  it('two parts of which share a prime', async () => {
    const key = await openPgpOf([
      { p, q },
      { p, q: r },
    ]);
    for (const [type, half] of [['OpenPGP', key] as const, ['PublicKey', key.toPublic()] as const]) {
      const outcome = await importing({ type, input: half.armor() });
      expect(outcome).toMatchObject({ kind: 'Refused', reason: 'WeakKey', message: sharesAPrime });
    }
  });

  it.each([
    { name: 'whose primary key has a composite factor', parts: () => [withCompositeFactor()] },
    { name: 'whose subkey has a composite factor', parts: () => [{ p: r, q: s }, withCompositeFactor()] },
  ])('$name', async ({ parts }) => {
    const outcome = await importing({ type: 'OpenPGP', input: (await openPgpOf(parts())).armor() });
    expect(outcome).toMatchObject({ kind: 'Refused', reason: 'PairMismatch', message: doNotBelongTogether });
  });
});

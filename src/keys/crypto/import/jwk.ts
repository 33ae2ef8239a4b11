import type { JsonWebKey } from 'node:crypto';

/** A JSON Web Key (RFC 7517) whose members of key material are known to be canonical base64url text. */
export type Jwk = JsonWebKey & { readonly kty: string };

/** Any one of an RSA key gives the others away (RFC 7518 section 6.3.2); EC and OKP keys have `d` alone. */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi'] as const;
const MEMBERS = [...PRIVATE_MEMBERS, 'n', 'e', 'x', 'y', 'k'] as const;

/** @throws if the text is not JSON, not an object with `kty`, or a member of key material is not base64url. */
export function readJwk(text: string): Jwk {
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed !== 'object' || parsed === null || !('kty' in parsed) || typeof parsed.kty !== 'string') {
    throw new RangeError('Not a JWK');
  }
  const members: Record<string, unknown> = { ...parsed };
  const kept: Record<string, string> = { kty: parsed.kty };
  for (const name of ['crv', 'alg', ...MEMBERS]) {
    const member = members[name];
    if (member === undefined) continue;
    if (typeof member !== 'string' || !isMember(name, member)) throw new RangeError('Not a JWK');
    kept[name] = member;
  }
  if ('oth' in members) throw new RangeError('Multi-prime RSA');
  return { ...kept, kty: parsed.kty };
}

/** Whether it has a number of the private half, be it not enough to use it. */
export function hasPrivateMember(jwk: Jwk): boolean {
  return PRIVATE_MEMBERS.some((member) => jwk[member] !== undefined);
}

function isMember(name: string, text: string): boolean {
  return !MEMBERS.some((member) => member === name) || Buffer.from(text, 'base64url').toString('base64url') === text;
}

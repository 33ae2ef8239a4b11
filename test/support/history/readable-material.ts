import { createHash, createPublicKey } from 'node:crypto';
import type { Secret } from '../../../src/kube/objects/objects.ts';

/** What whoever reads a delivered Secret holds in hand. */
export interface ReadableMaterial {
  /**
   * The token, or the private key as PEM. Of one that is protected, the public half stands for it: each Secret has it
   * encrypted anew.
   */
  readonly value: string;
  /** What ledger and status call it: the hash of a token, the fingerprint of a key. */
  readonly id: string;
}

/** Undefined for a Secret without a token and without a private key as PEM. */
export function readableMaterial({ data = {} }: Pick<Secret, 'data'>): ReadableMaterial | undefined {
  const { token, 'private.pem': privatePem, 'public.pem': publicPem = '' } = data;
  if (token !== undefined) {
    const value = decoded(token);
    return { value, id: `sha256:${createHash('sha256').update(value).digest('hex')}` };
  }
  if (privatePem === undefined) return undefined;
  const isProtected = decoded(privatePem).includes('ENCRYPTED');
  const value = decoded(isProtected ? publicPem : privatePem);
  return { value, id: fingerprint(value) };
}

/** "SHA256:<base64url>" of the SubjectPublicKeyInfo. */
function fingerprint(pem: string): string {
  const spki = createPublicKey(pem).export({ format: 'der', type: 'spki' });
  return `SHA256:${createHash('sha256').update(spki).digest('base64url')}`;
}

function decoded(base64: string): string {
  return Buffer.from(base64, 'base64').toString();
}

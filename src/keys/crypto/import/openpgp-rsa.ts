import type { SecretKeyPacket, SecretSubkeyPacket } from 'openpgp';
import { toBigInt } from './rsa/bigint.ts';
import { assertRsaNumbers } from './rsa/pair-mismatch.ts';

/**
 * Asks of an unlocked part that is RSA what is asked of every RSA key: the library never asks whether its factors are
 * prime. Says nothing of other parts.
 *
 * @throws {ImportRefusal} as `assertRsaNumbers`.
 */
export async function assertOpenPgpRsaPart(packet: SecretKeyPacket | SecretSubkeyPacket): Promise<void> {
  if (!packet.getAlgorithmInfo().algorithm.startsWith('rsa')) return;
  const params: Readonly<Record<string, unknown>> = { ...packet.publicParams, ...packet.privateParams };
  const number = (name: string): bigint => {
    const bytes = params[name];
    if (!(bytes instanceof Uint8Array)) throw new RangeError(`An RSA part has no ${name}`);
    return toBigInt(bytes);
  };
  // RFC 9580 section 5.5.5.1: u is the inverse of p modulo q, PKCS#1 has the other one.
  const [p, q, qi] = [number('q'), number('p'), number('u')];
  await assertRsaNumbers({ n: number('n'), e: number('e'), d: number('d'), p, q, qi });
}

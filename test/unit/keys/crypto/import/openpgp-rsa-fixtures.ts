import { generateKey, reformatKey } from 'openpgp';
import type { PrivateKey } from 'openpgp';
import { E, inverse, type RsaNumbers } from './rsa-fixtures.ts';

const MADE = new Date('2026-01-01T00:00:00Z');
const userIDs = [{ name: 'Payments' }];

interface RsaPacket {
  publicParams: { n: Uint8Array; e: Uint8Array };
  privateParams: { d: Uint8Array; p: Uint8Array; q: Uint8Array; u: Uint8Array };
  computeFingerprintAndKeyID(): Promise<void>;
}

/**
 * A key that signs itself with whatever numbers are given, the primary key's first, then one subkey for each.
 * @param d Absent: what fits p and q.
 */
export async function openPgpOf(
  parts: readonly (Omit<RsaNumbers, 'e'> & { readonly d?: bigint })[],
): Promise<PrivateKey> {
  const subkeys = parts.slice(1).map(() => ({}));
  const options = { type: 'rsa', rsaBits: 2048, userIDs, date: MADE, subkeys } as const;
  const { privateKey } = await generateKey({ ...options, format: 'object' });
  const packets = privateKey.getKeys().map(({ keyPacket }) => keyPacket as unknown as RsaPacket);
  for (const [at, { p, q, d = inverse(E, (p - 1n) * (q - 1n)) }] of parts.entries()) {
    const packet = packets[at];
    if (packet === undefined) throw new RangeError('No packet');
    packet.publicParams = { n: bytesOf(p * q), e: bytesOf(E) };
    packet.privateParams = { d: bytesOf(d), p: bytesOf(p), q: bytesOf(q), u: bytesOf(inverse(p, q)) };
    await packet.computeFingerprintAndKeyID();
  }
  return (await reformatKey({ privateKey, userIDs, date: MADE, format: 'object' })).privateKey;
}

function bytesOf(n: bigint): Uint8Array {
  const hex = n.toString(16);
  return Uint8Array.from(Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex'));
}

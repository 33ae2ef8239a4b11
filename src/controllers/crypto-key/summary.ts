import type { CryptoKeyStatusSummary } from '../../api/generated/crypto-key.ts';
import { openPgpKeyId } from '../../keys/crypto/openpgp-key-id.ts';
import type { CryptoEntry, VersionEntry } from '../../sealing/ledger.ts';

/** 72 bits: enough to tell keys apart, and to find the whole fingerprint in status by. */
const SHORT_CHARACTERS = 12;

type Summary = Pick<CryptoKeyStatusSummary, 'algorithm' | 'fingerprint' | 'origin'>;

/** What the columns of kubectl get say of the current versions, one for each environment that has one. */
export function cryptoKeySummary(current: readonly VersionEntry[]): Summary {
  const keys = current.flatMap(({ crypto, hash }) => (crypto === undefined ? [] : [{ ...crypto, hash }]));
  const [first] = keys;
  if (first === undefined) return {};
  const origins = new Set(keys.map(({ origin }) => origin));
  const fingerprint = shortFingerprint(first);
  return {
    algorithm: withOthers(first.algorithm, new Set(keys.map(({ algorithm }) => algorithm))),
    ...(fingerprint !== undefined && { fingerprint: withOthers(fingerprint, new Set(keys.map(identityOf))) }),
    origin: origins.size > 1 ? 'Mixed' : first.origin,
  };
}

/** What tells one key from another. Hashes of one key differ by the pepper they were made with. */
function identityOf({ fingerprint, openpgpFingerprint, hash }: CryptoEntry & Pick<VersionEntry, 'hash'>): string {
  return fingerprint ?? openpgpFingerprint ?? hash;
}

/** For example "SHA256:x62qhemsmqgq", "KCV DC95C0", "PGP 0123456789ABCDEF". */
function shortFingerprint({ fingerprint, kcv, openpgpFingerprint }: CryptoEntry): string | undefined {
  if (openpgpFingerprint !== undefined) return `PGP ${openPgpKeyId(openpgpFingerprint)}`;
  if (kcv !== undefined) return `KCV ${kcv}`;
  return fingerprint?.slice(0, 'SHA256:'.length + SHORT_CHARACTERS);
}

/** How many others there are beside the first, as "RSA-3072 +1". */
function withOthers(first: string, all: ReadonlySet<string>): string {
  return all.size > 1 ? `${first} +${all.size - 1}` : first;
}

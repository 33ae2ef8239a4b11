import type { Reason } from '../../api/conditions.ts';
import type { Algorithm } from '../../keys/crypto/algorithm.ts';
import type { CryptoKeyType } from '../../keys/crypto/formats/table.ts';
import type { VersionEntry } from '../../sealing/ledger.ts';
import { isImportedToken } from '../../sealing/token-hash.ts';

/** Where a key's material comes from: exactly one of the first three. */
export interface ImportSource {
  /** A Secret in the key's own namespace. */
  readonly secretKeyRef?: SecretKeyRef;
  /** Armoured message to the installation's import key. */
  readonly openpgpMessage?: string;
  /** Base64, in the clear. */
  readonly content?: string;
  /** Where the passphrase of a protected key comes from: at most one of these two. */
  readonly passphraseSecretKeyRef?: SecretKeyRef;
  readonly passphraseOpenpgpMessage?: string;
}

export interface SecretKeyRef {
  readonly name: string;
  readonly key: string;
}

/** What a spec says of the material of one environment that is imported. */
export interface ImportDeclaration {
  readonly environment: string;
  readonly source: ImportSource;
  readonly material: ImportedMaterial;
}

/** What a source has to hold. */
export type ImportedMaterial = { readonly kind: 'Token' } | ImportedCryptoKey;

export interface ImportedCryptoKey {
  readonly kind: 'CryptoKey';
  readonly type: CryptoKeyType;
  /** Absent: detected. */
  readonly algorithm?: Algorithm;
}

export interface ReadFacts {
  readonly kind: 'Read';
  readonly sourceHash: string;
  readonly algorithm?: Algorithm;
  readonly size?: number;
  /** Of a crypto key that was judged: how a ledger may have it, under each pepper. */
  readonly hashes?: readonly string[];
}

/**
 * What the source of an environment holds now. Facts never hold a byte of it.
 * - Read: what the environment's version was imported from, or something else that was found good. `sourceHash` is its
 *   keyed hash, under the pepper of the version's where both are the same, and of a token that of the token itself;
 *   `algorithm` is that of a crypto key, `size` the number of its bytes.
 * - Missing: nothing can be read there. What was imported before stays.
 * - Refused: something that is not taken. Of what was revoked, `marks` are those by which the record knows it.
 * What follows says nothing of the source; what was imported before stays.
 * - Unread: nobody asks for it, as the key is revoked as a whole.
 * - Checking: it is being judged, and the key will be woken.
 * - Unanswered: the API server gave no answer in `namespace`, or what judges keys failed (`isRead`). It is tried again
 *   soon.
 */
export type ImportFacts =
  | ReadFacts
  | {
      readonly kind: 'Missing' | 'Refused';
      readonly reason: Reason;
      readonly message: string;
      readonly marks?: readonly string[];
    }
  | { readonly kind: 'Unread' | 'Checking' }
  | { readonly kind: 'Unanswered'; readonly namespace: string; readonly isRead?: boolean };

/**
 * Does a source hold what the version was imported from? Of one that a settled record learned from status, which does
 * not tell its source, the key decides.
 */
export function isImportedFrom(version: VersionEntry | undefined, { sourceHash, hashes = [] }: ReadFacts): boolean {
  if (version === undefined) return false;
  const { crypto, hash } = version;
  if (crypto === undefined) return isImportedToken(hash) && hash === sourceHash;
  return isOfUnknownSource(version) ? hashes.includes(hash) : crypto.source === sourceHash;
}

/** Was the key imported, and nothing tells from what? */
export function isOfUnknownSource({ crypto }: Pick<VersionEntry, 'crypto'>): boolean {
  return crypto?.origin === 'Imported' && crypto.source === undefined;
}

/** What those import is being judged, in the order of spec. */
export function environmentsUnderCheck(imports: ReadonlyMap<string, ImportFacts>): readonly string[] {
  return [...imports].flatMap(([environment, { kind }]) => (kind === 'Checking' ? [environment] : []));
}

import type { Key, PrivateKey } from 'openpgp';

/**
 * Wipes the private numbers of a parsed or generated key, which is of no use for its private half afterwards.
 * They may be windows into the bytes that were parsed: hand the parser a copy.
 */
export function wipePrivateParams(key: Key): void {
  // OpenPGP.js 6.3 has the method and leaves it out of its types.
  if (key.isPrivate()) (key as PrivateKey & { clearPrivateParams(): void }).clearPrivateParams();
}

import type { KeyMaterial } from '../../keys/crypto/material.ts';
import { publicFacts } from '../../keys/crypto/public-facts.ts';
import type { Ledger } from '../../sealing/ledger.ts';
import { materialHashes } from '../../sealing/material-hash.ts';
import type { Peppers } from '../../sealing/peppers.ts';
import { revokedMark, revokedMarks } from '../../sealing/revoked-versions.ts';

/**
 * The marks by which the ledger knows a key that it refuses for good; none: it does not refuse it. By its fingerprint
 * where it has one, so in any format and under any passphrase, and else by its bytes.
 *
 * @param ledger Undefined: nothing was issued yet.
 */
export async function marksOfRevokedKey(
  peppers: Pick<Peppers, 'keyedHashes'>,
  ledger: Ledger | undefined,
  material: KeyMaterial,
): Promise<readonly string[]> {
  const marks = ledger === undefined ? undefined : revokedMarks(ledger);
  if (ledger === undefined || marks === undefined || marks.size === 0) return [];
  const crypto = await publicFacts(material);
  const own = materialHashes(peppers, ledger, material.bytes).map((hash) => revokedMark({ hash, crypto }));
  return [...new Set(own)].filter((mark) => marks.has(mark));
}

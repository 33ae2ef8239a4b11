import type { KeyMaterial } from '../../keys/crypto/material.ts';
import { publicFacts } from '../../keys/crypto/public-facts.ts';
import type { Ledger } from '../../sealing/ledger.ts';
import { materialHashes } from '../../sealing/material-hash.ts';
import type { Peppers } from '../../sealing/peppers.ts';
import { revokedMark, revokedMarks } from '../../sealing/revoked-versions.ts';

/**
 * Is it a key that the ledger refuses for good? By its fingerprint where it has one, so in any format and under any
 * passphrase, and else by its bytes.
 *
 * @param ledger Undefined: nothing was issued yet.
 */
export async function isKeyRevoked(
  peppers: Pick<Peppers, 'keyedHashes'>,
  ledger: Ledger | undefined,
  material: KeyMaterial,
): Promise<boolean> {
  const marks = ledger === undefined ? undefined : revokedMarks(ledger);
  if (ledger === undefined || marks === undefined || marks.size === 0) return false;
  const crypto = await publicFacts(material);
  return materialHashes(peppers, ledger, material.bytes).some((hash) => marks.has(revokedMark({ hash, crypto })));
}

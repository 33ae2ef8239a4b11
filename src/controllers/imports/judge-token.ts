import { Reason } from '../../api/conditions.ts';
import { tokenRefusal } from '../../keys/token-import/imported-token.ts';
import { revokedMark } from '../../sealing/revoked-versions.ts';
import { keyedTokenHash, storedTokenHashes } from '../../sealing/token-hash.ts';
import type { ImportFacts } from '../planning/import-facts.ts';
import { revokedMaterial } from '../planning/revoked-material.ts';
import type { KeyPorts } from '../shared/ports.ts';
import { isTokenTaken, type TokenHolder } from './known-tokens.ts';

const DUPLICATE =
  'The token to import is in use already, perhaps by a deleted key inside its recovery window: each environment of each key has a token of its own; import another, or remove import to have one minted';

/**
 * What a token that was not imported yet is worth. Weakness comes first: whoever tries guesses learns of a weak one
 * only that it is weak. Whose a token is that is in use is never said.
 *
 * @param revoked Marks of what the key itself refuses for good.
 */
export function judgeToken(
  ports: Pick<KeyPorts, 'caches' | 'installation' | 'reservations'>,
  holder: TokenHolder,
  token: Uint8Array,
  revoked: ReadonlySet<string>,
): ImportFacts {
  const refusal = tokenRefusal(token);
  if (refusal !== undefined) return { kind: 'Refused', reason: Reason[refusal.reason], message: refusal.message };
  const { peppers } = ports.installation;
  const hashes = storedTokenHashes(peppers, token);
  const marks = hashes.map((hash) => revokedMark({ hash })).filter((mark) => revoked.has(mark));
  if (marks.length > 0) return revokedMaterial(holder.identity.kind, marks);
  if (isTokenTaken(ports, holder, hashes)) return refused(Reason.DuplicateKey, DUPLICATE);
  return { kind: 'Read', sourceHash: keyedTokenHash(peppers, token) };
}

/** For one that an environment before it imports as well. */
export function duplicateToken(): ImportFacts {
  return refused(Reason.DuplicateKey, DUPLICATE);
}

function refused(reason: Reason, message: string): ImportFacts {
  return { kind: 'Refused', reason, message };
}

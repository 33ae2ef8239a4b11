import type { SecretView } from '../../planning/secret-view.ts';
import { entriesOf } from '../../planning/key-facts.ts';
import { shownVersion } from './settlement-evidence.ts';
import type { KeyObjectFacts } from '../../planning/key-rules.ts';

/**
 * A Secret with a valid proof of a version that neither the ledger nor a believed status knows, and that was written
 * after that status. Either both come from a backup made before the version, or the Secret is one of an earlier life
 * of the key that somebody put back: only an admin can tell. A Secret that is older than the status is merely
 * outdated, and without a believed status nothing contradicts it.
 */
export function secretOfUnknownVersion(facts: KeyObjectFacts): SecretView | undefined {
  const { believedStatus } = facts;
  if (believedStatus === undefined) return undefined;
  const publishedAt = believedStatus.ledger?.sequence ?? 0;
  return facts.proven.find(({ proof }) => {
    if (proof === undefined || proof.sequence <= publishedAt) return false;
    return shownVersion(facts, proof.environment, proof.keyId) === undefined && !isInLedger(facts, proof);
  });
}

function isInLedger(facts: KeyObjectFacts, { environment, keyId }: { environment: string; keyId: string }): boolean {
  return entriesOf(facts).some(
    ({ name, versions }) => name === environment && versions.some((version) => version.keyId === keyId),
  );
}

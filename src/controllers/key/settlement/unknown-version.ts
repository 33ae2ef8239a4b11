import { isSameVersion } from '../../../sealing/ledger.ts';
import type { ProvenClaim, SecretView } from '../../planning/secret-view.ts';
import { entriesOf } from '../../planning/key-facts.ts';
import { shownVersion } from './settlement-evidence.ts';
import type { KeyObjectFacts } from '../../planning/key-rules.ts';

/**
 * A Secret with a valid proof of a version that nothing tells of, and that was written after what status or, without
 * a believed one, the record remembers. Either these come from a backup made before the version, or the Secret is one
 * of an earlier life of the key that somebody put back: only an admin can tell. A Secret that is older is merely
 * outdated.
 *
 * Without a believed status the Secret itself tells, unless its values do not say what they are: those of a CryptoKey
 * and of an imported token. To go on without the version would overwrite what may be the only copy of a key.
 */
export function secretOfUnknownVersion(facts: KeyObjectFacts): SecretView | undefined {
  const { believedStatus, record } = facts;
  const recorded = record.kind === 'Valid' ? record.ledger.sequence : 0;
  const known = believedStatus === undefined ? recorded : (believedStatus.ledger?.sequence ?? 0);
  return facts.proven.find((secret) => {
    const { proof } = secret;
    if (proof === undefined || proof.sequence <= known || isInLedger(facts, proof)) return false;
    return believedStatus === undefined
      ? proof.isIntact && !tellsOfItself(facts, secret, proof)
      : shownVersion(facts, proof.environment, proof) === undefined;
  });
}

function tellsOfItself({ rules }: KeyObjectFacts, secret: SecretView, { keyId }: ProvenClaim): boolean {
  return rules.settlement.fromSecret(secret, { keyId, prefix: () => '' }) !== undefined;
}

function isInLedger(facts: KeyObjectFacts, proof: ProvenClaim): boolean {
  return entriesOf(facts).some(
    ({ name, versions }) => name === proof.environment && versions.some((version) => isSameVersion(version, proof)),
  );
}

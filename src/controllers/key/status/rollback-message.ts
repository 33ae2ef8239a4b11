import { ACCEPT_ROLLBACK_ANNOTATION } from '../../../api/labels.ts';
import { secretOfUnknownVersion } from '../settlement/unknown-version.ts';
import type { KeyObjectFacts } from '../../planning/key-rules.ts';

/** What an admin can do about a record that is older than what was delivered. */
export function rollbackMessage(facts: KeyObjectFacts): string {
  const order = `${ACCEPT_ROLLBACK_ANNOTATION}: "${facts.provenSequence}"`;
  const unknown = secretOfUnknownVersion(facts);
  if (unknown?.proof === undefined)
    return `The key's record is older than what was delivered; restore it, or annotate the key with ${order}`;
  const { namespace, name, proof } = unknown;
  return `Secret "${namespace}/${name}" proves version ${proof.version}, which neither record nor status knows. If both are from an old backup, restore newer ones; if somebody put the Secret back, delete it. To give the version up, annotate the key with ${order}`;
}

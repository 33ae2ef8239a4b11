import { ACCEPT_ROLLBACK_ANNOTATION } from '../../../api/labels.ts';
import type { ApiKeyFacts } from '../facts.ts';
import { secretOfUnknownVersion } from '../unknown-version.ts';

/** What an admin can do about a record that is older than what was delivered. */
export function rollbackMessage(facts: ApiKeyFacts): string {
  const order = `${ACCEPT_ROLLBACK_ANNOTATION}: "${facts.provenSequence}"`;
  const unknown = secretOfUnknownVersion(facts);
  if (unknown?.proof === undefined)
    return `The key's record is older than what was delivered; restore it, or annotate the key with ${order}`;
  const { namespace, name, proof } = unknown;
  return `Secret "${namespace}/${name}" proves version ${proof.version}, which neither record nor status knows. If both are from an old backup, restore newer ones; if somebody put the Secret back, delete it. To give the version up, annotate the key with ${order}`;
}

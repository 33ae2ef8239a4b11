import type { ApiKey, ApiKeyStatus } from '../../../api/generated/api-key.ts';
import type { KeyIdentity } from '../../../sealing/ledger.ts';
import type { MacContext } from '../../../sealing/record-context.ts';
import { verifyStatusLedger } from '../../../sealing/status-mac.ts';
import type { KeyPorts } from '../../shared/ports.ts';
import { verifierView } from '../status/verifier-view.ts';

/**
 * A status whose MAC covers what it shows; an edited one is not believed in any part.
 *
 * Without MAC keys nothing tells an edit from our own words, and to believe nothing would make verifiers refuse
 * every key there is. What each object showed when this process first saw it stands then, and what comes later
 * from others does not.
 */
export function believedStatus(
  { installation, statusMemory }: Pick<KeyPorts, 'installation' | 'statusMemory'>,
  identity: KeyIdentity,
  object: ApiKey | undefined,
  status: ApiKeyStatus | undefined,
): ApiKeyStatus | undefined {
  const context = installation.macContext;
  if (context === undefined) return statusMemory.firstSeen(object?.metadata.uid ?? '', status);
  statusMemory.clear();
  return provenByStatus(context, identity, status) > 0 ? status : undefined;
}

/** The record sequence that a status proves; 0 for one that was edited, that was never signed, or without MAC keys. */
export function provenByStatus(
  context: MacContext | undefined,
  identity: KeyIdentity,
  status: ApiKeyStatus | undefined,
): number {
  if (context === undefined || status?.ledger === undefined) return 0;
  return verifyStatusLedger(context, identity, status.ledger, verifierView(status)) ? status.ledger.sequence : 0;
}

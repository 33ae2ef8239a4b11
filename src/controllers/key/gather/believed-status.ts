import type { KeyObject, KeyStatus } from '../../../api/key-object.ts';
import type { KeyIdentity } from '../../../sealing/ledger.ts';
import type { MacContext } from '../../../sealing/record-context.ts';
import { verifyStatusLedger } from '../../../sealing/status-mac.ts';
import type { KeyRules } from '../../planning/key-rules.ts';
import type { KeyPorts } from '../../shared/ports.ts';
import { verifierView } from '../status/verifier-view.ts';

interface StatusPorts extends Pick<KeyPorts, 'statusMemory' | 'kinds'> {
  readonly installation: Pick<KeyPorts['installation'], 'macContext'>;
}

/** What the status of an object tells. */
export interface ShownStatus {
  /** The record sequence that it proves; 0 for none. */
  readonly sequence: number;
  readonly believed: KeyStatus | undefined;
}

/**
 * A status whose MAC covers what it shows is believed; an edited one is not, in any part.
 *
 * Without MAC keys nothing tells an edit from our own words, and to believe nothing would make verifiers refuse
 * every key there is. What each object showed when the keys were missed stands then. What comes later from others
 * does not, and neither does the status of an object that is new.
 */
export function readStatus(
  { installation, statusMemory, kinds }: StatusPorts,
  identity: KeyIdentity,
  object: Pick<KeyObject, 'metadata' | 'status'> | undefined,
): ShownStatus {
  if (object === undefined) return { sequence: 0, believed: undefined };
  const { metadata, status } = object;
  const context = installation.macContext;
  if (context === undefined) return { sequence: 0, believed: statusMemory.kept(metadata.uid ?? '') };
  const sequence = provenByStatus(context, kinds[identity.kind], identity, status);
  return { sequence, believed: sequence > 0 ? status : undefined };
}

/** The record sequence that a status proves; 0 for one that was edited or never signed. */
function provenByStatus(
  context: MacContext,
  rules: KeyRules,
  identity: KeyIdentity,
  status: KeyStatus | undefined,
): number {
  if (status?.ledger === undefined) return 0;
  return verifyStatusLedger(context, identity, status.ledger, verifierView(status, rules)) ? status.ledger.sequence : 0;
}

import type { KeywrightError } from '../../errors.ts';
import type { KeyPorts } from '../shared/ports.ts';
import { judged } from './acceptance-checks.ts';
import { actOn } from './act.ts';
import type { GatheredKey } from './gather/gather.ts';
import { isReported, projectStatus } from './status/status.ts';

/**
 * Writes into status why a pass failed, unless status says just that. What the status grants is what the stored
 * record holds, as in any other. Never throws: what failed is the queue's, and a status that cannot be written
 * now is written by a later pass.
 */
export async function reportFailure(
  ports: KeyPorts,
  failure: KeywrightError,
  gathered: GatheredKey,
  signal: AbortSignal,
): Promise<void> {
  const { object } = gathered.facts;
  if (object === undefined) return;
  const status = projectStatus(judged({ ...gathered.facts, object }), failure);
  if (isReported(object.status, status)) return;
  try {
    await actOn(ports, { kind: 'WriteStatus', status }, gathered, signal);
  } catch {
    // The failure that is thrown on is the one to log.
  }
}

import type { ApiKeyStatus } from '../../src/api/generated/api-key.ts';
import { API_KEY_RULES } from '../../src/controllers/api-key/rules.ts';
import { verifierView } from '../../src/controllers/key/status/verifier-view.ts';
import { signStatusLedger, verifyStatusLedger } from '../../src/sealing/status-mac.ts';
import { checkout, recordContext } from './sealing.ts';
import type { KeyObjectFacts } from '../../src/controllers/planning/key-rules.ts';

const context = recordContext();

export const signLedger: KeyObjectFacts['signLedger'] = (sequence, view) =>
  signStatusLedger(context, checkout, sequence, view);

/** The sequence that the key's status proves; 0 for an edited one. */
export function sequenceOf(status: ApiKeyStatus | undefined): number {
  const ledger = status?.ledger;
  if (ledger === undefined) return 0;
  return verifyStatusLedger(context, checkout, ledger, verifierView(status ?? {}, API_KEY_RULES)) ? ledger.sequence : 0;
}

export function believedStatus(status: ApiKeyStatus | undefined): ApiKeyStatus | undefined {
  return sequenceOf(status) > 0 ? status : undefined;
}

/** As the operator would have written it. */
export function signedStatus(status: ApiKeyStatus, sequence = 2): ApiKeyStatus {
  return { ...status, ledger: signStatusLedger(context, checkout, sequence, verifierView(status, API_KEY_RULES)) };
}

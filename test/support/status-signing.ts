import type { ApiKeyStatus } from '../../src/api/generated/api-key.ts';
import type { KeyStatus } from '../../src/api/key-object.ts';
import { API_KEY_RULES } from '../../src/controllers/api-key/rules.ts';
import { verifierView } from '../../src/controllers/key/status/verifier-view.ts';
import type { KeyIdentity } from '../../src/sealing/ledger.ts';
import { signStatusLedger, verifyStatusLedger } from '../../src/sealing/status-mac.ts';
import { checkout, recordContext } from './sealing.ts';
import type { KeyObjectFacts, KeyRules } from '../../src/controllers/planning/key-rules.ts';

const context = recordContext();

/** Status as the operator signs and believes it, of one key. */
export interface StatusSigning {
  readonly signLedger: KeyObjectFacts['signLedger'];
  /** The sequence that the key's status proves; 0 for an edited one. */
  readonly sequenceOf: (status: KeyStatus | undefined) => number;
}

export function statusSigning(identity: KeyIdentity, rules: KeyRules): StatusSigning {
  return {
    signLedger: (sequence, view) => signStatusLedger(context, identity, sequence, view),
    sequenceOf: (status) => {
      const ledger = status?.ledger;
      if (ledger === undefined) return 0;
      return verifyStatusLedger(context, identity, ledger, verifierView(status ?? {}, rules)) ? ledger.sequence : 0;
    },
  };
}

const ofApiKey = statusSigning(checkout, API_KEY_RULES);

export const signLedger: KeyObjectFacts['signLedger'] = ofApiKey.signLedger;

export function believedStatus<S extends KeyStatus>(
  status: S | undefined,
  { sequenceOf }: StatusSigning = ofApiKey,
): S | undefined {
  return sequenceOf(status) > 0 ? status : undefined;
}

/** As the operator would have written it. */
export function signedStatus(status: ApiKeyStatus, sequence = 2): ApiKeyStatus {
  return { ...status, ledger: signStatusLedger(context, checkout, sequence, verifierView(status, API_KEY_RULES)) };
}

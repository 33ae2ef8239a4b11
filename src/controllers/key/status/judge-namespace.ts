import { Reason } from '../../../api/conditions.ts';
import type { PlaceState } from '../../planning/place-state.ts';
import type { NamespaceState, TargetEnvironment, TargetNamespace } from '../../planning/targets.ts';
import { fitsButForPrevious } from '../../planning/wanted-secret.ts';
import type { TargetPlaceState } from '../secret-work.ts';

/** How one namespace of one environment fares. `working`: not there yet, and nothing is wrong. */
export interface Judged {
  readonly outcome: 'delivered' | 'working' | 'suspended' | 'failed';
  readonly reason: Reason;
  readonly message: string;
}

export const DELIVERED: Judged = { outcome: 'delivered', reason: Reason.Delivered, message: '' };
const WORKING: Judged = { outcome: 'working', reason: Reason.Delivering, message: 'Secrets are being written' };
const SUSPENDED: Judged = {
  outcome: 'suspended',
  reason: Reason.EnvironmentSuspended,
  message: 'The project takes no new deliveries here',
};
export const FROZEN: Judged = {
  outcome: 'working',
  reason: Reason.Pending,
  message: 'Waits until the key is accepted',
};
const SOURCELESS: Judged = { outcome: 'working', reason: Reason.Pending, message: 'Waits for what is to be imported' };
const UNMINTED: Judged = { outcome: 'working', reason: Reason.Pending, message: 'Waits for the end of suspension' };

const REVOCATION: Readonly<Record<NonNullable<Sight['revoked']>, Judged>> = {
  Withdrawn: { outcome: 'suspended', reason: Reason.Revoked, message: 'What was delivered here is revoked and gone' },
  Withdrawing: { outcome: 'working', reason: Reason.Withdrawing, message: 'Revoked Secrets are being deleted' },
};

/** What there is to see of one namespace. */
export interface Sight {
  readonly target: TargetEnvironment;
  readonly namespace: TargetNamespace;
  /** The wanted places in this namespace; none before the first mint. */
  readonly here: readonly TargetPlaceState[];
  readonly isFrozen: boolean;
  readonly isMinted: boolean;
  /** Every version here is refused for good, and Secrets that can be reached are still there, or not. */
  readonly revoked: 'Withdrawn' | 'Withdrawing' | undefined;
  /** The key itself is. */
  readonly isSuspended: boolean;
  /** Another key holds a wanted name in this namespace. */
  readonly isClaimed: boolean;
  /** What is to be imported here is refused, or missing. */
  readonly isSourceless: boolean;
}

export function judgeNamespace(sight: Sight): Judged {
  const { target, namespace, here, isFrozen, isMinted, revoked } = sight;
  if (revoked !== undefined) return REVOCATION[revoked];
  const isDelivered = here.length > 0 && here.every(({ state }) => carriesCurrent(state));
  if (namespace.state === 'Live' && isDelivered) return DELIVERED;
  if (target.suspended) return SUSPENDED;
  if (namespace.state !== 'Live') return notLive(namespace.state);
  if (isFrozen) return FROZEN;
  if (!isMinted) return judgeUnminted(sight);
  const failure = here
    .map(({ state, secretName }) => judgePlace(state, secretName))
    .find(({ outcome }) => outcome !== 'delivered');
  return failure ?? WORKING;
}

/**
 * Has the place the current version? What is left there of one whose overlap ended leaves with the next write, which
 * may have to wait until the key is accepted or the environment takes deliveries again.
 */
function carriesCurrent(state: PlaceState): boolean {
  if (state.kind === 'Fits') return true;
  if (state.kind !== 'Deliver') return false;
  const { replaces, wanted } = state.target;
  return replaces !== undefined && fitsButForPrevious(replaces, wanted);
}

/** Nothing is minted although a namespace is live. */
function judgeUnminted({ isSuspended, isClaimed, isSourceless }: Sight): Judged {
  if (isSuspended) return UNMINTED;
  if (isClaimed) return conflict('');
  return isSourceless ? SOURCELESS : WORKING;
}

function notLive(state: Exclude<NamespaceState, 'Live'>): Judged {
  switch (state) {
    case 'Missing':
      return failed(
        Reason.NamespaceMissing,
        'The namespace does not exist; create it, or take it out of the KeyProject',
      );
    case 'Terminating':
      return failed(
        Reason.NamespaceTerminating,
        'The namespace is being deleted; create it again once it is gone, or take it out of the KeyProject',
      );
    case 'Taken':
      return failed(
        Reason.NamespaceTaken,
        'Another environment of the project already serves this namespace; take it out of one of them',
      );
    case 'Reserved':
      return failed(
        Reason.NamespaceReserved,
        "The namespace is the operator's own and never served; take it out of the KeyProject",
      );
  }
}

function judgePlace(state: PlaceState, secretName: string): Judged {
  switch (state.kind) {
    case 'Fits':
      return DELIVERED;
    case 'Deliver':
    case 'Unclaimed':
      return WORKING;
    case 'Conflict':
      return conflict(secretName);
    case 'NamespaceMissing':
      return notLive('Missing');
    case 'NamespaceTerminating':
      return notLive('Terminating');
    case 'SourceMissing':
      return failed(
        Reason.ImportSourceMissing,
        'No Secret has the imported token any more; bring back its source, or import another',
      );
    case 'MaterialMissing':
      return materialMissing(state.isImported ? 'import another' : 'order another by rotation.trigger');
    case 'Waiting':
      return failed(Reason.DeliveryFailed, 'Nothing that carries the token can be read now; this is retried');
    case 'Unreachable':
      return UNREACHABLE[state.cause];
  }
}

function materialMissing(otherwise: string): Judged {
  return failed(Reason.DeliveryFailed, `The record has lost this key; restore the record, or ${otherwise}`);
}

const UNREACHABLE = {
  Forbidden: failed(
    Reason.Forbidden,
    'The operator may not write Secrets here; check its roles, targetNamespaces and admission policies',
  ),
  QuotaExceeded: failed(Reason.QuotaExceeded, 'A ResourceQuota of the namespace is used up; raise it'),
  DeliveryFailed: failed(Reason.DeliveryFailed, 'The API server did not take the Secret; this is retried'),
  Altered: failed(Reason.DeliveryFailed, 'An admission policy changed the Secret; exempt it from the policy'),
} as const;

function conflict(secretName: string): Judged {
  const what = secretName === '' ? 'The Secret of the wanted name' : `Secret "${secretName.slice(0, 40)}"`;
  return failed(Reason.SecretConflict, `${what} is not this key's; rename the output, or consent on it`);
}

function failed(reason: Reason, message: string): Judged {
  return { outcome: 'failed', reason, message };
}

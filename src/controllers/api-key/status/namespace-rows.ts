import { Reason } from '../../../api/conditions.ts';
import { currentVersion } from '../../planning/environment-facts.ts';
import type { PlaceState } from '../../planning/place-state.ts';
import type { TargetEnvironment, TargetNamespace } from '../../planning/targets.ts';
import { acceptanceViolation } from '../acceptance-checks.ts';
import { entriesOf, targetsOf, type DeclaredFacts } from '../facts.ts';
import { placeStates, type TargetPlaceState } from '../secret-work.ts';

/** How one namespace of one environment fares. `working`: not there yet, and nothing is wrong. */
export interface NamespaceRow {
  readonly environment: string;
  readonly namespace: string;
  readonly outcome: 'delivered' | 'working' | 'suspended' | 'failed';
  readonly reason: Reason;
  readonly message: string;
  /** The version its Secrets carry, when delivered. */
  readonly version: number | undefined;
}

type Judged = Pick<NamespaceRow, 'outcome' | 'reason' | 'message'>;

const DELIVERED: Judged = { outcome: 'delivered', reason: Reason.Delivered, message: '' };
const WORKING: Judged = { outcome: 'working', reason: Reason.Delivering, message: 'Secrets are being written' };
const SUSPENDED: Judged = {
  outcome: 'suspended',
  reason: Reason.EnvironmentSuspended,
  message: 'The project takes no new deliveries here',
};
const FROZEN: Judged = { outcome: 'working', reason: Reason.Pending, message: 'Waits until the key is accepted' };
const UNMINTED: Judged = { outcome: 'working', reason: Reason.Pending, message: 'Waits for the end of suspension' };

/** Every namespace the key's environments map to, in the order of spec and project. */
export function namespaceRows(facts: DeclaredFacts): readonly NamespaceRow[] {
  const isFrozen = acceptanceViolation(facts) !== undefined;
  return targetsOf(facts)
    .filter(({ expired }) => !expired)
    .flatMap((target) => environmentRows(facts, target, isFrozen));
}

function environmentRows(facts: DeclaredFacts, target: TargetEnvironment, isFrozen: boolean): readonly NamespaceRow[] {
  const entry = entriesOf(facts).find(({ name }) => name === target.name);
  const version = entry?.state === 'Active' ? currentVersion(entry)?.version : undefined;
  const states = placeStates(facts, target);
  return target.namespaces.map((namespace) => {
    const here = states.filter((state) => state.namespace === namespace.name);
    const judged = judge({ facts, target, namespace, here, isFrozen, isMinted: version !== undefined });
    return {
      environment: target.name,
      namespace: namespace.name,
      ...judged,
      version: judged.outcome === 'delivered' ? version : undefined,
    };
  });
}

interface Sight {
  readonly facts: DeclaredFacts;
  readonly target: TargetEnvironment;
  readonly namespace: TargetNamespace;
  /** The wanted places in this namespace; none before the first mint. */
  readonly here: readonly TargetPlaceState[];
  readonly isFrozen: boolean;
  readonly isMinted: boolean;
}

function judge({ facts, target, namespace, here, isFrozen, isMinted }: Sight): Judged {
  const isDelivered = here.length > 0 && here.every(({ state }) => state.kind === 'Fits');
  if (namespace.state === 'Live' && isDelivered) return DELIVERED;
  if (target.suspended) return SUSPENDED;
  if (namespace.state !== 'Live') return notLive(namespace.state);
  if (isFrozen) return FROZEN;
  if (!isMinted) return unminted(facts, target, namespace);
  const failure = here
    .map(({ state, secretName }) => judgePlace(state, secretName))
    .find(({ outcome }) => outcome !== 'delivered');
  return failure ?? WORKING;
}

function notLive(state: 'Missing' | 'Terminating' | 'Taken'): Judged {
  switch (state) {
    case 'Missing':
      return failed(Reason.NamespaceMissing, 'The namespace does not exist');
    case 'Terminating':
      return failed(Reason.NamespaceTerminating, 'The namespace is being deleted');
    case 'Taken':
      return failed(Reason.NamespaceTaken, 'Another environment of the project already serves this namespace');
  }
}

/** Nothing is minted here although a namespace is live: the key is suspended, every wanted name belongs to another key, or it is just about to be. */
function unminted(facts: DeclaredFacts, target: TargetEnvironment, namespace: TargetNamespace): Judged {
  if (facts.object.spec.suspended === true) return UNMINTED;
  const isClaimed = [...facts.claims.keys()].some((place) => place.startsWith(`${namespace.name}/`));
  const isMinting = target.namespaces.some(({ state }) => state === 'Live') && !isClaimed;
  return isMinting ? WORKING : conflict('');
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
    case 'Waiting':
      return failed(Reason.DeliveryFailed, 'Nothing that carries the token can be read now; this is retried');
    case 'Unreachable':
      return failed(state.cause, UNREACHABLE[state.cause]);
  }
}

const UNREACHABLE = {
  Forbidden: 'The operator may not write Secrets here; check its roles and admission policies',
  QuotaExceeded: 'A ResourceQuota of the namespace is used up',
  DeliveryFailed: 'The API server did not take the Secret; this is retried',
} as const;

function conflict(secretName: string): Judged {
  const what = secretName === '' ? 'The Secret of the wanted name' : `Secret "${secretName.slice(0, 40)}"`;
  return failed(Reason.SecretConflict, `${what} is not this key's; rename the output, or consent on that Secret`);
}

function failed(reason: Reason, message: string): Judged {
  return { outcome: 'failed', reason, message };
}

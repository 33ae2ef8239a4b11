import { READY, Reason } from '../../../src/api/conditions.ts';
import type { KeyObject } from '../../../src/api/key-object.ts';
import { conditionOf, type Condition } from '../../../src/kube/objects/conditions.ts';
import type { Ledger } from '../../../src/sealing/ledger.ts';
import type { WantedEnvironment } from './wanted-places.ts';

/** What Ready has to say, as "<status> <reason>". */
type Verdict = string;

const DELIVERED: Verdict = `True ${Reason.Delivered}`;
/** Nothing is minted for a suspended key, so that one whose token was lost stays without. */
const SUSPENDED: readonly Verdict[] = [`True ${Reason.Suspended}`, `False ${Reason.DeliveryFailed}`];

/** What a key says of itself that is not so, or not so yet; undefined when it says what spec and ledger do. */
export function keyComplaint(
  key: KeyObject,
  ledger: Ledger | undefined,
  environments: readonly WantedEnvironment[],
): string | undefined {
  if (key.metadata.deletionTimestamp !== undefined) return 'is still being deleted';
  const ready = conditionOf(key.status, READY);
  if (ready === undefined || !isLookedAt(key, ready)) return 'has not been looked at since it was edited';
  const wanted = wantedVerdicts(key, ledger, environments);
  const said = `${ready.status} ${ready.reason}`;
  if (!wanted.includes(said)) return `is ${said} (${ready.message}) and not ${wanted.join(' or ')}`;
  if (said === DELIVERED && environments.some(({ current }) => current === undefined)) return 'has no version yet';
  // What expired in the middle of an overlap waits as it was for a later date.
  if (environments.some(({ retiring, isExpired }) => retiring !== undefined && !isExpired))
    return 'is in the middle of an overlap';
  return statusComplaint(key, environments);
}

function isLookedAt({ metadata, status }: KeyObject, ready: Condition): boolean {
  return [status?.observedGeneration, ready.observedGeneration].every((seen) => seen === metadata.generation);
}

function wantedVerdicts(
  { spec }: KeyObject,
  ledger: Ledger | undefined,
  environments: readonly WantedEnvironment[],
): readonly Verdict[] {
  const isSlip = (spec.revocation?.throughVersion ?? 0) > (ledger?.lastVersion ?? 0);
  const verdicts = [
    ...(isSlip ? [`False ${Reason.InvalidRevocation}`] : []),
    ...(environments.some(({ isExpired }) => isExpired) ? [`False ${Reason.Expired}`] : []),
    ...(environments.some(({ isRevoked }) => isRevoked) ? [`True ${Reason.Revoked}`] : []),
  ];
  if (verdicts.length > 0) return verdicts;
  return spec.suspended === true ? SUSPENDED : [DELIVERED];
}

/** Verifiers are to accept what the ledger holds, and nothing else. */
function statusComplaint({ status }: KeyObject, environments: readonly WantedEnvironment[]): string | undefined {
  for (const { name, isExpired, isAwaited, current } of environments) {
    const shown = status?.environments?.find((environment) => environment.name === name)?.versions ?? [];
    const accepted = shown.filter(({ state }) => state !== 'Revoked').map(({ hash }) => hash);
    if (isExpired) continue;
    const wanted = current === undefined || isAwaited ? [] : [current.hash];
    if (accepted.join() !== wanted.join()) return `shows versions of ${name} that are not those of its ledger`;
  }
  return undefined;
}

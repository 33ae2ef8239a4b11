import type { EnvironmentEntry, VersionEntry } from '../../../sealing/ledger.ts';
import { carriesMaterial, currentVersion } from '../../planning/environment-facts.ts';
import { namespaceOf, placeKey } from '../../planning/secret-view.ts';
import type { TargetEnvironment } from '../../planning/targets.ts';
import { entriesOf } from '../../planning/key-facts.ts';
import { targetsOf } from '../facts.ts';
import { isOutOfForce, openRefusals } from '../lifecycle.ts';
import { placeStates } from '../secret-work.ts';
import { DELIVERED, FROZEN, judgeNamespace, type Judged, type Sight } from './judge-namespace.ts';
import type { JudgedFacts, DeclaredFacts } from '../../planning/key-rules.ts';

/** One namespace of one environment. */
export interface NamespaceRow extends Judged {
  readonly environment: string;
  readonly namespace: string;
  /** The version its Secrets carry, when delivered. */
  readonly version: number | undefined;
}

/**
 * Every namespace the key's environments map to, in the order of spec and project, but for those that expired and are
 * not revoked.
 */
export function namespaceRows(facts: JudgedFacts): readonly NamespaceRow[] {
  const isFrozen = facts.violation !== undefined;
  const claimed = new Set([...facts.claims.keys()].map(namespaceOf));
  return targetsOf(facts)
    .filter(({ name, expired }) => !expired || isOutOfForce(facts, name))
    .flatMap((target) =>
      isFrozen && target.namespaces.length === 0
        ? keptRows(facts, target)
        : environmentRows(facts, target, isFrozen, claimed),
    );
}

function environmentRows(
  facts: DeclaredFacts,
  target: TargetEnvironment,
  isFrozen: boolean,
  claimed: ReadonlySet<string>,
): readonly NamespaceRow[] {
  const version = deliverable(facts, target.name)?.version.version;
  const states = Map.groupBy(placeStates(facts, target), ({ namespace }) => namespace);
  const isSuspended = facts.object.spec.suspended === true;
  const isMinted = version !== undefined;
  const isSourceless = openRefusals(facts).some(({ environment }) => environment === target.name);
  const entry = entriesOf(facts).find(({ name }) => name === target.name);
  const isRevoked = isOutOfForce(facts, target.name);
  return target.namespaces.map((namespace) => {
    const here = states.get(namespace.name) ?? [];
    const isClaimed = claimed.has(namespace.name);
    const revoked = isRevoked ? withdrawalOf(facts, entry, namespace.name) : undefined;
    const sight = { target, namespace, here, isFrozen, isMinted, isSuspended, isClaimed, isSourceless, revoked };
    const judged = judgeNamespace(sight);
    return row(target.name, namespace.name, judged, version);
  });
}

/** What cannot be reached is owed, and holds nothing up. */
function withdrawalOf(facts: DeclaredFacts, entry: EnvironmentEntry | undefined, namespace: string): Sight['revoked'] {
  const isThere = entry?.places.some((place) => {
    if (place.namespace !== namespace) return false;
    const seen = facts.observations.get(placeKey(place));
    return seen === undefined || seen.kind === 'Present' || (seen.kind === 'Absent' && !seen.live);
  });
  return isThere === true ? 'Withdrawing' : 'Withdrawn';
}

/**
 * A frozen key whose project does not say where the environment is: the ledger knows where it was delivered, and
 * there it stays. What the Secrets should look like beside their token is for the project to say again.
 */
function keptRows(facts: DeclaredFacts, { name }: TargetEnvironment): readonly NamespaceRow[] {
  const kept = deliverable(facts, name);
  if (kept === undefined) return [];
  const held = kept.entry.places.filter(({ state }) => state === 'Held');
  return [...Map.groupBy(held, ({ namespace }) => namespace)].map(([namespace, places]) => {
    const isThere = places.every((place) => carriesMaterial(facts.observations.get(placeKey(place)), kept.version));
    return row(name, namespace, isThere ? DELIVERED : FROZEN, kept.version.version);
  });
}

/** The environment's entry and the version its Secrets should carry; undefined before the first mint and once it is withdrawn. */
function deliverable(
  facts: DeclaredFacts,
  environment: string,
): { readonly entry: EnvironmentEntry; readonly version: VersionEntry } | undefined {
  const entry = entriesOf(facts).find(({ name }) => name === environment);
  const version = currentVersion(entry);
  return entry?.state === 'Active' && version !== undefined ? { entry, version } : undefined;
}

function row(environment: string, namespace: string, judged: Judged, version: number | undefined): NamespaceRow {
  return { environment, namespace, ...judged, version: judged.outcome === 'delivered' ? version : undefined };
}

import type { Secret } from '../../../kube/objects/objects.ts';
import { recordName } from '../../../sealing/record.ts';
import { placeAt } from '../../planning/place-index.ts';
import { claimOf, compareClaims, isSameKey, type Claim } from '../../planning/claims.ts';
import type { CachedRecord } from '../../caches/cached-record.ts';
import type { KeyPorts } from '../../shared/ports.ts';
import { placeKey } from '../../planning/secret-view.ts';
import { allPlaces } from './gather-secrets.ts';
import { maxKeys } from '../spec.ts';
import type { KeyObjectFacts } from '../../planning/key-rules.ts';

/**
 * For each place that this key has or wants: the other key that goes before all others there, by a write under way
 * or by its ledger. Places that no other key holds are left out, and a ledger that does not verify holds none.
 */
export function readClaims(ports: KeyPorts, facts: KeyObjectFacts): ReadonlyMap<string, Claim> {
  const claims = new Map<string, Claim>();
  for (const place of new Set(allPlaces(facts).map(placeKey))) {
    const held = ports.caches.records.lister
      .byIndex('place', place)
      .flatMap((record) => claimIn(ports, recordName(facts.identity), record, place) ?? []);
    const [first] = [...reservedBy(ports, facts, place), ...held].toSorted(compareClaims);
    if (first !== undefined) claims.set(place, first);
  }
  return claims;
}

function claimIn(ports: KeyPorts, own: string, { metadata, secret }: CachedRecord, place: string): Claim | undefined {
  if (secret === undefined || metadata.name === own) return undefined;
  const record = ports.installation.readRecord(secret);
  if (record?.state !== 'valid' || record.ledger.phase === 'Withdrawn') return undefined;
  const held = record.ledger.environments
    .map(({ places }) => placeAt(places, place))
    .find((candidate) => candidate?.state === 'Held');
  return held === undefined ? undefined : claimOf(record.ledger, held.since);
}

function reservedBy({ reservations }: KeyPorts, { identity }: KeyObjectFacts, place: string): readonly Claim[] {
  const owner = reservations.ownerOf(place);
  return owner === undefined || isSameKey(owner, identity) ? [] : [claimOf(owner, BEFORE_ALL)];
}

/** A place whose record write is under way is as good as held: no ledger is older. */
const BEFORE_ALL = '1970-01-01T00:00:00Z';

/** Other keys of the project: records with an active ledger, and first issues under way. */
export function countOtherKeys(ports: KeyPorts, { identity, record, project }: KeyObjectFacts): number {
  // Only asked before the first mint; settled keys spare themselves the walk.
  if (record.kind === 'Valid' && record.ledger.phase === 'Active') return 0;
  const { lister } = ports.caches.records;
  const issuing = ports.firstIssues.of(identity.project);
  // The index trusts ledgers unverified, so it may count too many and never too few. Only in a project that looks
  // full by it are records worth verifying one by one.
  const atMost = lister.countByIndex('activeInProject', identity.project) + issuing.size;
  if (project.kind !== 'Ours' || atMost < maxKeys(project.project.spec)) return atMost;
  const active = lister.byIndex('project', identity.project).filter(({ secret }) => isActive(ports, secret));
  const others = new Set([...issuing, ...active.map(({ metadata }) => metadata.name)]);
  others.delete(recordName(identity));
  return others.size;
}

function isActive({ installation }: KeyPorts, secret: Secret | undefined): boolean {
  const record = secret === undefined ? undefined : installation.readRecord(secret);
  return record?.state === 'valid' && record.ledger.phase === 'Active';
}

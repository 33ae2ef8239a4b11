import { MANAGED_LABEL, OWNER_ANNOTATION } from '../../../src/api/labels.ts';
import type { KeyObject } from '../../../src/api/key-object.ts';
import type { Secret } from '../../../src/kube/objects/objects.ts';
import type { Ledger } from '../../../src/sealing/ledger.ts';
import type { DeclaredKey } from '../declared-key.ts';
import { isStranger } from '../marks.ts';
import { deliveredSecret, type DeliveredSecret } from '../witness/delivered-secret.ts';
import { ownerOfKey, type ClusterState } from './cluster-state.ts';
import { keyComplaint } from './key-judgement.ts';
import { wantedEnvironments, wantedPlaces, type WantedPlace } from './wanted-places.ts';

const NEAR_MS = 10_000;

/** What only the history tells. */
interface SeenBefore {
  /** Keys that are gone and whose Secrets may stay. */
  readonly retained: ReadonlySet<string>;
  /** By uid: Secrets that people put back. Without labels, at no place of a ledger, nothing leads to them. */
  readonly madeByPeople: ReadonlySet<string>;
}

/**
 * Everything that is not as Git, projects and ledgers say once nobody edits any more. Pure. Empty: all keys have
 * settled, every Secret is at its place with what it has to carry, and nothing is left of keys that are gone.
 */
export function complaints(all: ClusterState, declared: readonly DeclaredKey[], seen: SeenBefore): readonly string[] {
  // At a place where one is wanted it is missed as it would be if it were not there.
  const state = { ...all, secrets: all.secrets.filter((secret) => canBeFound(secret, seen)) };
  const owners = new Set(declared.flatMap(({ manifest }) => (manifest === undefined ? [] : [ownerOfKey(manifest)])));
  return [
    ...[...owners].filter((owner) => !state.keys.has(owner)).map((owner) => `${owner} is declared and not there`),
    ...[...state.keys].flatMap(([owner, key]) =>
      owners.has(owner) ? complaintsAbout(state, owner, key) : [`${owner} is not declared and still there`],
    ),
    ...strays(state, seen.retained),
    ...datesThatAreNear(state),
  ];
}

/** What such a date brings would pass for a write of the resync that follows. */
function datesThatAreNear({ keys, ledgers, now }: ClusterState): readonly string[] {
  const isNear = (date: string | undefined): boolean =>
    date !== undefined && Math.abs(Date.parse(date) - now.getTime()) < NEAR_MS;
  const expires = ({ spec }: KeyObject): boolean => [spec, ...spec.environments].some((one) => isNear(one.expiresAt));
  const destroys = ({ environments }: Ledger): boolean =>
    environments.some(({ destroyAt, versions }) =>
      [destroyAt, ...versions.map(({ signingSecret }) => signingSecret?.destroyAt)].some(isNear),
    );
  return [
    ...[...keys].filter(([, key]) => expires(key)).map(([owner]) => `${owner} expires about now`),
    ...[...ledgers].filter(([, ledger]) => destroys(ledger)).map(([owner]) => `${owner} destroys material about now`),
  ];
}

function complaintsAbout(state: ClusterState, owner: string, key: KeyObject): readonly string[] {
  // A key that was never issued, as it expired or was suspended before, has no record.
  const ledger = state.ledgers.get(owner);
  const project = state.projects.get(key.spec.project);
  if (project === undefined) return [`${owner} has no project`];
  const environments = wantedEnvironments(key, ledger, state.now);
  const complaint = keyComplaint(key, ledger, environments);
  if (complaint !== undefined) return [`${owner} ${complaint}`];
  const delivered = new Map(deliveredBy(state, owner).map((secret) => [secret.place, secret]));
  const wanted = wantedPlaces(key, project, environments);
  // A suspended key keeps the Secrets it has and is given no new ones.
  const missing = key.spec.suspended === true ? [] : wanted.filter(({ place }) => !delivered.has(place));
  return [
    ...missing.map(({ place }) => `${owner}: there is no Secret ${place}`),
    ...[...delivered.values()].flatMap((secret) => secretComplaint(owner, secret, wanted, key.spec.suspended === true)),
  ];
}

function secretComplaint(
  owner: string,
  secret: DeliveredSecret,
  wantedPlaces: readonly WantedPlace[],
  isSuspended: boolean,
): readonly string[] {
  const wanted = wantedPlaces.find(({ place }) => place === secret.place);
  if (wanted === undefined) return isSuspended ? [] : [`${owner}: nothing wants the Secret ${secret.place}`];
  const isRight =
    secret.current === wanted.current &&
    secret.previous === wanted.previous &&
    secret.version === wanted.version &&
    secret.environment === wanted.environment;
  return isRight || isSuspended
    ? []
    : [`${owner}: the Secret ${secret.place} does not carry version ${wanted.version}`];
}

function canBeFound({ metadata: { labels, uid = '' } }: Secret, { madeByPeople }: SeenBefore): boolean {
  return labels?.[MANAGED_LABEL] !== undefined || !madeByPeople.has(uid);
}

function strays({ secrets, keys }: ClusterState, retained: SeenBefore['retained']): readonly string[] {
  return secrets.flatMap(({ metadata }) => {
    const { namespace, name, annotations } = metadata;
    const owner = annotations?.[OWNER_ANNOTATION];
    if (owner === undefined || isStranger(metadata) || keys.has(owner) || retained.has(owner)) return [];
    return [`${owner} is gone, and its Secret ${namespace}/${name} is still there`];
  });
}

function deliveredBy({ secrets }: ClusterState, owner: string): readonly DeliveredSecret[] {
  return secrets.flatMap((secret) => {
    const delivered = isStranger(secret.metadata) ? undefined : deliveredSecret(secret);
    return delivered?.owner === owner ? [delivered] : [];
  });
}

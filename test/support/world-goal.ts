import { outputTargets } from '../../src/controllers/key/spec.ts';
import type { ApiKeySpec } from '../../src/api/generated/api-key.ts';
import { acceptanceViolation } from '../../src/controllers/key/acceptance-checks.ts';
import { targetsOf } from '../../src/controllers/key/facts.ts';
import { specOf } from '../../src/controllers/api-key/spec.ts';
import { isRolledBack } from '../../src/controllers/planning/key-facts.ts';
import { ownerOf } from '../../src/controllers/planning/place-state.ts';
import { placeKey, type SecretView } from '../../src/controllers/planning/secret-view.ts';
import type { TargetEnvironment } from '../../src/controllers/planning/targets.ts';
import { checkout } from './sealing.ts';
import type { Gathered, World } from './world.ts';
import type { DeclaredFacts } from '../../src/controllers/planning/key-rules.ts';

/** What somebody who knows only spec, project and namespaces finds wrong once nothing is left to do; nothing, at best. */
export function shortcomings(world: World, { facts }: Gathered): readonly string[] {
  const { object, record } = facts;
  const ours = [...world.server.secrets].filter(([, secret]) => isOurs(secret));
  if (object === undefined) {
    // An orphan keeps what it has; a deleted key leaves nothing behind.
    const isOrphan = record.kind !== 'Valid' || record.ledger.phase === 'Active' || isRolledBack(facts);
    return isOrphan ? [] : ours.map(([key]) => `${key} is left behind`);
  }
  const declared: DeclaredFacts = { ...facts, object };
  if (isRolledBack(facts) || acceptanceViolation(declared) !== undefined) return [];
  const targets = targetsOf(declared).filter(({ expired }) => !expired);
  const wanted = new Map(
    targets.flatMap((target) => wantedKeys(declared, target).map((key) => [key, target] as const)),
  );
  const missing = [...wanted].flatMap(([key, target]) => {
    const what =
      target.suspended || object.spec.suspended === true
        ? undefined
        : lacking(world.server.secrets.get(key), declared, target);
    return what === undefined ? [] : [`${key} ${what}`];
  });
  // After a rename the old Secret stays until the new one is there: a foreign one may be in its way, and what a
  // suspended key has lost is not minted anew.
  const blocked = [...wanted.keys()].flatMap((key) => {
    const secret = world.server.secrets.get(key);
    const isThere = secret === undefined ? object.spec.suspended !== true : isOurs(secret);
    return isThere ? [] : [key.slice(0, key.indexOf('/'))];
  });
  const suspended = targets.flatMap((target) => (target.suspended ? target.namespaces.map(({ name }) => name) : []));
  const kept = new Set([...blocked, ...suspended]);
  const surplus = ours.filter(
    ([key, { namespace }]) => !wanted.has(key) && !kept.has(namespace) && isReachable(world, namespace),
  );
  return [...missing, ...surplus.map(([key]) => `${key} is not wanted`)];
}

function wantedKeys({ object, project }: DeclaredFacts, target: TargetEnvironment): readonly string[] {
  const outputs = outputTargets(object, project.kind === 'Ours' ? project.project.spec : undefined);
  return target.namespaces
    .filter(({ state }) => state === 'Live')
    .flatMap(({ name }) => outputs.map(({ secretName }) => placeKey({ namespace: name, secretName })));
}

function lacking(
  secret: SecretView | undefined,
  { record, object }: DeclaredFacts,
  target: TargetEnvironment,
): string | undefined {
  if (secret === undefined) return 'is missing';
  if (!isOurs(secret)) return undefined;
  const entries = record.kind === 'Valid' ? record.ledger.environments : [];
  const current = entries.find(({ name }) => name === target.name)?.versions.find(({ state }) => state === 'Current');
  if (current === undefined) return 'belongs to no current version';
  const shown = object.status?.environments?.find(({ name }) => name === target.name)?.versions ?? [];
  const isShown = shown.some(({ hash, state }) => hash === current.hash && state === 'Current');
  return isShown ? differing(secret, current.hash, specOf(object), target) : 'is not accepted by status';
}

function differing(
  { digests }: SecretView,
  hash: string,
  spec: ApiKeySpec,
  target: TargetEnvironment,
): string | undefined {
  if (`sha256:${digests['token'] ?? ''}` !== hash) return 'carries another token';
  if ('signing-secret' in digests !== (spec.signingSecret !== undefined)) return 'has the wrong signing secret';
  return 'expires-at' in digests === (target.expiresAt !== undefined) ? undefined : 'tells the wrong expiry';
}

function isOurs({ proof }: SecretView): boolean {
  return proof !== undefined && ownerOf(proof) === ownerOf(checkout);
}

function isReachable({ server, forbidden }: World, namespace: string): boolean {
  return server.namespaces.get(namespace)?.terminating === false && !forbidden.has(namespace);
}

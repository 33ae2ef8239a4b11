import type { KeyIdentity } from '../../../sealing/ledger.ts';
import { viewSecret } from '../../caches/cached-secret.ts';
import { observeCached, observeLive, placesToReadLive } from '../../secrets/observe.ts';
import { isProofOf, ownerOf } from '../../planning/place-state.ts';
import type { KeyPorts } from '../../shared/ports.ts';
import { placeKey, type Observations, type PlaceRef, type SecretView } from '../../planning/secret-view.ts';
import { entriesOf } from '../../planning/key-facts.ts';
import { targetsOf } from '../facts.ts';
import type { KeyObjectFacts } from '../../planning/key-rules.ts';

/**
 * What is known of every place of a key: by the cache, and live where a cache may not decide.
 */
export async function observePlaces(
  ports: KeyPorts,
  facts: KeyObjectFacts,
  signal: AbortSignal,
): Promise<Observations> {
  const cached = observeCached(ports, allPlaces(facts));
  const entries = entriesOf(facts);
  const recoverable = facts.object !== undefined && facts.rules.isRecoverable(facts.object);
  const sealed = facts.record.kind === 'Valid' ? facts.record.sealed : [];
  const asked = placesToReadLive(entries, sealed, cached, recoverable);
  const live = await observeLive(ports, asked, signal);
  // Before something is taken away, what stays must be more than a cache's word, where it can be read.
  const leaving = entries.filter(({ places }) => places.some(({ state }) => state === 'Owed'));
  const decisive = facts.isLive ? allPlaces(facts) : leaving.flatMap(({ places }) => places);
  const staying = decisive.filter((place) => !live.has(placeKey(place)));
  const confirmed = [...(await observeLive(ports, staying, signal))].filter(([, { kind }]) => kind !== 'Unreachable');
  return new Map([...cached, ...confirmed, ...live]);
}

/** Every place of a key and every Secret that proves to be its own, all read live. */
export async function observeAllLive(
  ports: KeyPorts,
  facts: KeyObjectFacts,
  signal: AbortSignal,
): Promise<Observations> {
  const proven = facts.proven.map(({ namespace, name }) => ({ namespace, secretName: name }));
  return await observeLive(ports, [...allPlaces(facts), ...proven], signal);
}

/** Secrets of the cache with a valid proof of this key, wherever they are. */
export function provenSecrets({ caches, installation }: KeyPorts, identity: KeyIdentity): readonly SecretView[] {
  return caches.secrets.lister
    .byIndex('owner', ownerOf(identity))
    .map((secret) => viewSecret(secret, installation.macContext))
    .filter((secret) => isProofOf(secret.proof, identity));
}

/** Secrets that a look showed with a proof of this key, among them those without the label the cache selects by. */
export function seenProven(observations: Observations, identity: KeyIdentity): readonly SecretView[] {
  return [...observations.values()]
    .flatMap((observation) => (observation.kind === 'Present' ? [observation.secret] : []))
    .filter((secret) => isProofOf(secret.proof, identity));
}

/** The highest record sequence that any of them proves; 0 for none. */
export function highestSequence(proven: readonly SecretView[]): number {
  return Math.max(0, ...proven.map(({ proof }) => proof?.sequence ?? 0));
}

/** Where this key's Secrets are or should be: ledger places and wanted ones. */
export function allPlaces(facts: KeyObjectFacts): readonly PlaceRef[] {
  const held = entriesOf(facts).flatMap(({ places }) => places);
  return [...held, ...wantedPlaceRefs(facts)];
}

function wantedPlaceRefs(facts: KeyObjectFacts): readonly PlaceRef[] {
  const { object, project, rules } = facts;
  if (object === undefined || project.kind !== 'Ours') return [];
  const outputs = rules.outputs(object, project.project.spec);
  return targetsOf({ ...facts, object }).flatMap((target) =>
    target.namespaces
      .filter(({ state }) => state === 'Live')
      .flatMap((namespace) => outputs.map(({ secretName }) => ({ namespace: namespace.name, secretName }))),
  );
}

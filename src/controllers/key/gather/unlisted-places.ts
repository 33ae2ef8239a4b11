import { KeywrightError } from '../../../errors.ts';
import { entriesOf } from '../../planning/key-facts.ts';
import type { KeyObjectFacts } from '../../planning/key-rules.ts';
import { placeKey } from '../../planning/secret-view.ts';
import { observeLive } from '../../secrets/observe.ts';
import type { KeyPorts } from '../../shared/ports.ts';
import { highestSequence, seenProven } from './gather-secrets.ts';

/**
 * Where status proves nothing, as it was lost or came from a backup, Secrets alone tell that a record is older than the
 * world: those of namespaces that were never listed are read live. A key that is gone or going is issued nothing.
 *
 * @throws KW_PLACES_UNSEEN while one of them cannot be read: a version that it carries might be given out a second time.
 */
export async function withUnlistedPlaces(
  ports: KeyPorts,
  facts: KeyObjectFacts,
  signal: AbortSignal,
): Promise<KeyObjectFacts> {
  const { object, identity, statusIsSigned } = facts;
  if (statusIsSigned || object === undefined || object.metadata.deletionTimestamp !== undefined) return facts;
  const unlisted = entriesOf(facts)
    .flatMap(({ places }) => places)
    .filter(({ namespace }) => !ports.caches.secrets.hasListed(namespace));
  if (unlisted.length === 0) return facts;
  const live = await observeLive(ports, unlisted, signal);
  const unseen = unlisted.find((place) => live.get(placeKey(place))?.kind === 'Unreachable');
  if (unseen !== undefined) throw new KeywrightError('KW_PLACES_UNSEEN', { namespace: unseen.namespace });
  const provenSequence = Math.max(facts.provenSequence, highestSequence(seenProven(live, identity)));
  return { ...facts, provenSequence, observations: new Map([...facts.observations, ...live]) };
}

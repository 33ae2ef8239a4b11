import { unsealedRecreations } from '../../planning/recreation.ts';
import type { PlaceRef } from '../../planning/secret-view.ts';
import { entriesOf, environmentFacts, targetsOf, type ApiKeyFacts } from '../facts.ts';

/**
 * All places of environments in which a Secret with a token that is not sealed is to be made anew. A live look tells that
 * the token can be sealed before, and where it must be seen again before what was sealed is dropped.
 */
export function placesToRecreate(facts: ApiKeyFacts): readonly PlaceRef[] {
  const { object } = facts;
  if (object === undefined) return [];
  const targets = targetsOf({ ...facts, object });
  return entriesOf(facts).flatMap((entry) => {
    const target = targets.find(({ name }) => name === entry.name);
    if (target === undefined) return [];
    const recreated = unsealedRecreations(environmentFacts(facts, entry, target, false), entry, target);
    return recreated.length > 0 ? entry.places : [];
  });
}

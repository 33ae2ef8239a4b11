import { isConflict, isNotFound } from '../../kube/errors/api-error.ts';
import { SECRETS } from '../../kube/objects/resource.ts';
import type { EnvironmentEntry, KeyIdentity } from '../../sealing/ledger.ts';
import { observePlace } from './observe.ts';
import { isOurs } from '../planning/place-state.ts';
import type { KeyPorts } from '../shared/ports.ts';
import { placeKey, type Observation, type PlaceRef } from '../planning/secret-view.ts';
import { unreachable } from './unreachable.ts';

/** What a place looks like after a withdrawal was tried. */
export interface Withdrawn {
  readonly observation: Observation;
  /** Our deletion was taken; a finalizer of somebody else may still hold the Secret. */
  readonly isDeleted: boolean;
}

/**
 * Deletes one Secret if a live look proves that it is ours, bound to the uid and resourceVersion of that look,
 * and says what is there afterwards.
 *
 * @param entry The environment that owes the place; undefined for a Secret at no ledger place, which only a valid proof makes ours.
 */
export async function withdrawSecret(
  ports: KeyPorts,
  identity: KeyIdentity,
  place: PlaceRef,
  entry: EnvironmentEntry | undefined,
  signal: AbortSignal,
): Promise<Withdrawn> {
  const seen = await observePlace(ports, place, signal);
  if (seen.kind !== 'Present' || seen.secret.deleting) return { observation: seen, isDeleted: false };
  const { namespace, name, uid, resourceVersion, proof } = seen.secret;
  const servesOther = entry !== undefined && proof !== undefined && proof.environment !== entry.name;
  if (servesOther || !isOurs(seen.secret, identity, entry)) return { observation: seen, isDeleted: false };
  try {
    const remove = (): Promise<void> =>
      ports.placeClient.delete(SECRETS, { namespace, name }, { uid, resourceVersion }, { signal });
    // While a finalizer of somebody else holds it, the object stays and is not to be shown as gone.
    if (seen.secret.hasFinalizers) await remove();
    else await ports.caches.secrets.trackDelete(placeKey(place), resourceVersion, remove);
    ports.countDelivery('withdrawn');
  } catch (error) {
    return { observation: await refused(ports, place, error, signal), isDeleted: false };
  }
  return { observation: await lookAfterwards(ports, place, signal), isDeleted: true };
}

async function refused(ports: KeyPorts, place: PlaceRef, error: unknown, signal: AbortSignal): Promise<Observation> {
  // A webhook denies with any code it likes: only a look tells what is gone.
  if (isNotFound(error)) return await lookAfterwards(ports, place, signal);
  if (isConflict(error)) return { kind: 'Unreachable', cause: 'DeliveryFailed' };
  return unreachable(error);
}

/**
 * A finalizer of somebody else may hold the Secret: then it is found deleting. One that stands all the same, or again,
 * is left to the next pass.
 */
async function lookAfterwards(ports: KeyPorts, place: PlaceRef, signal: AbortSignal): Promise<Observation> {
  const seen = await observePlace(ports, place, signal);
  const stands = seen.kind === 'Present' && !seen.secret.deleting;
  return stands ? { kind: 'Unreachable', cause: 'DeliveryFailed' } : seen;
}

import { isForbidden, isNotFound, ApiError, ConnectionError } from '../../kube/errors/api-error.ts';
import { SECRETS } from '../../kube/objects/resource.ts';
import type { EnvironmentEntry, VersionEntry } from '../../sealing/ledger.ts';
import type { MaterialField, MaterialRef } from '../../sealing/sealed-material.ts';
import { digestSecret, viewSecret } from '../caches/cached-secret.ts';
import { forEachLimited } from '../shared/concurrency.ts';
import { carriesSigningSecret, carriesMaterial, currentVersion } from '../planning/environment-facts.ts';
import type { KeyPorts } from '../shared/ports.ts';
import { placeKey, type Observation, type Observations, type PlaceRef } from '../planning/secret-view.ts';

/** What the cache shows at these places. */
export function observeCached({ caches, installation }: KeyPorts, places: readonly PlaceRef[]): Observations {
  return new Map(
    places.map((place): [string, Observation] => {
      const key = placeKey(place);
      const cached = caches.secrets.lister.get(key);
      return cached === undefined
        ? [key, { kind: 'Absent', live: false }]
        : [key, { kind: 'Present', live: false, secret: viewSecret(cached, installation.macContext) }];
    }),
  );
}

/** What the API server says of these places now, each read once. A refusal or no answer is Unreachable, never absent. */
export async function observeLive(
  ports: KeyPorts,
  places: readonly PlaceRef[],
  signal: AbortSignal,
): Promise<Observations> {
  const distinct = [...new Map(places.map((place) => [placeKey(place), place])).values()];
  const observations = new Map<string, Observation>();
  await forEachLimited(distinct, async (place) => {
    observations.set(placeKey(place), await observePlace(ports, place, signal));
  });
  return observations;
}

/** One live GET by name. */
export async function observePlace(ports: KeyPorts, place: PlaceRef, signal: AbortSignal): Promise<Observation> {
  try {
    const secret = await ports.placeClient.get(
      SECRETS,
      { namespace: place.namespace, name: place.secretName },
      { signal },
    );
    return { kind: 'Present', live: true, secret: viewSecret(digestSecret(secret), ports.installation.macContext) };
  } catch (error) {
    if (isNotFound(error)) return { kind: 'Absent', live: true };
    if (isForbidden(error)) return { kind: 'Unreachable', cause: 'Forbidden' };
    if (error instanceof ApiError || error instanceof ConnectionError)
      return { kind: 'Unreachable', cause: 'DeliveryFailed' };
    throw error;
  }
}

/**
 * Places a cache may not speak for: all of an environment whose unsealed token or signing secret no cached Secret
 * carries (it may be lost), all of one whose sealed token may be dropped once live reads show it, and places that the cache,
 * which holds only our own Secrets, shows empty. Of a withdrawn environment, those that still carry what waits
 * to be sealed.
 */
export function placesToReadLive(
  entries: readonly EnvironmentEntry[],
  sealed: readonly MaterialRef[],
  cached: Observations,
  recoverable: boolean,
): readonly PlaceRef[] {
  return entries.flatMap((entry) => {
    const version = currentVersion(entry);
    const isOver = entry.state === 'Withdrawn' && entry.destroyAt === undefined;
    if (version === undefined || isOver) return [];
    const isFieldSealed = (field: MaterialField): boolean =>
      sealed.some((ref) => ref.environment === entry.name && ref.version === version.version && ref.field === field);
    const isSealed = isFieldSealed('token');
    const carriers = entry.places.filter((place) => carriesMaterial(cached.get(placeKey(place)), version));
    const mayBeDropped = isSealed && !recoverable;
    if (entry.state === 'Withdrawn') return isSealed ? [] : carriers;
    const mayBeLost =
      (!isSealed && carriers.length === 0) ||
      (!isFieldSealed('signingSecret') && !showsSigningSecret(entry, version, cached));
    if (mayBeLost || mayBeDropped) return entry.places;
    // Not in the cache may mean foreign, which is not watched: a look tells, where a POST would only be refused.
    return entry.places.filter((place) => cached.get(placeKey(place))?.kind === 'Absent');
  });
}

/** Does the cache show the signing secret of a version somewhere, or has the version none? */
function showsSigningSecret(
  { places }: EnvironmentEntry,
  { signingSecret }: VersionEntry,
  cached: Observations,
): boolean {
  return (
    signingSecret === undefined ||
    places.some((place) => carriesSigningSecret(cached.get(placeKey(place)), signingSecret))
  );
}

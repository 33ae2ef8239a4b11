import { OPAQUE_KEYS } from '../../delivery/opaque.ts';
import type { EnvironmentEntry, VersionEntry } from '../../sealing/ledger.ts';
import type { EnvironmentFacts } from './environment-facts.ts';
import { placeKey, type PlaceRef } from './secret-view.ts';
import type { MaterialField } from '../../sealing/sealed-material.ts';
import { holdsWanted, type KeyRendering, type WantedSecret } from './wanted-secret.ts';

/** Where bytes that are not sealed come from. */
export type TokenSource =
  | { readonly kind: 'Sealed' }
  /** A Secret that carries the token: the very one to repair, or one beside it. */
  | { readonly kind: 'Secret'; readonly namespace: string; readonly secretName: string };

/** Where the bytes of one wanted Secret come from; undefined when nothing that can be read has them. */
export type TokenSourceFinder = (wanted: WantedSecret) => TokenSource | undefined;

/**
 * For the places of one environment and version: sealed, if all of it is; else the Secret to repair when it still
 * has what is not sealed; else any sibling that has. Material is the same at every place, so what each Secret
 * carries is looked through once.
 */
export function tokenSourceFinder(
  facts: EnvironmentFacts,
  entry: EnvironmentEntry,
  version: VersionEntry,
): TokenSourceFinder {
  let carriers: ReadonlyMap<string, PlaceRef> | undefined;
  return (wanted) => {
    const { place, digests, rendering, keyed = {} } = wanted;
    const isFieldSealed = (field: MaterialField): boolean =>
      facts.isSealed({ environment: entry.name, version: version.version, field });
    // What is rendered is sealed for as long as the version lives, and is read from nowhere else.
    if (rendering !== undefined) return fieldsOf(rendering).every(isFieldSealed) ? { kind: 'Sealed' } : undefined;
    const isWanted = (key: string): boolean => digests[key] !== undefined || keyed[key] !== undefined;
    const unsealed = MATERIAL_FIELDS.filter(({ field, key }) => isWanted(key) && !isFieldSealed(field));
    if (unsealed.length === 0) return { kind: 'Sealed' };
    carriers ??= new Map(
      entry.places
        .filter((candidate) => {
          const seen = facts.observe(candidate);
          return seen?.kind === 'Present' && unsealed.every(({ key }) => holdsWanted(seen.secret, wanted, key));
        })
        .map((carrier) => [placeKey(carrier), carrier]),
    );
    const source = carriers.get(placeKey(place)) ?? carriers.values().next().value;
    if (source === undefined) return undefined;
    return { kind: 'Secret', namespace: source.namespace, secretName: source.secretName };
  };
}

function fieldsOf({ part, isProtected }: KeyRendering): readonly MaterialField[] {
  if (part === 'Passphrase') return ['passphrase'];
  return isProtected ? ['material', 'passphrase'] : ['material'];
}

const MATERIAL_FIELDS = [
  { field: 'token', key: OPAQUE_KEYS.token },
  { field: 'signingSecret', key: OPAQUE_KEYS.signingSecret },
] as const;

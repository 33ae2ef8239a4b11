import { COMPONENT_LABEL, DROP_KEK_ANNOTATION } from '../api/labels.ts';
import type { RandomBytes } from '../clock.ts';
import type { Secret } from '../kube/objects/objects.ts';
import { KeyringProvider } from '../sealing/keyring-provider.ts';
import type { Kek } from '../sealing/keyring-provider.ts';
import type { StoredProblem } from './key-list.ts';
import { firstStoredKey, readStoredKeys } from './stored-keys.ts';
import type { StoredKeys } from './stored-keys.ts';

/** Name of the Secret, in the operator's namespace, with the KEKs of the default provider. */
export const KEYRING_SECRET = 'keywright-keyring';

/** Its KEKs. */
export const KEKS: StoredKeys<Kek['state']> = {
  type: 'keywright.dev/keyring',
  dataKey: 'keks',
  idPrefix: 'kek',
  states: { current: 'Wrapping', former: 'Unwrapping' },
  dropAnnotation: DROP_KEK_ANNOTATION,
};

export type DecodedKeyring =
  | { readonly state: 'valid'; readonly kek: KeyringProvider }
  | { readonly state: 'invalid'; readonly problem: StoredProblem };

/** The Secret of a new keyring: one KEK. */
export function newKeyringSecret(namespace: string, randomBytes: RandomBytes): Secret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: KEYRING_SECRET, namespace, labels: { [COMPONENT_LABEL]: 'keyring' } },
    type: KEKS.type,
    data: { [KEKS.dataKey]: firstStoredKey(KEKS, randomBytes) },
  };
}

/** Reads the Secret; the provider keeps `randomBytes` for IVs. Never throws, and says nothing of what it found. */
export function decodeKeyringSecret(secret: Secret, randomBytes: RandomBytes): DecodedKeyring {
  const keks = readStoredKeys(KEKS, secret);
  if (typeof keks === 'string') return { state: 'invalid', problem: keks };
  const kek = new KeyringProvider(keks, randomBytes);
  for (const key of keks) key.bytes.fill(0);
  return { state: 'valid', kek };
}

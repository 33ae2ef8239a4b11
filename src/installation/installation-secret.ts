import { COMPONENT_LABEL, DROP_MAC_KEY_ANNOTATION } from '../api/labels.ts';
import type { RandomBytes } from '../clock.ts';
import type { Secret } from '../kube/objects/objects.ts';
import { MacKeys } from '../sealing/mac.ts';
import type { MacKey } from '../sealing/mac.ts';
import type { StoredProblem } from './key-list.ts';
import { encodeStoredKeys, newStoredKey, readStoredKeys } from './key-store.ts';
import type { KeyStore } from './key-store.ts';

/** Name of the Secret, in the operator's namespace, that says which installation this is. */
export const INSTALLATION_SECRET = 'keywright-installation';

/** Its MAC keys. */
export const MAC_KEYS: KeyStore<MacKey['state']> = {
  type: 'keywright.dev/installation',
  dataKey: 'macKeys',
  idPrefix: 'mac',
  states: { current: 'Signing', former: 'Verifying' },
  dropAnnotation: DROP_MAC_KEY_ANNOTATION,
};

/** Names this installation and signs for it. */
export interface Installation {
  /** 32 hexadecimal digits. Every MAC and every envelope binds it, so it never changes. */
  readonly id: string;
  readonly macKeys: MacKeys;
}

export type DecodedInstallation =
  | { readonly state: 'valid'; readonly installation: Installation }
  | { readonly state: 'invalid'; readonly problem: StoredProblem };

const ID = /^[0-9a-f]{32}$/;

/** The Secret of a new installation: a fresh id and one MAC key. */
export function newInstallationSecret(namespace: string, randomBytes: RandomBytes): Secret {
  const id = Buffer.from(randomBytes(16)).toString('hex');
  const macKeys = encodeStoredKeys([newStoredKey(MAC_KEYS, randomBytes)]);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: INSTALLATION_SECRET, namespace, labels: { [COMPONENT_LABEL]: 'installation' } },
    type: MAC_KEYS.type,
    data: { id: Buffer.from(id).toString('base64'), [MAC_KEYS.dataKey]: macKeys },
  };
}

/** Reads the Secret. Never throws, and says nothing of what it found. */
export function decodeInstallationSecret(secret: Secret): DecodedInstallation {
  const id = Buffer.from(secret.data?.['id'] ?? '', 'base64').toString();
  const macKeys = readStoredKeys(MAC_KEYS, secret);
  if (typeof macKeys === 'string') return { state: 'invalid', problem: macKeys };
  if (!ID.test(id)) return { state: 'invalid', problem: 'Malformed' };
  const installation = { id, macKeys: new MacKeys(macKeys) };
  for (const key of macKeys) key.bytes.fill(0);
  return { state: 'valid', installation };
}

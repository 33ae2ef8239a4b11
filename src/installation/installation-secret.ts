import { COMPONENT_LABEL, DROP_MAC_KEY_ANNOTATION } from '../api/labels.ts';
import type { RandomBytes } from '../clock.ts';
import type { Secret } from '../kube/objects/objects.ts';
import { MacKeys } from '../sealing/mac.ts';
import type { MacKey } from '../sealing/mac.ts';
import type { StoredProblem } from './key-list.ts';
import { firstStoredKey, readStoredKeys } from './stored-keys.ts';
import type { StoredKeys } from './stored-keys.ts';

/** Name of the Secret, in the operator's namespace, that says which installation this is. */
export const INSTALLATION_SECRET = 'keywright-installation';

/** Its MAC keys. */
export const MAC_KEYS: StoredKeys<MacKey['state']> = {
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
  | {
      readonly state: 'valid';
      readonly installation: Installation;
      /** The MAC keys are new ones of an installation that lost its own, and not all records are taken over yet. */
      readonly isTakingOver: boolean;
    }
  | { readonly state: 'invalid'; readonly problem: StoredProblem };

const ID = /^[0-9a-f]{32}$/;

/** Data key that is there while records are taken over. */
const TAKEOVER = 'takeover';

/** The Secret of a new installation: a fresh id and one MAC key. */
export function newInstallationSecret(namespace: string, randomBytes: RandomBytes): Secret {
  return installationSecret(Buffer.from(randomBytes(16)).toString('hex'), namespace, randomBytes);
}

/** The Secret of an installation that lost its own: the id it had, one new MAC key, and records yet to be taken over. */
export function resetInstallationSecret(id: string, namespace: string, randomBytes: RandomBytes): Secret {
  const secret = installationSecret(id, namespace, randomBytes);
  return { ...secret, data: { ...secret.data, [TAKEOVER]: Buffer.from('pending').toString('base64') } };
}

/** What to PUT when every record is taken over. */
export function takenOver(live: Secret): Secret {
  const { [TAKEOVER]: _done, ...data } = live.data ?? {};
  return { ...live, data };
}

function installationSecret(id: string, namespace: string, randomBytes: RandomBytes): Secret {
  const macKeys = firstStoredKey(MAC_KEYS, randomBytes);
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
  return { state: 'valid', installation, isTakingOver: secret.data?.[TAKEOVER] !== undefined };
}

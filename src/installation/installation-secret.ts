import { COMPONENT_LABEL } from '../api/labels.ts';
import type { RandomBytes } from '../clock.ts';
import type { Secret } from '../kube/objects/objects.ts';
import { MAC_BYTES, MacKeys } from '../sealing/mac.ts';
import { decodeKeyList, encodeKeyList } from './key-list.ts';
import type { StoredProblem } from './key-list.ts';

/** Name of the Secret, in the operator's namespace, that says which installation this is. */
export const INSTALLATION_SECRET = 'keywright-installation';

/** Type of that Secret. */
const INSTALLATION_TYPE = 'keywright.dev/installation';

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
const STATES = { current: 'Signing', former: 'Verifying' } as const;

/** The Secret of a new installation: a fresh id and one MAC key. */
export function newInstallationSecret(namespace: string, randomBytes: RandomBytes): Secret {
  const id = Buffer.from(randomBytes(16)).toString('hex');
  const keyId = `mac-${Buffer.from(randomBytes(8)).toString('hex')}`;
  const macKeys = encodeKeyList([{ id: keyId, bytes: randomBytes(MAC_BYTES), state: STATES.current }]);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: INSTALLATION_SECRET, namespace, labels: { [COMPONENT_LABEL]: 'installation' } },
    type: INSTALLATION_TYPE,
    data: { id: Buffer.from(id).toString('base64'), macKeys: Buffer.from(macKeys).toString('base64') },
  };
}

/** Reads the Secret. Never throws, and says nothing of what it found. */
export function decodeInstallationSecret({ type, data }: Secret): DecodedInstallation {
  if (type !== INSTALLATION_TYPE) return { state: 'invalid', problem: 'WrongType' };
  const id = Buffer.from(data?.['id'] ?? '', 'base64').toString();
  const macKeys = decodeKeyList(Buffer.from(data?.['macKeys'] ?? '', 'base64').toString(), STATES);
  if (typeof macKeys === 'string') return { state: 'invalid', problem: macKeys };
  if (!ID.test(id)) return { state: 'invalid', problem: 'Malformed' };
  const installation = { id, macKeys: new MacKeys(macKeys) };
  for (const key of macKeys) key.bytes.fill(0);
  return { state: 'valid', installation };
}

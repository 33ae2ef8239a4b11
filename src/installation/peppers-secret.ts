import { COMPONENT_LABEL } from '../api/labels.ts';
import type { RandomBytes } from '../clock.ts';
import type { Secret } from '../kube/objects/objects.ts';
import { PEPPER_BYTES, Peppers } from '../sealing/peppers.ts';
import { decodeKeyList, encodeKeyList } from './key-list.ts';
import type { StoredProblem } from './key-list.ts';

/** Name of the Secret, in the operator's namespace, with the peppers of keyed hashes. */
export const PEPPERS_SECRET = 'keywright-peppers';

/** Type of that Secret. */
const PEPPERS_TYPE = 'keywright.dev/peppers';

export type DecodedPeppers =
  | { readonly state: 'valid'; readonly peppers: Peppers }
  | { readonly state: 'invalid'; readonly problem: StoredProblem };

const STATES = { current: 'Hashing', former: 'Matching' } as const;

/** The Secret of a new set: one pepper. */
export function newPeppersSecret(namespace: string, randomBytes: RandomBytes): Secret {
  const id = `pepper-${Buffer.from(randomBytes(8)).toString('hex')}`;
  const peppers = encodeKeyList([{ id, bytes: randomBytes(PEPPER_BYTES), state: STATES.current }]);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: PEPPERS_SECRET, namespace, labels: { [COMPONENT_LABEL]: 'peppers' } },
    type: PEPPERS_TYPE,
    data: { peppers: Buffer.from(peppers).toString('base64') },
  };
}

/** Reads the Secret. Never throws, and says nothing of what it found. */
export function decodePeppersSecret({ type, data }: Secret): DecodedPeppers {
  if (type !== PEPPERS_TYPE) return { state: 'invalid', problem: 'WrongType' };
  const peppers = decodeKeyList(Buffer.from(data?.['peppers'] ?? '', 'base64').toString(), STATES);
  if (typeof peppers === 'string') return { state: 'invalid', problem: peppers };
  const decoded = new Peppers(peppers);
  for (const pepper of peppers) pepper.bytes.fill(0);
  return { state: 'valid', peppers: decoded };
}

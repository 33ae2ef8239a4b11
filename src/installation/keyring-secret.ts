import { COMPONENT_LABEL } from '../api/labels.ts';
import type { RandomBytes } from '../clock.ts';
import type { Secret } from '../kube/objects/objects.ts';
import { KeyringProvider } from '../sealing/keyring-provider.ts';
import { decodeKeyList, encodeKeyList } from './key-list.ts';
import type { ListedKey, StoredProblem } from './key-list.ts';

/** Name of the Secret, in the operator's namespace, with the KEKs of the default provider. */
export const KEYRING_SECRET = 'keywright-keyring';

/** Type of that Secret. */
const KEYRING_TYPE = 'keywright.dev/keyring';

export type DecodedKeyring =
  | { readonly state: 'valid'; readonly kek: KeyringProvider }
  | { readonly state: 'invalid'; readonly problem: StoredProblem };

const KEK_BYTES = 32;
const STATES = { current: 'Wrapping', former: 'Unwrapping' } as const;

/** One KEK as it is stored. */
export type StoredKek = ListedKey<(typeof STATES)['current' | 'former']>;

/** The Secret of a new keyring: one KEK. */
export function newKeyringSecret(namespace: string, randomBytes: RandomBytes): Secret {
  const keks = encodeKeks([newKek(randomBytes)]);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: KEYRING_SECRET, namespace, labels: { [COMPONENT_LABEL]: 'keyring' } },
    type: KEYRING_TYPE,
    data: { keks },
  };
}

/** A fresh KEK, which is to wrap. */
export function newKek(randomBytes: RandomBytes): StoredKek {
  const id = `kek-${Buffer.from(randomBytes(8)).toString('hex')}`;
  return { id, bytes: randomBytes(KEK_BYTES), state: STATES.current };
}

/** The value of the Secret's data key "keks", in base64. */
export function encodeKeks(keks: readonly StoredKek[]): string {
  return Buffer.from(encodeKeyList(keks)).toString('base64');
}

/** The KEKs in a Secret, whose bytes the caller wipes. Never throws. */
export function readKeks({ type, data }: Secret): readonly StoredKek[] | StoredProblem {
  if (type !== KEYRING_TYPE) return 'WrongType';
  return decodeKeyList(Buffer.from(data?.['keks'] ?? '', 'base64').toString(), STATES);
}

/** Reads the Secret; the provider keeps `randomBytes` for IVs. Never throws, and says nothing of what it found. */
export function decodeKeyringSecret(secret: Secret, randomBytes: RandomBytes): DecodedKeyring {
  const keks = readKeks(secret);
  if (typeof keks === 'string') return { state: 'invalid', problem: keks };
  const kek = new KeyringProvider(keks, randomBytes);
  for (const key of keks) key.bytes.fill(0);
  return { state: 'valid', kek };
}

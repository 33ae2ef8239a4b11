import { DROP_KEK_ANNOTATION } from '../../api/labels.ts';
import { decodeKeyringSecret, KEKS, KEYRING_SECRET } from '../../installation/keyring-secret.ts';
import { recordPages } from '../../installation/read-or-create.ts';
import { objectKey } from '../../kube/objects/objects.ts';
import { wrappedBy } from '../../sealing/rewrap.ts';
import { KeyKeeper, type KeeperPorts, type KeeperWords } from './key-keeper.ts';

/** Records read at once: each has up to 700 KiB. */
const PAGE = 50;

const WORDS: KeeperWords = {
  action: 'KeepKeyring',
  field: 'kekId',
  rotated: {
    reason: 'KEKRotated',
    note: (kekId) => `The KEK ${kekId} wraps from now on; records are wrapped anew`,
    line: 'Rotated the KEK',
  },
  dropped: {
    reason: 'KEKDropped',
    note: (kekId) => `No record needed the KEK ${kekId}: it is gone`,
    line: 'Dropped a KEK',
  },
  full: {
    reason: 'KeyringFull',
    note: () => `The keyring holds as many KEKs as it may; drop one by ${DROP_KEK_ANNOTATION}`,
  },
  notDropped: {
    reason: 'KEKNotDropped',
    note: () => 'The annotation names no former KEK of this keyring: nothing was done',
  },
  inUse: {
    reason: 'KEKInUse',
    note: (kekId, user) =>
      `The KEK ${kekId} is still needed by ${user}, and maybe by others; it is dropped when no record needs it`,
  },
};

/** Keeps the KEKs. @param onStale Called when records have to be wrapped anew. */
export function createKeyringKeeper(ports: KeeperPorts, onStale: () => void): KeyKeeper {
  const { client, installation, operatorNamespace: namespace, randomBytes } = ports;
  return new KeyKeeper(ports, {
    secretName: KEYRING_SECRET,
    stored: KEKS,
    words: WORDS,
    onStale,
    take: (live, copies) => {
      const decoded = decodeKeyringSecret(live, randomBytes);
      if (decoded.state === 'invalid') throw new TypeError('Cannot take over what is no keyring');
      installation.setKeyring(decoded.kek, copies);
    },
    currentKeyId: () => installation.recordContext.kek.wrappingKekId,
    findUser: async (kekId, signal) => {
      for await (const page of recordPages({ client, namespace, signal }, { limit: PAGE })) {
        const user = page.find((record) => {
          const wrapped = wrappedBy(record);
          return wrapped === 'Unreadable' || wrapped?.kekId === kekId;
        });
        if (user !== undefined) return `record ${objectKey(user)}`;
      }
      return undefined;
    },
  });
}

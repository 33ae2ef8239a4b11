import { DROP_MAC_KEY_ANNOTATION } from '../../api/labels.ts';
import { decodeInstallationSecret, INSTALLATION_SECRET, MAC_KEYS } from '../../installation/installation-secret.ts';
import { KeyKeeper, type KeeperPorts, type KeeperWords } from './key-keeper.ts';

const WORDS: KeeperWords = {
  action: 'KeepInstallation',
  field: 'macKeyId',
  rotated: {
    reason: 'MACKeyRotated',
    note: (keyId) => `The MAC key ${keyId} signs from now on; records, statuses and Secrets are signed anew`,
    line: 'Rotated the MAC key',
  },
  dropped: {
    reason: 'MACKeyDropped',
    note: (keyId) => `Nothing was signed by the MAC key ${keyId} any more: it is gone`,
    line: 'Dropped a MAC key',
  },
  full: {
    reason: 'MACKeysFull',
    note: () => `The installation holds as many MAC keys as it may; drop one by ${DROP_MAC_KEY_ANNOTATION}`,
  },
  notDropped: {
    reason: 'MACKeyNotDropped',
    note: () => 'The annotation names no former MAC key of this installation: nothing was done',
  },
  inUse: {
    reason: 'MACKeyInUse',
    note: (keyId, user) =>
      `The MAC key ${keyId} still signs ${user}, and maybe others; it is dropped when it signs no record, status or Secret of ours any more`,
  },
};

/**
 * Keeps the MAC keys.
 *
 * @param findUser One object that is signed by a key, by live lists.
 * @param onStale Called when there is something to sign anew.
 */
export function createMacKeeper(
  ports: KeeperPorts,
  findUser: (keyId: string, signal: AbortSignal) => Promise<string | undefined>,
  onStale: () => void,
): KeyKeeper {
  const { installation } = ports;
  return new KeyKeeper(ports, {
    secretName: INSTALLATION_SECRET,
    stored: MAC_KEYS,
    words: WORDS,
    findUser,
    onStale,
    take: (live, copies) => {
      const decoded = decodeInstallationSecret(live);
      if (decoded.state === 'invalid') throw new TypeError('Cannot take over what is no installation');
      installation.setMacKeys(decoded.installation, copies);
    },
    currentKeyId: () => installation.recordContext.macKeys.signingKeyId,
  });
}

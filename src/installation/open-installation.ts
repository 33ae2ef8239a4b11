import type { Secret } from '../kube/objects/objects.ts';
import type { KekProvider } from '../sealing/kek-provider.ts';
import { KEYED_HASH_PREFIX } from '../sealing/peppers.ts';
import type { Peppers } from '../sealing/peppers.ts';
import { INSTALLATION_SECRET, decodeInstallationSecret, newInstallationSecret } from './installation-secret.ts';
import type { Installation } from './installation-secret.ts';
import type { StoredProblem } from './key-list.ts';
import { KEYRING_SECRET, decodeKeyringSecret, newKeyringSecret } from './keyring-secret.ts';
import { PEPPERS_SECRET, decodePeppersSecret, newPeppersSecret } from './peppers-secret.ts';
import { hasRecord, readOrCreate, recordPages } from './read-or-create.ts';
import type { InstallationAccess } from './read-or-create.ts';
import { SecretCopy } from './secret-copy.ts';

/** Everything is there: keys may be minted, opened and delivered. */
export interface ReadyInstallation {
  readonly kind: 'Ready';
  readonly installation: Installation;
  readonly kek: KekProvider;
  readonly peppers: Peppers;
  /** For restoreInstallation: the Secrets as they were read. */
  readonly copies: readonly SecretCopy[];
  /** The installation was reset, and its records are to be taken over before anything else. */
  readonly isTakingOver: boolean;
}

/**
 * What the operator may do. In every state but Ready, status only restricts, no Secret is written or
 * deleted and deletions wait, until an administrator puts the Secret back and a further call finds it.
 *
 * - InstallationMissing, KEKMissing, PeppersMissing: the Secret is not there although records need it, or it is a
 *   keyring that opens none of them. A new one would make them unreadable, or their keyed hashes match nothing, so
 *   none is made. A keyring that is an administrator's to make is never made.
 * - InstallationMalformed, KeyringMalformed, PeppersMalformed: the Secret is there and is not what we write. It is
 *   left alone.
 *
 * Without keyring or peppers the ledgers can still be verified, so `installation` is given.
 */
export type InstallationState =
  | ReadyInstallation
  | { readonly kind: 'InstallationMissing' | 'InstallationMalformed'; readonly message: string }
  | {
      readonly kind: 'KEKMissing' | 'KeyringMalformed' | 'PeppersMissing' | 'PeppersMalformed';
      readonly installation: Installation;
      readonly copies: readonly SecretCopy[];
      readonly message: string;
    };

const AWAITED_KEYRING = `Secret "${KEYRING_SECRET}" is missing, and --create-keyring=false leaves it to you: create it, or restore it from a backup`;

/** Records read at once where their ledgers are looked into: each has up to 700 KiB. */
const LEDGER_PAGE = 50;

/**
 * Reads the Secrets keywright-installation, keywright-keyring and keywright-peppers, and makes those that are
 * missing if, and only if, a live list of the namespace shows no record; for the peppers, none whose ledger names
 * one, so that an installation from before there were peppers gets its first. POST decides between replicas: whoever
 * comes second uses what the first one made. A crash at any point leaves what the next call finishes.
 *
 * @throws {ApiError | ConnectionError} of the API server, and the signal's reason; calling again is safe.
 */
export async function openInstallation(options: InstallationAccess): Promise<InstallationState> {
  const { namespace, randomBytes } = options;
  // The installation comes first: whoever finds a keyring alone, without records, may still name the installation.
  const make = (): Secret => newInstallationSecret(namespace, randomBytes);
  const installationSecret = await readOrCreate({ name: INSTALLATION_SECRET, make, isNeeded: hasRecord }, options);
  if (installationSecret === undefined) {
    return { kind: 'InstallationMissing', message: missingMessage(INSTALLATION_SECRET) };
  }
  const decoded = decodeInstallationSecret(installationSecret);
  if (decoded.state === 'invalid') {
    return { kind: 'InstallationMalformed', message: malformedMessage(INSTALLATION_SECRET, decoded.problem) };
  }
  const { installation, isTakingOver } = decoded;
  const opened = await openKeyring(installation, isTakingOver, new SecretCopy(installationSecret), options);
  if (!isTakingOver || opened.kind === 'Ready') return opened;
  // The new MAC keys verify nothing yet, so nothing may be judged by them.
  return { kind: 'InstallationMissing', message: `The reset of the installation waits. ${opened.message}` };
}

/** @param isTakingOver What only the keyring opens is given up if that is lost too. */
async function openKeyring(
  installation: Installation,
  isTakingOver: boolean,
  installationCopy: SecretCopy,
  options: InstallationAccess,
): Promise<InstallationState> {
  const { namespace, randomBytes, createsKeyring = true } = options;
  const copies = [installationCopy];
  const make = (): Secret => newKeyringSecret(namespace, randomBytes);
  const isNeeded = async (): Promise<boolean> => !createsKeyring || (!isTakingOver && (await hasRecord(options)));
  const secret = await readOrCreate({ name: KEYRING_SECRET, make, isNeeded }, options);
  if (secret === undefined) {
    const message = createsKeyring ? missingMessage(KEYRING_SECRET) : AWAITED_KEYRING;
    return { kind: 'KEKMissing', installation, copies, message };
  }
  const decoded = decodeKeyringSecret(secret, randomBytes);
  if (decoded.state === 'invalid') {
    const message = malformedMessage(KEYRING_SECRET, decoded.problem);
    return { kind: 'KeyringMalformed', installation, copies, message };
  }
  const { kek } = decoded;
  return openPeppers({ installation, isTakingOver, kek, copies: [...copies, new SecretCopy(secret)] }, options);
}

async function openPeppers(
  opened: Pick<ReadyInstallation, 'installation' | 'isTakingOver' | 'kek' | 'copies'>,
  options: InstallationAccess,
): Promise<InstallationState> {
  const { namespace, randomBytes } = options;
  const { installation, copies } = opened;
  const make = (): Secret => newPeppersSecret(namespace, randomBytes);
  const secret = await readOrCreate({ name: PEPPERS_SECRET, make, isNeeded: namesPepper }, options);
  if (secret === undefined) {
    return { kind: 'PeppersMissing', installation, copies, message: missingMessage(PEPPERS_SECRET) };
  }
  const decoded = decodePeppersSecret(secret);
  if (decoded.state === 'invalid') {
    const message = malformedMessage(PEPPERS_SECRET, decoded.problem);
    return { kind: 'PeppersMalformed', installation, copies, message };
  }
  return { kind: 'Ready', ...opened, peppers: decoded.peppers, copies: [...copies, new SecretCopy(secret)] };
}

/** Whether any ledger holds a keyed hash. Read unverified: an edited record opens nothing anyway. */
export async function namesPepper(access: InstallationAccess): Promise<boolean> {
  for await (const page of recordPages(access, { limit: LEDGER_PAGE })) {
    const hasHash = ({ data }: Secret): boolean =>
      Buffer.from(data?.['ledger'] ?? '', 'base64').includes(KEYED_HASH_PREFIX);
    if (page.some(hasHash)) return true;
  }
  return false;
}

function missingMessage(name: string): string {
  return `Secret "${name}" is missing although key records exist: restore it from a backup`;
}

function malformedMessage(name: string, problem: StoredProblem): string {
  const faults = {
    WrongType: 'has the wrong type: restore it from a backup',
    Malformed: 'is damaged: restore it from a backup',
    UnknownFormat: 'was written by a newer version: upgrade the operator',
  } as const;
  return `Secret "${name}" ${faults[problem]}`;
}

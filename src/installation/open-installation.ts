import type { Clock, RandomBytes } from '../clock.ts';
import { isAlreadyExists, undefinedIfNotFound } from '../kube/errors/api-error.ts';
import type { KubeClient } from '../kube/client/client.ts';
import type { Secret } from '../kube/objects/objects.ts';
import { SECRETS } from '../kube/objects/resource.ts';
import type { Logger } from '../logger.ts';
import type { KekProvider } from '../sealing/kek-provider.ts';
import { RECORD_TYPE } from '../sealing/record.ts';
import { INSTALLATION_SECRET, decodeInstallationSecret, newInstallationSecret } from './installation-secret.ts';
import type { Installation } from './installation-secret.ts';
import type { StoredProblem } from './key-list.ts';
import { KEYRING_SECRET, decodeKeyringSecret, newKeyringSecret } from './keyring-secret.ts';
import { SecretCopy } from './secret-copy.ts';

export interface OpenInstallationOptions {
  readonly client: KubeClient;
  /** The operator's own namespace. */
  readonly namespace: string;
  readonly randomBytes: RandomBytes;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal?: AbortSignal;
}

/** Everything is there: keys may be minted, opened and delivered. */
export interface ReadyInstallation {
  readonly kind: 'Ready';
  readonly installation: Installation;
  readonly kek: KekProvider;
  /** For restoreInstallation: the Secrets as they were read. */
  readonly copies: readonly SecretCopy[];
}

/**
 * What the operator may do. In every state but Ready, status only restricts, no Secret is written or
 * deleted and deletions wait, until an administrator puts the Secret back and a further call finds it.
 *
 * - InstallationMissing, KEKMissing: the Secret is not there although records are. A new one would make
 *   every record unreadable, so none is made.
 * - InstallationMalformed, KeyringMalformed: the Secret is there and is not what we write. It is left alone.
 *
 * Without a keyring the ledgers can still be verified, so `installation` is given.
 */
export type InstallationState =
  | ReadyInstallation
  | { readonly kind: 'InstallationMissing' | 'InstallationMalformed'; readonly message: string }
  | {
      readonly kind: 'KEKMissing' | 'KeyringMalformed';
      readonly installation: Installation;
      readonly copies: readonly SecretCopy[];
      readonly message: string;
    };

const MAX_ROUNDS = 5;
/** A list that took longer is taken again before the POST: records may have come since it began. */
const MAX_LIST_AGE_MS = 2_000;
const CREATE_DEADLINE_MS = 5_000;

/**
 * Reads the Secrets keywright-installation and keywright-keyring, and makes those that are missing if, and
 * only if, a live list of the namespace shows no record. POST decides between replicas: whoever comes
 * second uses what the first one made. A crash at any point leaves what the next call finishes.
 *
 * @throws {ApiError | ConnectionError} of the API server, and the signal's reason; calling again is safe.
 */
export async function openInstallation(options: OpenInstallationOptions): Promise<InstallationState> {
  const { namespace, randomBytes } = options;
  // The installation comes first: whoever finds a keyring alone, without records, may still name the installation.
  const installationSecret = await readOrCreate(INSTALLATION_SECRET, options, () =>
    newInstallationSecret(namespace, randomBytes),
  );
  if (installationSecret === undefined) {
    return { kind: 'InstallationMissing', message: missingMessage(INSTALLATION_SECRET) };
  }
  const decoded = decodeInstallationSecret(installationSecret);
  if (decoded.state === 'invalid') {
    return { kind: 'InstallationMalformed', message: malformedMessage(INSTALLATION_SECRET, decoded.problem) };
  }
  return openKeyring(decoded.installation, new SecretCopy(installationSecret), options);
}

async function openKeyring(
  installation: Installation,
  installationCopy: SecretCopy,
  options: OpenInstallationOptions,
): Promise<InstallationState> {
  const { namespace, randomBytes } = options;
  const copies = [installationCopy];
  const secret = await readOrCreate(KEYRING_SECRET, options, () => newKeyringSecret(namespace, randomBytes));
  if (secret === undefined) {
    return { kind: 'KEKMissing', installation, copies, message: missingMessage(KEYRING_SECRET) };
  }
  const decoded = decodeKeyringSecret(secret, randomBytes);
  if (decoded.state === 'invalid') {
    const message = malformedMessage(KEYRING_SECRET, decoded.problem);
    return { kind: 'KeyringMalformed', installation, copies, message };
  }
  return { kind: 'Ready', installation, kek: decoded.kek, copies: [...copies, new SecretCopy(secret)] };
}

/** The live Secret, made if need be; undefined when it is missing and there are records. */
async function readOrCreate(
  name: string,
  options: OpenInstallationOptions,
  make: () => Secret,
): Promise<Secret | undefined> {
  const { client, clock, logger, namespace, signal } = options;
  const call = signal === undefined ? {} : { signal };
  for (let round = 1; ; round += 1) {
    const live = await client.get(SECRETS, { namespace, name }, call).catch(undefinedIfNotFound);
    if (live !== undefined) return live;
    const listedAtMs = clock.monotonicMs();
    if (await hasRecord(options)) return undefined;
    if (clock.monotonicMs() - listedAtMs > MAX_LIST_AGE_MS) continue;
    try {
      const created = await client.create(SECRETS, make(), { ...call, deadlineMs: CREATE_DEADLINE_MS });
      logger.info({ namespace, name }, 'Created a Secret of the installation');
      return created;
    } catch (error) {
      // Another replica was first: read what it made. Should that be gone again, the question starts afresh.
      if (!isAlreadyExists(error) || round >= MAX_ROUNDS) throw error;
    }
  }
}

/** Whether the namespace holds a record or a tombstone. Read past every cache: no resourceVersion means quorum. */
async function hasRecord({ client, namespace, signal }: OpenInstallationOptions): Promise<boolean> {
  let continueToken: string | undefined;
  do {
    const page = await client.list(SECRETS, {
      namespace,
      fieldSelector: `type=${RECORD_TYPE}`,
      metadataOnly: true,
      limit: 1,
      ...(continueToken !== undefined && { continueToken }),
      ...(signal !== undefined && { signal }),
    });
    if (page.items.length > 0) return true;
    continueToken = page.continueToken;
  } while (continueToken !== undefined);
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

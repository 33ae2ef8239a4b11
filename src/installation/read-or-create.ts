import type { Clock, RandomBytes } from '../clock.ts';
import { isAlreadyExists, undefinedIfNotFound } from '../kube/errors/api-error.ts';
import type { KubeClient, ListOptions } from '../kube/client/client.ts';
import type { Secret } from '../kube/objects/objects.ts';
import { SECRETS } from '../kube/objects/resource.ts';
import type { Logger } from '../logger.ts';
import { RECORD_TYPE } from '../sealing/record.ts';

/** What reading and making the Secrets of an installation takes. */
export interface InstallationAccess {
  readonly client: KubeClient;
  /** The operator's own namespace. */
  readonly namespace: string;
  readonly randomBytes: RandomBytes;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal?: AbortSignal;
  /** Whether a keyring is made where no record needs one; else an administrator makes it. @default {true} */
  readonly createsKeyring?: boolean;
}

/** One Secret of the installation that may have to be made. */
export interface Creation {
  readonly name: string;
  readonly make: () => Secret | Promise<Secret>;
  /** Whether some record, read live, cannot do without the bytes that are gone. */
  readonly isNeeded: (access: InstallationAccess) => Promise<boolean>;
}

const MAX_ROUNDS = 5;
/** A list that took longer is taken again before the POST: records may have come since it began. */
const MAX_LIST_AGE_MS = 2_000;
const CREATE_DEADLINE_MS = 5_000;

/** The live Secret, made if need be; undefined when it is missing and needed, so that a new one would do harm. */
export async function readOrCreate(
  { name, make, isNeeded }: Creation,
  access: InstallationAccess,
): Promise<Secret | undefined> {
  const { client, clock, logger, namespace, signal } = access;
  const call = signal === undefined ? {} : { signal };
  for (let round = 1; ; round += 1) {
    const live = await client.get(SECRETS, { namespace, name }, call).catch(undefinedIfNotFound);
    if (live !== undefined) return live;
    const listedAtMs = clock.monotonicMs();
    if (await isNeeded(access)) return undefined;
    const made = await make();
    if (clock.monotonicMs() - listedAtMs > MAX_LIST_AGE_MS) continue;
    try {
      const created = await client.create(SECRETS, made, { ...call, deadlineMs: CREATE_DEADLINE_MS });
      logger.info({ namespace, name }, 'Created a Secret of the installation');
      return created;
    } catch (error) {
      // Another replica was first: read what it made. Should that be gone again, the question starts afresh.
      if (!isAlreadyExists(error) || round >= MAX_ROUNDS) throw error;
    }
  }
}

/** Whether the namespace holds a record or a tombstone. */
export async function hasRecord(access: InstallationAccess): Promise<boolean> {
  for await (const page of recordPages(access, { metadataOnly: true, limit: 1 })) {
    if (page.length > 0) return true;
  }
  return false;
}

/** All records and tombstones by the page. Read past every cache: no resourceVersion means quorum. */
export async function* recordPages(
  { client, namespace, signal }: Pick<InstallationAccess, 'client' | 'namespace' | 'signal'>,
  options: Pick<ListOptions, 'metadataOnly' | 'limit'>,
): AsyncGenerator<readonly Secret[]> {
  let continueToken: string | undefined;
  do {
    const page = await client.list(SECRETS, {
      namespace,
      fieldSelector: `type=${RECORD_TYPE}`,
      ...options,
      ...(continueToken !== undefined && { continueToken }),
      ...(signal !== undefined && { signal }),
    });
    yield page.items;
    continueToken = page.continueToken;
  } while (continueToken !== undefined);
}

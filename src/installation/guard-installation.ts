import { isAlreadyExists, isConflict, isNotFound, undefinedIfNotFound } from '../kube/errors/api-error.ts';
import type { KubeClient } from '../kube/client/client.ts';
import { SECRETS } from '../kube/objects/resource.ts';
import type { Logger } from '../logger.ts';
import type { SecretCopy } from './secret-copy.ts';

/**
 * What was found and, but for Foreign, put right:
 *
 * - Deleted: the Secret was gone.
 * - Edited: its data differed.
 * - Replaced: its data differed and it was immutable, so it was deleted and made anew.
 * - Foreign: a Secret of another type has the name. It is not ours, so it is left alone; when it goes away,
 *   the next call puts ours back.
 */
export interface InstallationChange {
  readonly name: string;
  readonly namespace: string;
  readonly change: 'Deleted' | 'Edited' | 'Replaced' | 'Foreign';
}

export interface RestoreOptions {
  readonly client: KubeClient;
  readonly copies: readonly SecretCopy[];
  /** Called for each Secret that was not as it should be, after it was put right; for a Warning event. */
  readonly onChange: (change: InstallationChange) => void;
  readonly logger: Logger;
  readonly signal?: AbortSignal;
}

const MAX_ROUNDS = 5;

/**
 * Puts the Secrets of the installation back, byte for byte, if one is gone or edited; call it when a watch
 * reports a change of one of them. What runs in memory is what everything is signed and sealed with, so
 * memory wins. Only the leader may call it, or two replicas with different copies would fight for ever.
 *
 * @throws {ApiError | ConnectionError} of the API server, and the signal's reason; calling again is safe.
 */
export async function restoreInstallation(options: RestoreOptions): Promise<void> {
  for (const copy of options.copies) await restore(copy, options);
}

async function restore(copy: SecretCopy, options: RestoreOptions): Promise<void> {
  const { name, namespace } = copy;
  let isRemoved = false;
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    try {
      const found = await restoreOnce(copy, options);
      if (found === 'Intact') return;
      isRemoved ||= found === 'Removed';
      // While a finalizer holds what was removed, rounds run out; the watch reports its going.
      if (found === 'Removed') continue;
      const change = isRemoved ? 'Replaced' : found;
      options.logger.warn({ namespace, name, change }, 'Found a Secret of the installation changed');
      options.onChange({ name, namespace, change });
      return;
    } catch (error) {
      const isOvertaken = isAlreadyExists(error) || isConflict(error) || isNotFound(error);
      if (!isOvertaken || round === MAX_ROUNDS) throw error;
    }
  }
}

/** Looks at the live Secret and does one write at most. Removed: the next look makes it anew. */
async function restoreOnce(
  copy: SecretCopy,
  { client, signal }: RestoreOptions,
): Promise<'Intact' | 'Deleted' | 'Edited' | 'Foreign' | 'Removed'> {
  const { name, namespace } = copy;
  const call = signal === undefined ? {} : { signal };
  const live = await client.get(SECRETS, { namespace, name }, call).catch(undefinedIfNotFound);
  if (live === undefined) {
    await client.create(SECRETS, copy.body(), call);
    return 'Deleted';
  }
  if (copy.matches(live)) return 'Intact';
  if (!copy.hasTypeOf(live)) return 'Foreign';
  if (live.immutable !== true) {
    await client.update(SECRETS, copy.over(live), call);
    return 'Edited';
  }
  const { uid = '', resourceVersion = '' } = live.metadata;
  await client.delete(SECRETS, { namespace, name }, { uid, resourceVersion }, call);
  return 'Removed';
}

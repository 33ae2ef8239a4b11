import { ROTATE_ANNOTATION } from '../api/labels.ts';
import type { Clock } from '../clock.ts';
import type { KubeClient } from '../kube/client/client.ts';
import { undefinedIfNotFound } from '../kube/errors/api-error.ts';
import { SECRETS } from '../kube/objects/resource.ts';
import type { Logger } from '../logger.ts';
import {
  decodeImportSecret,
  IMPORT_NAME,
  importData,
  isNewOrder,
  MAX_IMPORT_KEYS,
  newImportKey,
  withImportKey,
} from './import-secret.ts';
import { readyImportKeys, type ReadyImportKeys } from './open-import-keys.ts';

export interface RotateOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal?: AbortSignal;
}

/**
 * Makes a new import key when the Secret carries the annotation keywright.dev/rotate with a text never seen before.
 * Keys made before still open what was sealed to them. Only the leader may call it.
 *
 * @returns The keys as they are then: the same object unless rotated.
 * @throws {ApiError | ConnectionError} of the API server; calling again is safe, as the order is remembered with the key.
 */
export async function rotateImportKey(
  before: ReadyImportKeys,
  { client, clock, logger, signal }: RotateOptions,
): Promise<ReadyImportKeys> {
  const { copy, installation } = before;
  const { name, namespace } = copy;
  const call = signal === undefined ? {} : { signal };
  const live = await client.get(SECRETS, { namespace, name }, call).catch(undefinedIfNotFound);
  // Edited meanwhile: what memory holds is put back first, and that wakes us again.
  if (live === undefined || !copy.matches(live)) return before;
  const decoded = decodeImportSecret(live, installation);
  const order = live.metadata.annotations?.[ROTATE_ANNOTATION];
  if (decoded.state === 'invalid' || !isNewOrder(decoded.stored, order)) return before;
  if (decoded.stored.keys.length >= MAX_IMPORT_KEYS) {
    logger.error(
      { namespace, name },
      `Cannot make another import key: Secret "${IMPORT_NAME}" holds ${MAX_IMPORT_KEYS}; stop the operator and take out of it old keys that no message in Git is sealed to`,
    );
    return before;
  }
  const stored = withImportKey(decoded.stored, await newImportKey(installation, clock.now()), order);
  const written = await client.update(SECRETS, { ...live, data: importData(stored) }, call);
  const after = readyImportKeys(stored, written);
  logger.info({ namespace, name, fingerprint: after.keys.fingerprint }, 'Made a new import key, as ordered');
  return after;
}

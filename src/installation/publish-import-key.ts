import { isDeepStrictEqual } from 'node:util';
import { COMPONENT_LABEL } from '../api/labels.ts';
import type { KubeClient } from '../kube/client/client.ts';
import { undefinedIfNotFound } from '../kube/errors/api-error.ts';
import type { ConfigMap } from '../kube/objects/objects.ts';
import { CONFIG_MAPS } from '../kube/objects/resource.ts';
import type { Logger } from '../logger.ts';
import { IMPORT_NAME } from './import-secret.ts';
import type { ReadyImportKeys } from './open-import-keys.ts';

/** Data keys of the ConfigMap: an API that `keywright seal` and people with gpg read. */
export const IMPORT_DATA = {
  publicKey: 'import-key.asc',
  fingerprint: 'fingerprint',
  installation: 'installation',
} as const;

export interface PublishOptions {
  readonly client: KubeClient;
  /** The operator's own. */
  readonly namespace: string;
  readonly logger: Logger;
  readonly signal?: AbortSignal;
}

/**
 * Publishes the active import key in the ConfigMap keywright-import, and puts that right when it was edited or
 * deleted. One write at most; nothing is written while it is as it should be.
 *
 * @returns What was found, if it was not as it should be. Frozen: it was immutable, so it was deleted, and the watch
 *   calls us again.
 * @throws {ApiError | ConnectionError} of the API server; calling again is safe.
 */
export async function publishImportKey(
  { keys, installation }: ReadyImportKeys,
  { client, namespace, logger, signal }: PublishOptions,
): Promise<'Absent' | 'Differing' | 'Frozen' | undefined> {
  const name = IMPORT_NAME;
  const call = signal === undefined ? {} : { signal };
  const data = {
    [IMPORT_DATA.publicKey]: keys.publicKey,
    [IMPORT_DATA.fingerprint]: keys.fingerprint,
    [IMPORT_DATA.installation]: installation,
  };
  const live = await client.get(CONFIG_MAPS, { namespace, name }, call).catch(undefinedIfNotFound);
  if (live !== undefined && isSame(live, data)) return undefined;
  const { fingerprint } = keys;
  if (live === undefined) {
    await client.create(CONFIG_MAPS, configMap(namespace, data), call);
    logger.info({ namespace, name, fingerprint }, 'Published the import key');
    return 'Absent';
  }
  const former = live.data?.[IMPORT_DATA.fingerprint];
  const isRotation = keys.wasActive(live.data?.[IMPORT_DATA.publicKey], former);
  if (!isRotation) logger.warn({ namespace, name, fingerprint }, 'Found the published import key different');
  if (live.immutable === true) {
    const { uid = '', resourceVersion = '' } = live.metadata;
    await client.delete(CONFIG_MAPS, { namespace, name }, { uid, resourceVersion }, call);
    return 'Frozen';
  }
  const { binaryData: _foreign, ...rest } = live;
  await client.update(CONFIG_MAPS, { ...rest, data }, call);
  if (isRotation) logger.info({ namespace, name, fingerprint, former }, 'Published another import key');
  return 'Differing';
}

function isSame({ data, binaryData = {} }: ConfigMap, wanted: Readonly<Record<string, string>>): boolean {
  return isDeepStrictEqual(data, wanted) && Object.keys(binaryData).length === 0;
}

function configMap(namespace: string, data: Readonly<Record<string, string>>): ConfigMap {
  const labels = { [COMPONENT_LABEL]: 'import' };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: IMPORT_NAME, namespace, labels }, data };
}

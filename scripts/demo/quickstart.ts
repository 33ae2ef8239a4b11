import { API_KEYS, KEY_PROJECTS } from '../../src/api/resources.ts';
import type { CryptoKey } from '../../src/api/generated/crypto-key.ts';
import type { ApiKey } from '../../src/api/generated/api-key.ts';
import { ApiError } from '../../src/kube/errors/api-error.ts';
import { conditionOf } from '../../src/kube/objects/conditions.ts';
import type { KubeObject } from '../../src/kube/objects/objects.ts';
import { applyFiles } from './apply-files.ts';
import type { ClusterAccess } from './cluster-access.ts';
import { until } from './until.ts';

/** What examples/quickstart declares. */
export const FOLDER = 'examples/quickstart';
export const PROJECT = 'payments';
export const KEY = { namespace: 'payments-config', name: 'checkout' };
export const PLACES = [
  { environment: 'staging', namespace: 'payments-staging', name: 'checkout' },
  { environment: 'production', namespace: 'payments-prod-eu', name: 'checkout' },
  { environment: 'production', namespace: 'payments-prod-us', name: 'checkout' },
] as const;
export type Place = (typeof PLACES)[number];

/** Under which applyFiles writes. */
const FIELD_MANAGER = 'keywright-test';

/** @throws if the cluster has a project of this name that is not from a demo: it would be overwritten. */
export async function assertNotTaken({ client }: ClusterAccess): Promise<void> {
  const project = await client.get(KEY_PROJECTS, { name: PROJECT }).catch((error: unknown) => {
    // Whatever is not there: the project, or the CRD of its kind.
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  });
  const { managedFields = [] } = (project?.metadata ?? {}) as { managedFields?: readonly { manager?: string }[] };
  if (project !== undefined && !managedFields.some(({ manager }) => manager === FIELD_MANAGER)) {
    throw new Error(`The cluster has a KeyProject "${PROJECT}" that is not from a demo; name another cluster`);
  }
}

/** Applies the example and resolves with the key once it is Ready. */
export async function applyQuickstart(access: ClusterAccess, signal: AbortSignal): Promise<ApiKey> {
  await applyFiles(access.connection, FOLDER);
  return await until(
    async () => {
      const key = await access.client.get(API_KEYS, KEY, { signal });
      return isReady(key) ? key : undefined;
    },
    { what: `ApiKey ${KEY.namespace}/${KEY.name} is Ready`, signal },
  );
}

/** A Ready that speaks about the present spec. */
export function isReady({ metadata, status }: (ApiKey | CryptoKey) & KubeObject): boolean {
  const ready = conditionOf(status, 'Ready');
  return ready?.status === 'True' && ready.observedGeneration === metadata.generation;
}

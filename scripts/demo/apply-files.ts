import type { ApiConnection } from '../../test/support/cluster/api-request.ts';
import { applyManifests, type Manifest } from '../../test/support/harness/apply-manifests.ts';

/** In which `kubectl apply` keeps what it applied last. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * Applies YAML files so that `kubectl apply` of the same files, changed or not, goes on from there: it warns of objects
 * that lack its annotation.
 *
 * @param path Of a file or folder, relative to the root of the repository.
 */
export async function applyFiles(connection: ApiConnection, path: string): Promise<void> {
  await applyManifests(connection, path, { change: withLastApplied });
}

function withLastApplied(manifest: Manifest): Manifest {
  const { metadata } = manifest;
  const annotations = { ...metadata.annotations, [LAST_APPLIED]: `${JSON.stringify(manifest)}\n` };
  return { ...manifest, metadata: { ...metadata, annotations } };
}

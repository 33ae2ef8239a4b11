import { join } from 'node:path';
import type { ApiConnection } from '../cluster/api-request.ts';
import { applyManifests, applyObject } from '../harness/apply-manifests.ts';
import { applyOpenCrd } from '../harness/open-crd.ts';

export const FLUX_NAMESPACE = 'flux-system';

const SOURCE_GROUP = 'source.toolkit.fluxcd.io';
/** What kustomize-controller watches. */
const SOURCES = {
  GitRepository: 'gitrepositories',
  OCIRepository: 'ocirepositories',
  Bucket: 'buckets',
  ExternalArtifact: 'externalartifacts',
};

/**
 * The kinds of Flux. Its source-controller is in no Go module, so sources take any content, and whoever publishes one
 * writes its status.
 */
export async function applyFluxObjects(admin: ApiConnection, crds: string): Promise<void> {
  await applyManifests(admin, join(crds, 'kustomize.toolkit.fluxcd.io_kustomizations.yaml'));
  for (const [kind, plural] of Object.entries(SOURCES)) {
    await applyOpenCrd(admin, { group: SOURCE_GROUP, kind, plural });
  }
  await applyObject(admin, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: FLUX_NAMESPACE } });
}

import { PROOF_ANNOTATION } from '../../api/labels.ts';
import { isConflict, isNotFound } from '../../kube/errors/api-error.ts';
import { withoutManagedFields } from '../../kube/objects/managed-fields.ts';
import { objectKey, type Secret } from '../../kube/objects/objects.ts';
import { SECRETS } from '../../kube/objects/resource.ts';
import type { KeyPorts } from '../shared/ports.ts';

/**
 * Puts another proof on a Secret and changes nothing else. A Secret that changed meanwhile is left alone: its change
 * brings another look.
 *
 * @param live As read just now; the write is bound to it.
 */
export async function writeProof(
  { placeClient, caches }: Pick<KeyPorts, 'placeClient' | 'caches'>,
  live: Secret,
  proof: string,
  signal: AbortSignal,
): Promise<void> {
  const metadata = withoutManagedFields(live.metadata);
  const annotations = { ...metadata.annotations, [PROOF_ANNOTATION]: proof };
  const secret: Secret = { ...live, metadata: { ...metadata, annotations } };
  try {
    await caches.secrets.trackWrite(objectKey(live), metadata.resourceVersion, () =>
      placeClient.update(SECRETS, secret, { signal }),
    );
  } catch (error) {
    if (!isConflict(error) && !isNotFound(error)) throw error;
  }
}

import { ACCEPT_ROLLBACK_ANNOTATION, FINALIZER } from '../../api/labels.ts';
import type { ApiKey } from '../../api/generated/api-key.ts';
import { keptMetadata } from './kept-metadata.ts';

const KEPT = { annotations: [ACCEPT_ROLLBACK_ANNOTATION], finalizers: [FINALIZER] } as const;

/**
 * What the cache keeps of an ApiKey: spec and status, which the schema bounds, and of the metadata what is decided
 * on. Whoever may create keys in any namespace could fill the memory of every replica with the rest.
 */
export function cacheApiKey(key: ApiKey): ApiKey {
  return { ...key, metadata: keptMetadata(key.metadata, KEPT) };
}

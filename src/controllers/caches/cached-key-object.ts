import { ACCEPT_ROLLBACK_ANNOTATION, FINALIZER, ROTATE_ANNOTATION } from '../../api/labels.ts';
import type { KeyObject } from '../../api/key-object.ts';
import { keptMetadata } from './kept-metadata.ts';

const KEPT = { annotations: [ACCEPT_ROLLBACK_ANNOTATION, ROTATE_ANNOTATION], finalizers: [FINALIZER] } as const;

/**
 * What the cache keeps of a key object: spec and status, which the schema bounds, and of the metadata what is decided
 * on. Whoever may create keys in any namespace could fill the memory of every replica with the rest.
 */
export function cacheKeyObject(key: KeyObject): KeyObject {
  return { ...key, metadata: keptMetadata(key.metadata, KEPT) };
}

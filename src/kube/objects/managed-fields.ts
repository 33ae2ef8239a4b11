import type { ObjectMeta } from './objects.ts';

/**
 * Metadata without managedFields, which are up to half of an object and which no decision needs. The server keeps them
 * when a write leaves them out.
 */
export function withoutManagedFields(metadata: ObjectMeta & { readonly managedFields?: unknown }): ObjectMeta {
  const { managedFields: _kept, ...rest } = metadata;
  return rest;
}

import type { ApiKeyStatus } from '../../api/generated/api-key.ts';
import { Reason } from '../../api/conditions.ts';
import type { WantedSecret } from '../planning/wanted-secret.ts';
import type { ApiKeyFacts } from './facts.ts';

/**
 * Does writing this Secret put back what somebody changed or deleted? Drift is what needs a write where status
 * already called this very version delivered, for the spec as it is.
 */
export function isRepair({ object }: Pick<ApiKeyFacts, 'object'>, wanted: WantedSecret): boolean {
  // An edit of the key changes what is wanted, which is no drift.
  if (object?.status?.observedGeneration !== object?.metadata.generation) return false;
  const row = object?.status?.environments
    ?.find(({ name }) => name === wanted.environment)
    ?.namespaces?.find(({ name }) => name === wanted.place.namespace);
  return row?.success === true && row.version === wanted.version;
}

/** Namespaces that `after` refuses because of a Secret that is not the key's, and `before` did not. */
export function newConflicts(before: ApiKeyStatus | undefined, after: ApiKeyStatus): number {
  const known = new Set(conflicts(before));
  return conflicts(after).filter((row) => !known.has(row)).length;
}

function conflicts(status: ApiKeyStatus | undefined): readonly string[] {
  return (status?.environments ?? []).flatMap(({ name, namespaces = [] }) =>
    namespaces.filter(({ reason }) => reason === Reason.SecretConflict).map((row) => `${name}/${row.name}`),
  );
}

import { ApiError, ConnectionError, isForbidden, isNamespaceTerminating } from '../../kube/errors/api-error.ts';
import type { Observation } from '../planning/secret-view.ts';

/**
 * What a refused write to a namespace tells of it. Anything that is no answer of the API server (a lost lease,
 * a stop, a fault of ours) is thrown on.
 */
export function unreachable(error: unknown): Observation {
  if (isNamespaceTerminating(error)) return { kind: 'NamespaceTerminating' };
  if (isForbidden(error) || isRefusedByPolicy(error)) {
    // The quota plugin answers 403 too and tells itself apart by its text only; the text is never shown.
    const isQuota = error instanceof ApiError && error.isQuotaExceeded;
    return { kind: 'Unreachable', cause: isQuota ? 'QuotaExceeded' : 'Forbidden' };
  }
  if (error instanceof ApiError || error instanceof ConnectionError)
    return { kind: 'Unreachable', cause: 'DeliveryFailed' };
  throw error;
}

/** The Secrets we send are valid, so what calls one invalid or bad is an admission policy or webhook of the namespace. */
function isRefusedByPolicy(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 400 || error.status === 422);
}

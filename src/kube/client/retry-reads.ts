import { ApiError, ConnectionError, type ConnectionFault } from '../errors/api-error.ts';
import { type Attempt, retryAttempts, type RetryBudget } from './retry-attempts.ts';

/** Faults that the next attempt would meet again. */
const lastingFaults: ReadonlySet<ConnectionFault> = new Set(['malformed', 'too-large', 'closed']);
const passingStatuses: ReadonlySet<number> = new Set([500, 502, 503, 504]);

/** Repeats a call after faults that pass. For reads only: what became of a failed write is unknown. */
export function retryReads<T>(attempt: Attempt<T>, budget: RetryBudget): Attempt<T> {
  return retryAttempts(attempt, mayPass, budget);
}

function mayPass(error: unknown): boolean {
  if (error instanceof ConnectionError) return !lastingFaults.has(error.code);
  return error instanceof ApiError && passingStatuses.has(error.status);
}

import { ApiError } from '../errors/api-error.ts';
import { type Attempt, retryAttempts, type RetryBudget } from './retry-attempts.ts';

/**
 * Repeats a call, of any verb, that the server turned away before it did any work: 429, and 503 with Retry-After.
 * Other answers with Retry-After, such as 504, may come after a write took effect, and are left alone.
 */
export function retryRefused<T>(attempt: Attempt<T>, budget: RetryBudget): Attempt<T> {
  return retryAttempts(attempt, wasTurnedAway, budget);
}

function wasTurnedAway(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  return error.status === 429 || (error.status === 503 && error.retryAfterMs !== undefined);
}

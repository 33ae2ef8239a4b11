import { ApiError, isGone } from '../errors/api-error.ts';
import { InitialEventsUnsupportedError } from './initial-state.ts';
import { OlderStateError } from './server-state.ts';
import { WatchStalledError } from './watch-stream.ts';

/**
 * How a reflector goes on after a failure, always after a backoff:
 * - resume: watch on from the last resourceVersion; nothing was missed that the server will not send again
 * - relist: the server cannot go on from there
 */
export type Continuation = 'resume' | 'relist';

/**
 * Decides how to go on. Whatever is no answer of the server (refused, reset, truncated, malformed, silent) is a
 * cut. Of the answers, 429 and 5xx are about load, 401 and 403 about rights: none says that the version is bad.
 */
export function continuationAfter(error: unknown): Continuation {
  if (tellsOfOlderState(error)) return 'relist';
  if (!(error instanceof ApiError)) return 'resume';
  const { status } = error;
  if (isGone(error)) return 'relist';
  return status >= 500 || [401, 403, 429].includes(status) ? 'resume' : 'relist';
}

/** Whether a failed watch for the initial state says that the server cannot stream it. */
export function refusesInitialEvents(error: unknown): boolean {
  if (error instanceof InitialEventsUnsupportedError || error instanceof WatchStalledError) return true;
  return error instanceof ApiError && [400, 404, 405, 422].includes(error.status);
}

/** What was seen is from a future that the server does not know: its storage was restored from a backup. */
export function tellsOfOlderState(error: unknown): boolean {
  if (error instanceof OlderStateError) return true;
  return error instanceof ApiError && error.causes.some((cause) => cause.reason === 'ResourceVersionTooLarge');
}

/** Says that a job has been taken up: the thread has loaded, and nothing else goes on in it. */
export const STARTED = 'Started';

/** Asks a thread without a job to end itself. */
export const END = 'End';

/** What a thread answers to a job; no result for a failure, because an error's text may quote a key. */
export type ThreadReply<Result> = typeof STARTED | { readonly result: Result | undefined };

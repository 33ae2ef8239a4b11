/**
 * Why a job was not done:
 *
 * - Failed: the thread could not do it. Asking again is safe.
 * - WorkerLost: the worker ended before it answered. Asking again is safe; another worker will do it.
 * - TookTooLong: the worker was ended because the job took longer than it may; it would do so again.
 * - Closed: the pool takes no more jobs.
 */
export type JobErrorCode = 'Failed' | 'WorkerLost' | 'TookTooLong' | 'Closed';

const messages: { readonly [C in JobErrorCode]: string } = {
  Failed: 'Cannot do a job in a thread: it failed there',
  WorkerLost: 'Cannot do a job in a thread: the thread ended',
  TookTooLong: 'Cannot do a job in a thread: it took longer than it may',
  Closed: 'Cannot do a job in a thread: no more are taken',
};

/** Carries a code and a fixed text, never a cause: what a thread died of may quote what it worked on. */
export class JobError extends Error {
  override readonly name = 'JobError';
  readonly code: JobErrorCode;

  constructor(code: JobErrorCode) {
    super(messages[code]);
    this.code = code;
  }
}

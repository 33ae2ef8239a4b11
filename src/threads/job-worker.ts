/** Does one job at a time, away from the event loop. */
export interface JobWorker<Job, Result> {
  /** True for good once the worker can take no more jobs. */
  readonly isLost: boolean;

  /**
   * Called only while no other job is under way. The caller owns and wipes what it gets; no copy stays behind.
   *
   * @throws {JobError} Failed; WorkerLost or TookTooLong, and then `isLost` is true.
   */
  run(job: Job): Promise<Result>;

  /**
   * Ends the worker; a job under way ends with WorkerLost. Resolves once it has ended: what native code has begun
   * is not interrupted. May be called more than once.
   */
  close(): Promise<void>;
}

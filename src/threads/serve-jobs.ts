import { parentPort } from 'node:worker_threads';
import { END, STARTED, type ThreadReply } from './thread-reply.ts';

/**
 * The other side of `JobThread`: does, in a worker thread, what it is sent, one job after the other.
 *
 * @param run Wipes what is secret in the job.
 * @param secretsOf What is secret in a result. Its bytes are moved, not copied: none stays in this thread. Each has a
 *   buffer of its own.
 */
export function serveJobs<Job, Result>(
  run: (job: Job) => Promise<Result>,
  secretsOf: (result: Result) => readonly Uint8Array[],
): void {
  const reply = (message: ThreadReply<Result>, moved: readonly Uint8Array[] = []): void => {
    parentPort?.postMessage(
      message,
      moved.map(({ buffer }) => buffer as ArrayBuffer),
    );
  };
  const serve = async (job: Job): Promise<void> => {
    reply(STARTED);
    try {
      const result = await run(job);
      reply({ result }, secretsOf(result));
    } catch {
      reply({ result: undefined });
    }
  };
  parentPort?.on('message', (job: Job | typeof END) => {
    if (job === END) parentPort?.close();
    else void serve(job);
  });
}

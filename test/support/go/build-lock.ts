import { mkdir, rm, stat, utimes } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const HEARTBEAT_MS = 2_000;
/** A holder that has not touched its lock for this long is taken for dead. */
const STALE_MS = 20_000;

/**
 * Runs `work` while holding a lock folder that other processes respect too. A holder that was killed
 * is noticed by its missing heartbeat, so no process id is compared: those of another container mean
 * nothing here.
 *
 * @param onWait Called once if somebody else holds the lock.
 */
export async function withBuildLock<T>(
  path: string,
  signal: AbortSignal | undefined,
  onWait: () => void,
  work: () => Promise<T>,
): Promise<T> {
  let told = false;
  while (!(await acquire(path))) {
    if (!told) onWait();
    told = true;
    await sleep(500, undefined, signal === undefined ? {} : { signal });
  }
  const heartbeat = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => {}), HEARTBEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    await rm(path, { recursive: true, force: true });
  }
}

async function acquire(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const touched = await stat(path).catch(() => undefined);
  if (touched !== undefined && Date.now() - touched.mtimeMs > STALE_MS) {
    await rm(path, { recursive: true, force: true });
  }
  return false;
}

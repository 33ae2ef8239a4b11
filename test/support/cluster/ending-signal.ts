const PARENT_POLL_MS = 500;

/** Aborts on the first request to end. Further ones change nothing: the shutdown is bounded by itself. */
export function endingSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => controller.abort());
  if (process.env['npm_lifecycle_event'] !== undefined) abortWithParent(controller);
  return controller.signal;
}

/** npm hands signals on, but one that is killed outright cannot. */
function abortWithParent(controller: AbortController): void {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid !== parent) controller.abort();
  }, PARENT_POLL_MS);
  watch.unref();
}

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}

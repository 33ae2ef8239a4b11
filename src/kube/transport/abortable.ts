/**
 * Settles like `promise`, or rejects with the signal's reason as soon as it aborts. The work behind `promise` goes
 * on unless it heeds the signal itself.
 */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason as Error);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/**
 * Aborts `to` when `signal` does, with its reason, until the function that is returned is called. Unlike
 * AbortSignal.any it then leaves nothing on a signal that outlives many calls.
 */
export function forwardAbort(signal: AbortSignal | undefined, to: AbortController): () => void {
  const onAbort = (): void => to.abort(signal?.reason);
  if (signal?.aborted === true) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });
  return () => signal?.removeEventListener('abort', onAbort);
}

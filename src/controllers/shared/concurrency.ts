/** Secrets of one key that are read or written side by side. */
const LIMIT = 8;

/**
 * Runs `task` for every item, at most 8 at a time, in order of start. Rejects with the first failure, after all that
 * started have settled; the others show again when the caller is tried again.
 */
export async function forEachLimited<T>(items: readonly T[], task: (item: T) => Promise<void>): Promise<void> {
  const remaining = items.values();
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (const item of remaining) {
      try {
        await task(item);
      } catch (error) {
        failures.push(error);
        return;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(LIMIT, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
}

import { readdir, rm, stat, utimes } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** Two branches whose sources or versions differ do not rebuild each other's. */
const KEPT = 2;
/** No run of ours takes this long, so what was not asked for since serves nobody. */
const UNUSED_MS = 86_400_000;
/** A finished binary; its lock and its unfinished neighbour end otherwise. What is built from sources here ends with their hash. */
const BINARY = /^(.+?)(?:-v\d[^-]*)?-(?:linux|darwin|win32)-[a-z\d]+(?:-[0-9a-f]{12})?$/;

/**
 * Marks a cached binary as used now and removes old ones of the same program, some 100 MB each: all but the two used
 * last and those used within a day. Best effort: a folder that cannot be written to is left as it is.
 */
export async function pruneBinaries(cache: string, used: string, now: Date): Promise<void> {
  try {
    await utimes(used, now, now);
    const program = programOf(basename(used));
    const names = (await readdir(cache)).filter((name) => program !== undefined && programOf(name) === program);
    const found = await Promise.all(
      names.map(async (name) => ({ path: join(cache, name), usedMs: (await stat(join(cache, name))).mtimeMs })),
    );
    const old = found
      .toSorted((one, other) => other.usedMs - one.usedMs)
      .slice(KEPT)
      .filter(({ usedMs }) => now.getTime() - usedMs > UNUSED_MS);
    await Promise.all(old.map(({ path }) => rm(path, { force: true })));
  } catch {
    // Another process may be tidying up too, or the cache be read-only: both leave a binary that works.
  }
}

function programOf(name: string): string | undefined {
  return BINARY.exec(name)?.[1];
}

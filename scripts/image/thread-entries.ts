import { dirname, join } from 'node:path';
import type { Plugin } from 'rolldown';

/** How src/ names the module of a worker thread. */
const THREAD_MODULE = /new URL\('([^']+[.]ts)', import[.]meta[.]url\)/g;

/**
 * Makes each module that a worker thread runs an entry of its own, and lets `new URL('…ts', import.meta.url)` name the
 * file it became. Another use of `import.meta` in our code would point into the bundle, so it fails the build.
 *
 * @param sources Absolute path of the folder that holds our own code.
 */
export function threadEntries(sources: string): Plugin {
  return {
    name: 'thread-entries',
    transform(code, id) {
      if (!id.startsWith(`${sources}/`)) return undefined;
      const bundled = code.replaceAll(THREAD_MODULE, (_, file: string) => {
        const entry = join(dirname(id), file);
        const reference = this.emitFile({ type: 'chunk', id: entry, name: entryName(sources, entry) });
        return `new URL(import.meta.ROLLUP_FILE_URL_${reference})`;
      });
      if (/import[.]meta(?![.]ROLLUP_)/.test(bundled)) {
        throw new Error(`Cannot bundle ${id}: it uses import.meta for something else than a thread's module`);
      }
      return bundled === code ? undefined : { code: bundled };
    },
  };
}

/** "minting-thread-main" for src/minting/thread-main.ts: two threads have modules of the same name. */
function entryName(sources: string, path: string): string {
  return path.slice(sources.length + 1, -'.ts'.length).replaceAll('/', '-');
}

import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { threadEntries } from './thread-entries.ts';

/**
 * Bundles `src/main.ts`, what its threads run and every package they use into a folder: `main.mjs` runs on Node alone.
 * What is loaded lazily stays in files of its own. The same sources give the same bytes. Not minified: the stack
 * frames that the operator logs stay readable.
 *
 * @param root Absolute path of the repository, with its dependencies installed.
 * @param folder Emptied first.
 * @returns absolute paths of the modules whose code went in, ours and the packages'.
 */
export async function bundle(root: string, folder: string): Promise<readonly string[]> {
  await using build = await rolldown({
    cwd: root,
    input: { main: join(root, 'src/main.ts') },
    platform: 'node',
    // debug asks for it if it is there, which it is where packages for development are installed too.
    external: ['supports-color'],
    // The sources say all that is needed, and the build stage has no such file.
    tsconfig: false,
    // The comments it writes name paths of this machine.
    experimental: { attachDebugInfo: 'none' },
    plugins: [threadEntries(join(root, 'src'))],
    onLog(level, { message }) {
      if (level === 'warn') throw new Error(`Cannot bundle: ${message}`);
    },
  });
  const { output } = await build.write({
    dir: folder,
    format: 'es',
    cleanDir: true,
    entryFileNames: '[name].mjs',
    chunkFileNames: 'chunks/[name]-[hash].mjs',
    comments: { legal: true, annotation: false, jsdoc: false },
  });
  return output
    .flatMap((file) => (file.type === 'chunk' ? Object.entries(file.modules) : []))
    .filter(([id, { renderedLength }]) => renderedLength > 0 && id.startsWith('/'))
    .map(([id]) => id)
    .toSorted();
}

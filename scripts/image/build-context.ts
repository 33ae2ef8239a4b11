import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from './run-command.ts';

const BUNDLER = ['node_modules/rolldown', 'node_modules/@rolldown'];
/** Most of what packages bring, and never bundled. */
const UNREAD = ['*.d.ts', '*.d.mts', '*.d.cts', '*.map'];
/** A package inside of another one comes with it. */
const OUTER = /^node_modules\/(@[^/]+\/)?[^/]+$/;

interface Lock {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean }>>;
}

/**
 * Writes a build context that needs no registry, as a tar file: the sources, and of the installed packages those that
 * are bundled and the bundler. Which sources, .dockerignore says: it lists what is not ignored.
 */
export async function writeBuildContext(root: string, file: string): Promise<void> {
  const ignored = await readFile(join(root, '.dockerignore'), 'utf8');
  const sources = ignored
    .split('\n')
    .filter((line) => line.startsWith('!'))
    .map((line) => line.slice(1));
  const { packages } = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as Lock;
  const shipped = Object.entries(packages).filter(([path, { dev = false }]) => !dev && OUTER.test(path));
  const excluded = UNREAD.map((pattern) => `--exclude=${pattern}`);
  const paths = ['Dockerfile', ...sources, ...BUNDLER, ...shipped.map(([path]) => path)];
  await runCommand('tar', ['-c', '-f', file, ...excluded, ...paths], root);
}

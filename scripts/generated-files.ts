import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** A file a generator makes. `path` is relative to the repository and decides how the text is formatted. */
export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

/**
 * Writes the files, or with `--check` among `args` compares them with what is there and writes nothing.
 *
 * @param command What a reader runs to bring the files up to date.
 * @returns The exit code: 1 when a file differs or is missing under `--check`, else 0.
 */
export async function writeOrCheck(
  files: readonly GeneratedFile[],
  args: readonly string[],
  command: string,
): Promise<number> {
  const formatted = await Promise.all(files.map(formatFile));
  if (!args.includes('--check')) {
    await Promise.all(formatted.map(writeGenerated));
    return 0;
  }
  const current = await Promise.all(formatted.map(({ path }) => readFile(join(ROOT, path), 'utf8').catch(() => '')));
  const stale = formatted.filter(({ text }, i) => text !== current[i]).map(({ path }) => path);
  if (stale.length === 0) return 0;
  console.error(`Out of date with what they are generated from: ${stale.join(', ')}\nRun: ${command}`);
  return 1;
}

async function formatFile({ path, text }: GeneratedFile): Promise<GeneratedFile> {
  const filepath = join(ROOT, path);
  return { path, text: await format(text, { ...(await resolveConfig(filepath)), filepath }) };
}

async function writeGenerated({ path, text }: GeneratedFile): Promise<void> {
  const file = join(ROOT, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

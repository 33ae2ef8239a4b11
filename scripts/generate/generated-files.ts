import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, getFileInfo, resolveConfig } from 'prettier';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const IGNORED = join(ROOT, '.prettierignore');

/**
 * A file a generator makes. `path` is relative to the repository and decides how the text is formatted; what
 * .prettierignore names is written as it is.
 */
export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

export async function writeFiles(files: readonly GeneratedFile[]): Promise<void> {
  const formatted = await Promise.all(files.map(formatFile));
  await Promise.all(formatted.map(writeGenerated));
}

/** The paths of those that differ from what is there, or that are missing. */
export async function staleFiles(files: readonly GeneratedFile[]): Promise<readonly string[]> {
  const formatted = await Promise.all(files.map(formatFile));
  const current = await Promise.all(formatted.map(({ path }) => readFile(join(ROOT, path), 'utf8').catch(() => '')));
  return formatted.filter(({ text }, i) => text !== current[i]).map(({ path }) => path);
}

async function formatFile({ path, text }: GeneratedFile): Promise<GeneratedFile> {
  const filepath = join(ROOT, path);
  const { ignored } = await getFileInfo(filepath, { ignorePath: IGNORED });
  if (ignored) return { path, text };
  return { path, text: await format(text, { ...(await resolveConfig(filepath)), filepath }) };
}

async function writeGenerated({ path, text }: GeneratedFile): Promise<void> {
  const file = join(ROOT, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const PACKAGE = join(import.meta.dirname, '../package.json');

/** What `npm start` gives to Node before the program: the limits of V8's heap. */
export async function nodeFlags(): Promise<readonly string[]> {
  const { scripts } = JSON.parse(await readFile(PACKAGE, 'utf8')) as { scripts: { start: string } };
  const [, , ...words] = scripts.start.split(' ');
  return words.slice(
    0,
    words.findIndex((word) => !word.startsWith('--')),
  );
}

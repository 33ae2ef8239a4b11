import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

const SOURCE = /(^go\.(mod|sum)|\.go)$/;

/** Of all that decides what Go builds in the folder of a module: go.mod, go.sum and its Go files. 12 hexadecimal digits. */
export async function moduleHash(folder: string): Promise<string> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => SOURCE.test(name)).toSorted();
  const hash = createHash('sha256');
  for (const name of names) hash.update(`${name}\0${await readFile(join(folder, name), 'utf8')}\0`);
  return hash.digest('hex').slice(0, 12);
}

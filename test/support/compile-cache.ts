import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '../..');

/** For NODE_COMPILE_CACHE: where `npm start` keeps compiled code, so that a process need not compile everything anew. */
export const COMPILE_CACHE: string = join(ROOT, 'node_modules/.cache/keywright');

/** Compiles the program once: a process that is killed, as tests do to operators, keeps nothing. */
export async function fillCompileCache(): Promise<void> {
  const env = { PATH: process.env['PATH'], NODE_COMPILE_CACHE: COMPILE_CACHE };
  await promisify(execFile)(process.execPath, [join(ROOT, 'src/main.ts'), '--version'], { env });
}

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bundle } from '../../../../scripts/image/bundle.ts';

let folder: string;
let root: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keywright-bundle-'));
  root = join(folder, 'here');
});
afterEach(async () => await rm(folder, { recursive: true }));

async function sources(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(root, 'src', path, '..'), { recursive: true });
    await writeFile(join(root, 'src', path), text);
  }
}

const STARTER = `import { Worker } from 'node:worker_threads';
export const start = (): Worker => new Worker(new URL('thread-main.ts', import.meta.url));`;
const thread = (says: string): string => `import { parentPort } from 'node:worker_threads';
const said: string = '${says}';
parentPort?.postMessage(said);`;

test('bundle finds the modules of two threads that have one name', async () => {
  await sources({
    'main.ts': `import { start as minting } from './minting/starter.ts';
      import { start as judging } from './judging/starter.ts';
      for (const start of [minting, judging]) start().on('message', (said: string) => console.log(said));`,
    'minting/starter.ts': STARTER,
    'minting/thread-main.ts': thread('minted'),
    'judging/starter.ts': STARTER,
    'judging/thread-main.ts': thread('judged'),
  });
  await bundle(root, join(root, 'out'));
  await rm(join(root, 'src'), { recursive: true });
  const { stdout } = await promisify(execFile)(process.execPath, [join(root, 'out/main.mjs')]);
  expect(stdout.trim().split('\n').toSorted()).toEqual(['judged', 'minted']);
});

test('bundle refuses a module that would read a file beside it', async () => {
  await sources({ 'main.ts': `console.log(import.meta.dirname);` });
  await expect(bundle(root, join(root, 'out'))).rejects.toThrow('it uses import.meta for something else');
});

test('bundle gives the same bytes wherever the sources are', async () => {
  const program = {
    'main.ts': `const { said } = await import('./said.ts');\nconsole.log(said);`,
    'said.ts': `export const said = 'hello';`,
  };
  await sources(program);
  await bundle(root, join(root, 'out'));
  const first = await readFile(join(root, 'out/main.mjs'), 'utf8');
  root = join(folder, 'elsewhere');
  await sources(program);
  await bundle(root, join(root, 'out'));
  expect(await readFile(join(root, 'out/main.mjs'), 'utf8')).toBe(first);
});

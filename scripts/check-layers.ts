/** Checks the layer rules of .dependency-cruiser.mjs, and that no source file escaped them. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { layerViolations } from './layer-violations.ts';

const FOLDERS = ['src', 'test', 'scripts'];
const FIXTURES = 'test/fixtures/';

const { modules, violations } = await layerViolations('.', FOLDERS);
const seen = new Set(modules);
const sources = await sourcesIn(FOLDERS);
const unseen = sources.filter((source) => !seen.has(source));

for (const { rule, from, to } of violations) console.error(`${rule}: ${from} imports ${to}`);
for (const source of unseen) console.error(`not read: ${source}`);
if (violations.length + unseen.length > 0) {
  console.error('The reason for each rule stands beside it in .dependency-cruiser.mjs.');
  process.exitCode = 1;
} else {
  console.log(`${sources.length} files keep to the layer rules.`);
}

async function sourcesIn(folders: readonly string[]): Promise<readonly string[]> {
  const lists = await Promise.all(folders.map((folder) => readdir(folder, { recursive: true, withFileTypes: true })));
  const paths = lists.flat().map(({ parentPath, name }) => join(parentPath, name));
  return paths.filter((path) => path.endsWith('.ts') && !path.startsWith(FIXTURES));
}

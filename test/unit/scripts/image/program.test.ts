/** What the build stage writes beside the bundle, judged by CycloneDX's own validator. */
import { Version } from '@cyclonedx/cyclonedx-library/Spec';
import { JsonStrictValidator } from '@cyclonedx/cyclonedx-library/Validation';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../../../..');
const SECONDS = 1_795_435_200;

interface Sbom {
  readonly metadata: { readonly timestamp: string };
  readonly components: readonly { readonly name: string; readonly version: string; readonly licenses?: unknown }[];
}

let folder: string;
beforeAll(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'keywright-program-')), 'keywright');
  const env = { ...process.env, SOURCE_DATE_EPOCH: String(SECONDS) };
  await promisify(execFile)(process.execPath, [join(ROOT, 'scripts/image/program.ts'), folder], { env });
}, 60_000);
afterAll(async () => await rm(join(folder, '..'), { recursive: true }));

const read = async (name: string): Promise<string> => await readFile(join(folder, name), 'utf8');

test('the bundle runs without the sources and the installed packages', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'main.mjs'), 'seal', '--help'], {
    cwd: '/',
  });
  expect(stdout).toContain('keywright seal');
});

test('the bill of materials is valid CycloneDX', async () => {
  expect(await new JsonStrictValidator(Version.v1dot6).validate(await read('sbom.cdx.json'))).toBeNull();
});

test('the bill of materials names every package that is bundled, with its licence, and no other', async () => {
  const { components, metadata } = JSON.parse(await read('sbom.cdx.json')) as Sbom;
  const names = components.map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining(['undici', 'openpgp', 'ajv', 'pino', '@noble/curves', '@kubernetes/client-node']),
  );
  expect(names).not.toEqual(expect.arrayContaining([expect.stringMatching(/^(vitest|rolldown|typescript|node)$/)]));
  expect(components.filter(({ licenses }) => licenses === undefined)).toEqual([]);
  expect(metadata.timestamp).toBe(new Date(SECONDS * 1_000).toISOString());
});

test('the licences of every bundled package are listed in their own words', async () => {
  const { components } = JSON.parse(await read('sbom.cdx.json')) as Sbom;
  const list = await read('THIRD-PARTY-LICENSES.txt');
  for (const { name, version } of components) expect(list).toContain(`\n${name} ${version}\nLicense: `);
  expect(list).toContain('GNU LESSER GENERAL PUBLIC LICENSE');
});

test('every file bears the time that the build is told', async () => {
  const paths = [folder, ...(await readdir(folder, { recursive: true })).map((name) => join(folder, name))];
  const times = await Promise.all(paths.map(async (path) => (await stat(path)).mtimeMs / 1_000));
  expect(new Set(times)).toEqual(new Set([SECONDS]));
});

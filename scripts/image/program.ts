/**
 * Writes what the image adds to its base: the bundle, its bill of materials and the licences of what is in it.
 * `node scripts/image/program.ts <folder>`, the build stage of the Dockerfile; SOURCE_DATE_EPOCH, in seconds, is the time
 * that files and documents bear.
 */
import { copyFile, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { bundle } from './bundle.ts';
import { bundledPackages, type LockedPackage } from './bundled-packages.ts';
import { licenceList, packageComponent } from './program-parts.ts';
import { sbomOf, type Component } from './sbom.ts';

const ROOT = join(import.meta.dirname, '../..');
const LICENCE_FILE = /^(licen[cs]e|copying|notice)([.-].*)?$/i;

interface Lock {
  readonly version: string;
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

const [target] = process.argv.slice(2);
if (target === undefined) throw new RangeError('Cannot write the program: expected <folder>');
await writeProgram(resolve(target), new Date(Number(process.env['SOURCE_DATE_EPOCH'] ?? 0) * 1_000));

async function writeProgram(folder: string, time: Date): Promise<void> {
  const lock = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8')) as Lock;
  const packages = bundledPackages(await bundle(ROOT, folder), lock.packages);
  const texts = await Promise.all(packages.map(({ path }) => licenceTexts(join(ROOT, path))));
  const list = licenceList(packages.map((each, i) => ({ ...each, texts: texts[i] ?? [] })));
  await writeFile(join(folder, 'sbom.cdx.json'), sbomOf(keywright(lock), packages.map(packageComponent), time));
  await writeFile(join(folder, 'THIRD-PARTY-LICENSES.txt'), list);
  await copyFile(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'));
  await dateAll(folder, time);
}

function keywright({ version }: Lock): Component {
  const licenses = [{ expression: 'Apache-2.0' }] as const;
  return { type: 'application', name: 'keywright', version, purl: `pkg:generic/keywright@${version}`, licenses };
}

async function licenceTexts(folder: string): Promise<readonly string[]> {
  const names = (await readdir(folder)).filter((name) => LICENCE_FILE.test(name)).toSorted();
  return await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
}

/** Gives everything in a folder, and the folder, one time. */
async function dateAll(folder: string, time: Date): Promise<void> {
  for (const name of await readdir(folder, { recursive: true })) await utimes(join(folder, name), time, time);
  await utimes(folder, time, time);
}

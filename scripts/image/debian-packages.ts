import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from './run-command.ts';
import type { Component } from './sbom.ts';

/** A package and what of it is wanted. */
export interface DebianPackage {
  readonly name: string;
  /** An SPDX expression. */
  readonly licence: string;
  /** Patterns of paths in the package, which begin with "./"; each must match something. */
  readonly files: readonly string[];
}

/**
 * Unpacks parts of the newest release of packages, which apt verifies, into a folder, and leaves for each the record
 * that scanners of images without dpkg look for.
 *
 * @returns what they are, in the order given.
 * @throws {Error} where there is no apt-get or dpkg, or no mirror answers.
 */
export async function unpackPackages(
  packages: readonly DebianPackage[],
  folder: string,
): Promise<readonly Component[]> {
  const downloads = await mkdtemp(join(tmpdir(), 'keywright-debs-'));
  try {
    const names = packages.map(({ name }) => name);
    await download(names, downloads);
    const archives = await readdir(downloads);
    const components: Component[] = [];
    for (const each of packages) {
      const archive = archives.find((file) => file.startsWith(`${each.name}_`)) ?? `${each.name}.deb`;
      components.push(await unpack(join(downloads, archive), each, folder));
    }
    return components;
  } finally {
    await rm(downloads, { recursive: true, force: true });
  }
}

async function download(names: readonly string[], folder: string): Promise<void> {
  // The user that apt would become may not write here.
  const command = ['-o', 'APT::Sandbox::User=root', 'download', ...names];
  await runCommand('apt-get', command, folder).catch(async () => {
    // It has no list of packages, or an old one: mirrors keep the newest release only.
    await runCommand('apt-get', ['update']);
    await runCommand('apt-get', command, folder);
  });
}

async function unpack(archive: string, { licence, files }: DebianPackage, folder: string): Promise<Component> {
  const contents = `${archive}.tar`;
  await runCommand('sh', ['-euc', 'dpkg-deb --fsys-tarfile "$1" >"$2"', 'unpack', archive, contents]);
  await runCommand('tar', ['-x', '-f', contents, '-C', folder, '--wildcards', ...files]);
  const record = await runCommand('dpkg-deb', ['-f', archive]);
  const field = (title: string): string => new RegExp(`^${title}: (.*)$`, 'm').exec(record)?.[1] ?? '';
  const [name, version, arch] = [field('Package'), field('Version'), field('Architecture')];
  await mkdir(join(folder, 'var/lib/dpkg/status.d'), { recursive: true });
  await writeFile(join(folder, 'var/lib/dpkg/status.d', name), record);
  const purl = `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${arch}`;
  return { type: 'library', name, version, purl, licenses: [{ expression: licence }] };
}

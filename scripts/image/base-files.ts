import { chmod, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { unpackPackages, type DebianPackage } from './debian-packages.ts';
import { sbomOf, type Component } from './sbom.ts';

const OF_GCC = 'GPL-3.0-or-later WITH GCC-exception-3.1';
/** What Node links to, the licences of that, and which Debian it is. */
const PACKAGES: readonly DebianPackage[] = [
  {
    name: 'base-files',
    licence: 'GPL-2.0-or-later',
    files: ['./etc/os-release', './usr/lib/os-release', './usr/share/common-licenses'],
  },
  { name: 'gcc-12-base', licence: OF_GCC, files: ['./usr/share/doc/gcc-12-base/copyright'] },
  // Without its conversion tables.
  { name: 'libc6', licence: 'LGPL-2.1-or-later', files: ['./lib*', './usr/share/doc/libc6/copyright'] },
  { name: 'libgcc-s1', licence: OF_GCC, files: ['./lib*', './usr/share/doc/libgcc-s1'] },
  // Without its helpers of debuggers.
  { name: 'libstdc++6', licence: OF_GCC, files: ['./usr/lib', './usr/share/doc/libstdc++6'] },
];

/** The user that the chart and Pod Security expect, and how names are looked up. */
const TEXTS: Readonly<Record<string, string>> = {
  'etc/passwd': 'root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/nonexistent:/sbin/nologin\n',
  'etc/group': 'root:x:0:\nnonroot:x:65532:\n',
  'etc/nsswitch.conf': 'hosts: files dns\n',
};

/**
 * Fills an empty folder with the file system of the base image: Node, the libraries it links to, and what scanners read
 * to tell which releases these are. No certificates: Node brings those of Mozilla.
 *
 * @param root Of the repository; its Node is the one that the lock file pins.
 * @param time Stands in the bill of materials.
 */
export async function fillBase(root: string, folder: string, time: Date): Promise<void> {
  const libraries = await unpackPackages(PACKAGES, folder);
  const node = join(root, 'node_modules/node');
  const { version } = JSON.parse(await readFile(join(node, 'package.json'), 'utf8')) as { version: string };
  const licence = join(node, `node_modules/node-${process.platform}-${process.arch}/LICENSE`);
  await place(join(node, 'bin/node'), join(folder, 'nodejs/bin/node'), 0o755);
  await place(licence, join(folder, 'nodejs/LICENSE'), 0o644);
  for (const [path, text] of Object.entries(TEXTS)) await write(join(folder, path), text);
  await write(join(folder, 'usr/share/sbom/base.cdx.json'), baseSbom([nodeComponent(version), ...libraries], time));
  await mkdir(join(folder, 'tmp'));
  await chmod(join(folder, 'tmp'), 0o1777);
}

function nodeComponent(version: string): Component {
  return {
    type: 'platform',
    name: 'node',
    version,
    purl: `pkg:generic/node@${version}`,
    cpe: `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:*:*:*:*`,
    licenses: [{ expression: 'MIT' }],
  };
}

function baseSbom([node, ...libraries]: readonly [Component, ...Component[]], time: Date): string {
  const purl = `pkg:oci/keywright-base`;
  return sbomOf({ type: 'platform', name: 'keywright-base', version: node.version, purl }, [node, ...libraries], time);
}

async function place(source: string, path: string, mode: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await copyFile(source, path);
  await chmod(path, mode);
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

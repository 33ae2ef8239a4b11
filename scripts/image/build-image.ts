import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fillBase } from './base-files.ts';
import { writeBuildContext } from './build-context.ts';
import type { Docker } from './docker.ts';
import { runCommand } from './run-command.ts';

const BASE = 'keywright-base:local';
/** Of the base, so that images of several releases share it. */
const NO_TIME = new Date(0);

export interface ImageOptions {
  readonly docker: Docker;
  /** Of the repository, with its dependencies installed. */
  readonly root: string;
  /** Name and tag. */
  readonly reference: string;
  /** What files of ours and their bill of materials bear: whole seconds. The same sources and time give the same layers. */
  readonly time: Date;
}

/** Makes the base image from Debian packages and the npm package "node", and the operator's image on it. */
export async function buildImage({ docker, root, reference, time }: ImageOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'keywright-image-'));
  // Modes are part of a layer, and somebody else is to read the files.
  const umask = process.umask(0o022);
  try {
    await importBase(docker, root, folder);
    const context = join(folder, 'context.tar');
    await writeBuildContext(root, context);
    const values = { BUILDER: BASE, BASE, SOURCE_DATE_EPOCH: String(time.getTime() / 1_000) };
    const given = Object.entries(values).map(([name, value]) => `--build-arg=${name}=${value}`);
    await docker(['build', '--network=none', '--no-cache', '--force-rm', ...given, `--tag=${reference}`, '-'], context);
  } finally {
    process.umask(umask);
    await rm(folder, { recursive: true, force: true });
  }
}

async function importBase(docker: Docker, root: string, folder: string): Promise<void> {
  const [files, archive] = [join(folder, 'base'), join(folder, 'base.tar')];
  await mkdir(files, { mode: 0o755 });
  await fillBase(root, files, NO_TIME);
  const alike = ['--sort=name', `--mtime=@${NO_TIME.getTime()}`, '--owner=0', '--group=0', '--numeric-owner'];
  await runCommand('tar', ['-c', '-f', archive, '-C', files, '--format=ustar', ...alike, '.']);
  await docker(['import', '--change=ENV PATH=/nodejs/bin', '--change=USER 65532:65532', archive, BASE]);
}

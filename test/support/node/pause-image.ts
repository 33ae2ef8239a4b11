import { createHash } from 'node:crypto';
import { chmod, copyFile, mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTool } from '../outside-tool.ts';

/** What containerd.toml calls it. */
const PAUSE_IMAGE = 'localhost/pause:1';

/** Writes an image of one program, in the form that `docker save` has. */
export async function writePauseImage(program: string, archive: string): Promise<void> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'keywright-pause-'));
  const pack = async (file: string, members: readonly string[]): Promise<void> =>
    void (await runTool('tar', ['-c', '-f', file, '-C', folder.path, '--owner=0', '--group=0', ...members]));
  await copyFile(program, join(folder.path, 'pause'));
  await chmod(join(folder.path, 'pause'), 0o755);
  const layer = join(folder.path, 'layer.tar');
  await pack(layer, ['pause']);
  const diffId = `sha256:${createHash('sha256')
    .update(await readFile(layer))
    .digest('hex')}`;
  const documents = {
    'config.json': {
      architecture: { x64: 'amd64' }[process.arch as string] ?? process.arch,
      os: 'linux',
      config: { Entrypoint: ['/pause'], User: '65535:65535' },
      rootfs: { type: 'layers', diff_ids: [diffId] },
    },
    'manifest.json': [{ Config: 'config.json', RepoTags: [PAUSE_IMAGE], Layers: ['layer.tar'] }],
  };
  for (const [name, content] of Object.entries(documents))
    await writeFile(join(folder.path, name), JSON.stringify(content));
  await pack(archive, ['layer.tar', ...Object.keys(documents)]);
}

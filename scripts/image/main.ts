/**
 * `npm run image`: builds the operator's image where nothing can be pulled, and leaves it in dist/image/ with its bills
 * of materials and the licences of what is in it. Uses the Docker engine of this machine, or starts one.
 */
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { VERSION } from '../../src/version.ts';
import { buildImage } from './build-image.ts';
import type { Docker } from './docker.ts';
import { dockerEngine } from './docker-engine.ts';
import { runCommand } from './run-command.ts';

const ROOT = join(import.meta.dirname, '../..');
const TARGET = join(ROOT, 'dist/image');
const REFERENCE = `keywright:${VERSION}`;
/** In the image, and what each is called beside it. */
const DOCUMENTS = {
  '/keywright/sbom.cdx.json': 'keywright.cdx.json',
  '/usr/share/sbom/base.cdx.json': 'base.cdx.json',
  '/keywright/THIRD-PARTY-LICENSES.txt': 'THIRD-PARTY-LICENSES.txt',
} as const;

const USAGE = `Usage: npm run image

Builds the image ${REFERENCE} where nothing can be pulled, and writes it to dist/image/
with its bills of materials and the licences of what is in it. Uses the Docker engine that
DOCKER_HOST names or that runs on this machine; where there is none, it starts one as root for the
time of the build. Needs apt-get and a mirror of Debian's. More: docs/image.md.

  --help  print this
`;
const EXIT_USAGE = 2;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  try {
    const { values } = parseArgs({ args: [...args], options: { help: { type: 'boolean', short: 'h' } } });
    if (values.help === true) {
      process.stdout.write(USAGE);
      return 0;
    }
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return EXIT_USAGE;
  }
  await writeImage();
  return 0;
}

async function writeImage(): Promise<void> {
  await using engine = await dockerEngine(process.env);
  await buildImage({ docker: engine.docker, root: ROOT, reference: REFERENCE, time: await sourceTime() });
  await mkdir(TARGET, { recursive: true });
  await copyDocuments(engine.docker);
  const archive = join(TARGET, `keywright-${VERSION}.tar`);
  await engine.docker(['save', `--output=${archive}`, REFERENCE]);
  const { size } = await stat(archive);
  console.log(`Built ${REFERENCE}, ${Math.round(size / 1e6)} MB, and wrote it to ${archive}`);
}

/** That of the commit, unless the build is told another. */
async function sourceTime(): Promise<Date> {
  const seconds = process.env['SOURCE_DATE_EPOCH'] ?? (await runCommand('git', ['log', '-1', '--format=%ct'], ROOT));
  return new Date(Number(seconds) * 1_000);
}

async function copyDocuments(docker: Docker): Promise<void> {
  const container = await docker(['create', REFERENCE]);
  try {
    for (const [path, name] of Object.entries(DOCUMENTS)) {
      await docker(['cp', `${container}:${path}`, join(TARGET, name)]);
    }
  } finally {
    await docker(['rm', container]);
  }
}

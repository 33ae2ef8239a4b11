import { join } from 'node:path';
import { buildImage } from '../../scripts/image/build-image.ts';
import { dockerEngine } from '../../scripts/image/docker-engine.ts';

const REFERENCE = 'keywright:e2e';
/** What a node calls it once it is imported. */
export const OPERATOR_IMAGE: string = `docker.io/library/${REFERENCE}`;

/** Builds the operator's image from these sources and writes it as `docker save` does. */
export async function saveOperatorImage(archive: string): Promise<void> {
  await using engine = await dockerEngine(process.env);
  const root = join(import.meta.dirname, '../..');
  await buildImage({ docker: engine.docker, root, reference: REFERENCE, time: new Date(0) });
  try {
    await engine.docker(['save', `--output=${archive}`, REFERENCE]);
  } finally {
    await engine.docker(['image', 'rm', REFERENCE]);
  }
}

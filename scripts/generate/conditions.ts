import { readFile } from 'node:fs/promises';
import type { GeneratedFile } from './generated-files.ts';
import { reasonComments } from './reason-comments.ts';

const ROOT = new URL('../../', import.meta.url);
const PAGE = 'docs/reference/conditions.md';
const HEADING = '\n## Reasons\n';

/**
 * The list of reasons in docs/reference/conditions.md from the comments of src/api/conditions.ts. What stands above the
 * list is written by hand and kept.
 */
export async function conditionsPage(): Promise<readonly GeneratedFile[]> {
  const page = await readFile(new URL(PAGE, ROOT), 'utf8');
  const end = page.indexOf(HEADING);
  if (end < 0) throw new Error(`${PAGE} lacks the heading "## Reasons", below which the list is generated`);

  const source = await readFile(new URL('src/api/conditions.ts', ROOT), 'utf8');
  const entries = Array.from(reasonComments(source), ([reason, comment]) => `### ${reason}\n\n${comment}\n`);
  const text = `${page.slice(0, end)}${HEADING}
<!-- Generated from src/api/conditions.ts by scripts/generate/conditions.ts. Do not edit below: change the comment beside the reason and generate again. -->

${entries.join('\n')}`;
  return [{ path: PAGE, text }];
}

import { readFile } from 'node:fs/promises';
import { isMap, isScalar, parseDocument, type Pair, type YAMLMap } from 'yaml';
import type { GeneratedFile } from './generated-files.ts';

const CHART = 'charts/keywright';
const ROOT = new URL('../../', import.meta.url);
const HEADING = '\n## Values\n';

/**
 * The table of values in charts/keywright/README.md from the comments of values.yaml, as helm-docs does. What stands
 * above the table is written by hand and kept.
 */
export async function chartReadme(): Promise<readonly GeneratedFile[]> {
  const page = await readFile(new URL(`${CHART}/README.md`, ROOT), 'utf8');
  const end = page.indexOf(HEADING);
  if (end < 0) throw new Error(`${CHART}/README.md lacks the heading "## Values", below which the table is generated`);

  const { contents } = parseDocument(await readFile(new URL(`${CHART}/values.yaml`, ROOT), 'utf8'));
  if (!isMap(contents)) throw new Error(`${CHART}/values.yaml is no map`);
  const rows = rowsBelow(contents, '');
  const text = `${page.slice(0, end)}${HEADING}
<!-- Generated from values.yaml by scripts/generate/chart-readme.ts. Do not edit below: change the comment beside the value and generate again. -->

| value | default | meaning |
| --- | --- | --- |
${rows.join('\n')}
`;
  return [{ path: `${CHART}/README.md`, text }];
}

/** A row for each value that has a comment, those below it left to its default. */
function rowsBelow(map: YAMLMap, path: string): readonly string[] {
  return map.items.flatMap((pair) => {
    const { key, value } = pair as Pair<{ readonly value: string }>;
    const name = `${path}${key.value}`;
    // The parser gives a map's first comment to the map.
    const first = map.items[0] === pair ? map.commentBefore : undefined;
    const description = descriptionIn(commentOf(key) ?? first);
    if (description === undefined && isMap(value)) return rowsBelow(value, `${name}.`);
    if (description === undefined) throw new Error(`${CHART}/values.yaml: describe ${name} by a comment "# -- text"`);
    const standard = JSON.stringify(isScalar(value) || value === null ? jsOf(value) : (value as YAMLMap).toJSON());
    return [`| \`${name}\` | \`${standard.replaceAll('|', String.raw`\|`)}\` | ${description} |`];
  });
}

function commentOf(key: unknown): string | undefined {
  return isScalar(key) ? (key.commentBefore ?? undefined) : undefined;
}

function jsOf(value: unknown): unknown {
  return isScalar(value) ? value.value : value;
}

function descriptionIn(comment: string | null | undefined): string | undefined {
  const line = comment?.split('\n').findLast((text) => text.startsWith(' -- '));
  return line?.slice(' -- '.length).replaceAll('|', String.raw`\|`);
}

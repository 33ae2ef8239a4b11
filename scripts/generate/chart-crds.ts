import { readdir, readFile } from 'node:fs/promises';
import type { GeneratedFile } from './generated-files.ts';

const CRDS = new URL('../../crds/', import.meta.url);
/** The metadata of a CRD of ours, to which the chart adds its labels and whether uninstalling leaves it. */
const METADATA = /^metadata:\n {2}name: \S+\n {2}labels:\n(?: {4}\S+: \S+\n)+ {2}annotations:\n((?: {4}\S+: \S+\n)+)/m;
const PART_OF = '    app.kubernetes.io/part-of: keywright\n';

/**
 * The CRDs of the chart from crds/. They are templates because Helm never upgrades what lies in a chart's own folder for
 * CRDs.
 */
export async function chartCrds(): Promise<readonly GeneratedFile[]> {
  const names = (await readdir(CRDS)).filter((name) => name.endsWith('.yaml')).toSorted();
  return Promise.all(names.map(template));
}

async function template(file: string): Promise<GeneratedFile> {
  const crd = await readFile(new URL(file, CRDS), 'utf8');
  const [metadata, annotations] = METADATA.exec(crd) ?? [];
  if (metadata === undefined || annotations === undefined || !metadata.includes(PART_OF)) {
    throw new Error(
      `crds/${file}: give its metadata a name, then labels with app.kubernetes.io/part-of: keywright, then annotations`,
    );
  }
  if (crd.includes('{{')) throw new Error(`crds/${file}: Helm would read "{{" as its own; write it otherwise`);
  const own = metadata.replace(PART_OF, '    {{- include "keywright.labels" . | nindent 4 }}\n');
  const text = `{{- /* Generated from crds/ by scripts/generate/chart-crds.ts. Do not edit: change the CRD and generate again. */ -}}
{{- if .Values.crds.enabled }}
${crd.replace(metadata, `${own}    {{- include "keywright.crdAnnotations" . | nindent 4 }}\n`)}{{- end }}
`;
  return { path: `charts/keywright/templates/crds/${file.replace(/^keywright[.]dev_/, '')}`, text };
}

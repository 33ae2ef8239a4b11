import { readdir, readFile } from 'node:fs/promises';
import type { GeneratedFile } from './generated-files.ts';

const POLICIES = new URL('../../deploy/policies/', import.meta.url);
const METADATA = /^metadata:\n {2}name: (\S+)\n {2}labels:\n {4}app\.kubernetes\.io\/part-of: keywright\n/gm;
const ACTIONS = 'validationActions: [Deny]\n';
/** The one policy that lets the operator through, and how it names it. */
const SECRETS_POLICY = 'managed-secrets.yaml';
const WRITERS = "['system:serviceaccount:keywright-system:keywright']";

/**
 * The admission policies of the chart from deploy/policies/. Each is rendered when its value says so, and knows the
 * release's ServiceAccount; names stay, as a cluster needs one each.
 */
export async function chartPolicies(): Promise<readonly GeneratedFile[]> {
  const names = (await readdir(POLICIES)).toSorted();
  return Promise.all(names.map(async (name) => chartPolicy(name, await readFile(new URL(name, POLICIES), 'utf8'))));
}

/** @throws Error when what differs from release to release is not written as it is looked for. */
export function chartPolicy(file: string, manifests: string): GeneratedFile {
  const fault = (problem: string): Error => new Error(`deploy/policies/${file}: ${problem}`);
  if (manifests.includes('{{')) throw fault('Helm would read "{{" as its own; write it otherwise');
  const bindings = manifests.split(ACTIONS).length - 1;
  if (bindings === 0 || manifests.match(METADATA)?.length !== 2 * bindings) {
    throw fault(
      `give each policy and binding a name, then the one label app.kubernetes.io/part-of, and each binding ${ACTIONS}`,
    );
  }
  if (file === SECRETS_POLICY && !manifests.includes(WRITERS)) throw fault(`name the operator as ${WRITERS}`);
  const name = file.replace('.yaml', '');
  const value = name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  const text = manifests
    .replace(
      METADATA,
      'metadata:\n  {{- include "keywright.metadata" (list . "$1" (dict "namespace" "")) | nindent 2 }}\n',
    )
    .replaceAll(ACTIONS, 'validationActions: {{ .Values.policies.validationActions | toJson }}\n')
    .replace(WRITERS, '{{ include "keywright.secretWriters" . }}');
  return {
    path: `charts/keywright/templates/policies/${file}`,
    text: `{{- /* Generated from deploy/policies/ by scripts/generate/chart-policies.ts. Do not edit: change the policy and generate again. */ -}}
{{- if .Values.policies.${value}.enabled }}
${text}{{- end }}
`,
  };
}

import { readdir, readFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import type { GeneratedFile } from './generated-files.ts';

const GROUP = 'keywright.dev';
const CHECKS = new URL(`../../deploy/argocd/resource_customizations/${GROUP}/`, import.meta.url);

/** deploy/argocd/argocd-cm.yaml, the settings of an Argo CD that judges our kinds, from the scripts beside it. */
export async function argoCdSettings(): Promise<readonly GeneratedFile[]> {
  const kinds = (await readdir(CHECKS)).toSorted();
  const labels = { 'app.kubernetes.io/name': 'argocd-cm', 'app.kubernetes.io/part-of': 'argocd' };
  const manifest = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'argocd-cm', namespace: 'argocd', labels },
    data: Object.fromEntries(await Promise.all(kinds.map(setting))),
  };
  const text = `# Generated from resource_customizations/ by scripts/generate/argocd.ts. Merge it into the argocd-cm you have:
# kubectl patch configmap argocd-cm --namespace argocd --patch-file deploy/argocd/argocd-cm.yaml
${stringify(manifest, { lineWidth: 0 })}`;
  return [{ path: 'deploy/argocd/argocd-cm.yaml', text }];
}

async function setting(kind: string): Promise<readonly [string, string]> {
  const script = await readFile(new URL(`${kind}/health.lua`, CHECKS), 'utf8');
  return [`resource.customizations.health.${GROUP}_${kind}`, script];
}

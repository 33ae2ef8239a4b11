import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest } from '../harness/apply-manifests.ts';
import { yamlDocuments } from '../yaml-documents.ts';
import { runGoTool } from '../go/run-go-tool.ts';

const ROOT = join(import.meta.dirname, '../../..');
export const CHART: string = join(ROOT, 'charts/keywright');
/** What the chart's tests install it as. */
export const RELEASE = 'keywright';
export const RELEASE_NAMESPACE = 'keywright-system';

export interface Values {
  /** Files with values, relative to the chart. */
  readonly files?: readonly string[];
  /** Values by path, for example {'metrics.port': 9090}. */
  readonly set?: Readonly<Record<string, unknown>>;
}

/** Paths, relative to the chart, of the files with values that the chart must take. */
export async function ciValuesFiles(): Promise<readonly string[]> {
  return (await readdir(join(CHART, 'ci'))).toSorted().map((name) => `ci/${name}`);
}

/**
 * Runs Helm and returns what it prints. It reads and writes nothing of its user's.
 *
 * @param kubeconfig Of the cluster to work on. Absent: none is reached.
 * @throws with what Helm says of a failure.
 */
export async function helm(args: readonly string[], kubeconfig = '/dev/null'): Promise<string> {
  const home = join(ROOT, 'node_modules/.cache/helm');
  const env = { HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home, KUBECONFIG: kubeconfig };
  return await runGoTool('helm', args, env);
}

export function valuesFlags({ files = [], set = {} }: Values): readonly string[] {
  return [
    ...files.map((file) => `--values=${join(CHART, file)}`),
    ...Object.entries(set).map(([path, value]) => `--set-json=${path}=${JSON.stringify(value)}`),
  ];
}

/** What `helm template` makes of the chart, as text. */
export function renderText(values: Values = {}): Promise<string> {
  const place = [RELEASE, CHART, `--namespace=${RELEASE_NAMESPACE}`, '--kube-version=1.36.3'];
  return helm(['template', ...place, ...valuesFlags(values)]);
}

/** What `helm template` makes of the chart, object by object. */
export async function renderChart(values: Values = {}): Promise<readonly Manifest[]> {
  return yamlDocuments(await renderText(values));
}

/** The objects of the YAML files in a folder. */
export async function readFolder(folder: string): Promise<readonly Manifest[]> {
  const names = (await readdir(join(ROOT, folder))).toSorted();
  const texts = await Promise.all(names.map((name) => readFile(join(ROOT, folder, name), 'utf8')));
  return texts.flatMap((text) => yamlDocuments<Manifest>(text));
}

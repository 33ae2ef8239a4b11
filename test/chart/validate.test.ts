import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { stringify } from 'yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ciValuesFiles, renderChart } from '../support/chart/helm.ts';
import { runGoTool } from '../support/go/run-go-tool.ts';

const ROOT = join(import.meta.dirname, '../..');
/** Of the Prometheus operator, whose CRDs are in no Go module. */
const MONITORING = 'monitoring.coreos.com/v1';

/** Without what Kustomize puts together first. */
const examples = (await readdir(join(ROOT, 'examples'), { withFileTypes: true }))
  .filter((entry) => entry.isDirectory() && entry.name !== 'gitops')
  .map(({ name }) => `examples/${name}`);
const valuesFiles = await ciValuesFiles();
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keywright-validate-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** What kubectl-validate says of files and folders, by the kinds of Kubernetes 1.30 and by our CRDs, with their rules. */
function validate(...paths: readonly string[]): Promise<string> {
  return runGoTool('kubectl-validate', [...paths, `--local-crds=${join(ROOT, 'crds')}`]);
}

/** An ApiKey with `spec` besides what each must have. */
async function written(spec: object): Promise<string> {
  const path = join(folder, 'key.yaml');
  const base = { project: 'payments', type: 'Secret', environments: [{ name: 'staging' }, { name: 'production' }] };
  const metadata = { name: 'checkout', namespace: 'payments-config' };
  const key = { apiVersion: 'keywright.dev/v1alpha1', kind: 'ApiKey', metadata, spec: { ...base, ...spec } };
  await writeFile(path, stringify(key));
  return path;
}

describe('kubectl-validate', () => {
  it('takes every example, every role, policy and CRD', async () => {
    const folders = [...examples, 'deploy/rbac', 'deploy/policies', 'crds'];
    expect(await validate(...folders.map((part) => join(ROOT, part)))).toContain('OK');
  });

  it.each(valuesFiles)('takes every object that the chart renders with %s', async (file) => {
    const manifests = (await renderChart({ files: [file] })).filter(({ apiVersion }) => apiVersion !== MONITORING);
    const path = join(folder, basename(file));
    await writeFile(path, manifests.map((manifest) => stringify(manifest)).join('---\n'));
    expect(await validate(path)).toContain('OK');
  });

  it('refuses what the schema of a kind does not know, and what its rules forbid', async () => {
    expect(await validate(await written({}))).toContain('OK');
    await expect(validate(await written({ bogus: 1 }))).rejects.toThrow(
      'spec.bogus: Invalid value: value provided for unknown field',
    );
    const source = { secretKeyRef: { name: 'checkout-old', key: 'token' } };
    await expect(validate(await written({ import: source }))).rejects.toThrow(
      'must not be given for a key of several environments',
    );
  });
});

/** The health checks of deploy/argocd, judged by Argo CD itself without a cluster. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { gitOpsProgram } from '../support/gitops/programs.ts';
import { runTool } from '../support/outside-tool.ts';

const CHECKS = 'deploy/argocd/resource_customizations/keywright.dev';
const KINDS = await readdir(CHECKS);

interface HealthTest {
  readonly healthStatus: { readonly status: string; readonly message: string };
  readonly inputPath: string;
}

const tables = await Promise.all(KINDS.map(testsOf));

async function testsOf(kind: string): Promise<readonly (HealthTest & { readonly kind: string })[]> {
  const { tests } = parse(await readFile(join(CHECKS, kind, 'health_test.yaml'), 'utf8')) as {
    readonly tests: readonly HealthTest[];
  };
  return tests.map((row) => ({ ...row, kind }));
}

/** What Argo CD makes of the object in a file by the health check of its kind. */
async function judged(kind: string, path: string): Promise<HealthTest['healthStatus']> {
  const object: unknown = parse(await readFile(join(CHECKS, kind, path), 'utf8'));
  const run = { input: JSON.stringify(object) };
  const script = join(CHECKS, kind, 'health.lua');
  const answer = await runTool(await gitOpsProgram('argo-cd'), ['health', script], run);
  return JSON.parse(answer.toString()) as HealthTest['healthStatus'];
}

describe('the health checks for Argo CD', () => {
  test('are there for every kind of the group', async () => {
    const crds = await Promise.all((await readdir('crds')).map((file) => readFile(join('crds', file), 'utf8')));
    const kinds = crds.map((crd) => (parse(crd) as { spec: { names: { kind: string } } }).spec.names.kind);
    expect(KINDS.toSorted()).toEqual(kinds.toSorted());
  });

  test('judge all kinds alike', async () => {
    const scripts = await Promise.all(KINDS.map((kind) => readFile(join(CHECKS, kind, 'health.lua'), 'utf8')));
    expect(new Set(scripts).size).toBe(1);
  });

  test.each(KINDS)('have a test of each health, and every object in testdata is in one: %s', async (kind) => {
    const rows = await testsOf(kind);
    expect(new Set(rows.map(({ healthStatus }) => healthStatus.status))).toEqual(
      new Set(['Progressing', 'Healthy', 'Degraded']),
    );
    const objects = (await readdir(join(CHECKS, kind, 'testdata'))).map((name) => `testdata/${name}`);
    expect(rows.map(({ inputPath }) => inputPath).toSorted()).toEqual(objects.toSorted());
  });

  test.each(tables.flat())('$kind $inputPath is $healthStatus.status', async ({ kind, inputPath, healthStatus }) => {
    expect(await judged(kind, inputPath)).toEqual(healthStatus);
  });
});

import { expect, it } from 'vitest';
import { readFolder, renderChart } from '../support/chart/helm.ts';
import type { Manifest } from '../support/harness/apply-manifests.ts';

/** What decides: no label, no comment. */
function policiesIn(manifests: readonly Manifest[]): Readonly<Record<string, unknown>> {
  const relevant = manifests.filter(({ kind }) => kind.startsWith('ValidatingAdmissionPolicy'));
  return Object.fromEntries(
    relevant.map(({ apiVersion, kind, metadata: { name }, spec }) => [`${apiVersion} ${kind} ${name}`, spec]),
  );
}

it('the policies of the chart are those of deploy/policies, which are judged with real users', async () => {
  const rendered = policiesIn(await renderChart({ files: ['ci/policies-values.yaml'] }));
  expect(Object.keys(rendered)).not.toEqual([]);
  expect(rendered).toEqual(policiesIn(await readFolder('deploy/policies')));
});

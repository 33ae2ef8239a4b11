import { describe, expect, it } from 'vitest';
import { controllerFlags } from '../../src/cli-flags/controller-flags.ts';
import { parseControllerConfig } from '../../src/config.ts';
import { CHART, ciValuesFiles, helm, renderChart, renderText, valuesFlags } from '../support/chart/helm.ts';
import type { Manifest } from '../support/harness/apply-manifests.ts';

interface Container {
  readonly args: readonly string[];
}

const files = await ciValuesFiles();
function controllerArgs(manifests: readonly Manifest[]): readonly string[] {
  const deployment = manifests.find(({ kind }) => kind === 'Deployment') as unknown as {
    spec: { template: { spec: { containers: readonly [Container] } } };
  };
  return deployment.spec.template.spec.containers[0].args;
}

describe.each(files)('the chart with %s', (file) => {
  const values = { files: [file] };

  it('passes helm lint --strict', async () => {
    expect(await helm(['lint', '--strict', CHART, ...valuesFlags(values)])).toContain('0 chart(s) failed');
  });

  it('gives every object a name of its own, and of ours the labels of the release', async () => {
    const manifests = await renderChart(values);
    const names = manifests.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`);
    expect(new Set(names).size).toBe(names.length);
    const unlabelled = manifests.filter(({ metadata: { labels, name } }) =>
      name.endsWith('-more') || name === 'ca' ? false : labels?.['app.kubernetes.io/instance'] !== 'keywright',
    );
    expect(unlabelled).toEqual([]);
  });

  it('starts the operator with flags that it takes', async () => {
    const [command, ...flags] = controllerArgs(await renderChart(values));
    expect(command).toBe('controller');
    expect(parseControllerConfig(flags, {}).kind).toBe('run');
  });
});

it('the chart stands for every flag of the operator: by a value, or by saying why not', async () => {
  const own = await helm(['template', 'flags', CHART, '--set-json=extraArgs=["--version"]']);
  expect(own).toContain('--version');
  const unsaid: string[] = [];
  for (const flag of Object.keys(controllerFlags)) {
    if (['help', 'version', 'reset-installation'].includes(flag)) continue;
    const refusal = await renderText({ set: { extraArgs: [`--${flag}=x`] } }).catch(String);
    if (!refusal.includes(`extraArgs: --${flag} is not for here`)) unsaid.push(flag);
  }
  expect(unsaid).toEqual([]);
});

it('the chart carries the version of the operator', async () => {
  const { version } = (await import('../../package.json', { with: { type: 'json' } })).default;
  const shown = await helm(['show', 'chart', CHART]);
  expect(shown).toContain(`\nversion: ${version}\n`);
  expect(shown).toContain(`appVersion: ${version}\n`);
});

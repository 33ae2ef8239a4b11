import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { workersOf } from '../../src/controllers/manager.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { CHART } from '../support/chart/helm.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { runTool } from '../support/outside-tool.ts';

const folder = join(CHART, 'monitoring');
const FILES = ['alerts.yaml', 'dashboard.json'];
/** Names of metrics begin like this, and nothing else in an expression does. */
const METRIC = /\b(?:keywright|controller_runtime|workqueue|rest_client|leader_election|process)_[a-z_]+/g;

async function exposedNames(): Promise<ReadonlySet<string>> {
  const metrics = createMetrics({
    workers: workersOf(1),
    apiServerHost: 'kube.example:6443',
    leaseName: 'keywright-controller',
    version: '1.2.3',
    clock: new FakeClock(),
  });
  const families = [...(await metrics.render()).matchAll(/^# TYPE (\S+) (\S+)$/gm)];
  return new Set(families.flatMap(([, name = '', type]) => (type === 'histogram' ? [`${name}_bucket`] : [name])));
}

describe('what the chart brings for Prometheus and Grafana', () => {
  it('alerts as its tests say, for promtool', async () => {
    expect((await runTool('promtool', ['check', 'rules', join(folder, 'alerts.yaml')])).toString()).toContain(
      'SUCCESS',
    );
    const report = await runTool('promtool', ['test', 'rules', join(folder, 'alerts-test.yaml')]);
    expect(report.toString()).toContain('SUCCESS');
  });

  it.each(FILES)('asks in %s for metrics that the operator has', async (file) => {
    const text = await readFile(join(folder, file), 'utf8');
    const asked = new Set(text.match(METRIC) ?? []);
    expect(asked.size).toBeGreaterThan(5);
    const exposed = await exposedNames();
    expect([...asked].filter((name) => !exposed.has(name))).toEqual([]);
  });

  it('names headings of pages that exist', async () => {
    const rules = await readFile(join(folder, 'alerts.yaml'), 'utf8');
    const pages = new Set(
      Array.from(rules.matchAll(/runbook: (\S+)#(\S+)/g), ([, page, anchor]) => `${page}#${anchor}`),
    );
    expect(pages.size).toBeGreaterThan(5);
    for (const link of pages) {
      const [page = '', anchor = ''] = link.split('#');
      const headings = Array.from(
        (await readFile(join(CHART, '../..', page), 'utf8')).matchAll(/^#+ (.+)$/gm),
        ([, heading = '']) =>
          heading
            .toLowerCase()
            .replaceAll(/[^a-z0-9 -]/g, '')
            .replaceAll(' ', '-'),
      );
      expect(headings, link).toContain(anchor);
    }
  });
});

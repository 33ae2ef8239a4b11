import { expect, it } from 'vitest';
import { CHART } from '../support/chart/helm.ts';
import { runGoTool } from '../support/go/run-go-tool.ts';

it('the suites of the chart pass under helm-unittest', async () => {
  const report = await runGoTool('helm-unittest', ['--strict', '--file', 'tests/*_test.yaml', CHART]);
  expect(report).toMatch(/Tests:\s+[1-9]\d* passed, [1-9]\d* total/);
});

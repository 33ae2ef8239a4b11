/**
 * Prints the result of a CI run as its last line, `N passed, N failed`, and exits 1 unless everything passed:
 * `node scripts/sum-results.ts <failed steps before> (<exit status of vitest> <its json report>)...`.
 */
import { readFile } from 'node:fs/promises';
import { type TestReport, testTotals } from './test-totals.ts';

async function readReport(path: string): Promise<TestReport | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as TestReport;
  } catch {
    return undefined;
  }
}

const [failedSteps, ...runs] = process.argv.slice(2);
if (failedSteps === undefined || runs.length === 0 || runs.length % 2 !== 0) {
  throw new RangeError('Cannot sum results: expected <failed steps> (<exit status> <report>)...');
}
let passed = 0;
let failed = Number(failedSteps);
for (let at = 0; at < runs.length; at += 2) {
  const totals = testTotals(await readReport(runs[at + 1] ?? ''), Number(runs[at]));
  for (const failure of totals.failures) console.log(failure);
  passed += totals.passed;
  failed += totals.failures.length;
}
if (failed > 0) process.exitCode = 1;
console.log(`${passed} passed, ${failed} failed`);

/**
 * Prints the result of a CI run as its last line, `N passed, N failed`, and exits 1 unless everything passed:
 * `node scripts/sum-results.ts <failed steps before> <exit status of vitest> <its json report>`.
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

const [failedSteps, exitStatus, path] = process.argv.slice(2);
if (failedSteps === undefined || exitStatus === undefined || path === undefined) {
  throw new RangeError('Cannot sum results: expected <failed steps> <exit status> <report>');
}
const { passed, failures } = testTotals(await readReport(path), Number(exitStatus));
for (const failure of failures) console.log(failure);
const failed = Number(failedSteps) + failures.length;
if (failed > 0) process.exitCode = 1;
console.log(`${passed} passed, ${failed} failed`);

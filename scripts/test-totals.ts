/** What is read of the report of vitest's json reporter. */
export interface TestReport {
  readonly success: boolean;
  readonly testResults: readonly {
    /** Path of the test file. */
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

export interface TestTotals {
  readonly passed: number;
  /** One line each. */
  readonly failures: readonly string[];
}

/**
 * Counts a run so that nothing missing looks like success. Failures are failed tests; skipped and todo
 * tests; files that failed outside of their tests; and, when none of these is there, a run that failed,
 * passed no test or left no report.
 *
 * @param report Undefined when the run left none that can be read.
 * @param exitStatus Of the run.
 */
export function testTotals(report: TestReport | undefined, exitStatus: number): TestTotals {
  if (report === undefined) return { passed: 0, failures: ['the run left no report'] };
  const tests = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  const passed = tests.filter(({ status }) => status === 'passed').length;
  const failures = [
    ...tests.filter(({ status }) => status !== 'passed').map(({ status, fullName }) => `${status}: ${fullName}`),
    ...report.testResults.filter(failedOutsideOfTests).map(({ name }) => `failed outside of its tests: ${name}`),
  ];
  if (failures.length > 0) return { passed, failures };
  if (!report.success || exitStatus !== 0) return { passed, failures: ['the run failed outside of its test files'] };
  if (passed === 0) return { passed, failures: ['the run passed no test'] };
  return { passed, failures };
}

function failedOutsideOfTests({ status, assertionResults }: TestReport['testResults'][number]): boolean {
  return status === 'failed' && assertionResults.every((test) => test.status !== 'failed');
}

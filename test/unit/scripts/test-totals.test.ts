import { expect, test } from 'vitest';
import { type TestReport, testTotals } from '../../../scripts/test-totals.ts';

const file = (name: string, status: string, ...tests: readonly string[]): TestReport['testResults'][number] => ({
  name,
  status,
  assertionResults: tests.map((result, i) => ({ status: result, fullName: `${name} ${i}` })),
});

const rows: readonly {
  readonly name: string;
  readonly report?: TestReport;
  readonly exitStatus?: number;
  readonly want: { readonly passed: number; readonly failures: readonly string[] };
}[] = [
  {
    name: 'counts passed tests of every file',
    report: { success: true, testResults: [file('a', 'passed', 'passed'), file('b', 'passed', 'passed', 'passed')] },
    want: { passed: 3, failures: [] },
  },
  {
    name: 'counts a failed test once although its file and the run failed too',
    report: { success: false, testResults: [file('a', 'failed', 'passed', 'failed')] },
    exitStatus: 1,
    want: { passed: 1, failures: ['failed: a 1'] },
  },
  {
    name: 'takes skipped and todo tests for failures',
    report: { success: true, testResults: [file('a', 'passed', 'passed', 'skipped', 'todo', 'pending')] },
    want: { passed: 1, failures: ['skipped: a 1', 'todo: a 2', 'pending: a 3'] },
  },
  {
    name: 'counts a file that could not be loaded',
    report: { success: false, testResults: [file('a', 'passed', 'passed'), file('b', 'failed')] },
    exitStatus: 1,
    want: { passed: 1, failures: ['failed outside of its tests: b'] },
  },
  {
    name: 'counts a hook that failed after every test of its file passed',
    report: { success: false, testResults: [file('a', 'failed', 'passed')] },
    exitStatus: 1,
    want: { passed: 1, failures: ['failed outside of its tests: a'] },
  },
  {
    name: 'believes the exit status over a clean report',
    report: { success: true, testResults: [file('a', 'passed', 'passed')] },
    exitStatus: 1,
    want: { passed: 1, failures: ['the run failed outside of its test files'] },
  },
  {
    name: 'takes a run without tests for a failure',
    report: { success: true, testResults: [] },
    want: { passed: 0, failures: ['the run passed no test'] },
  },
  {
    name: 'takes a run without a report for a failure',
    want: { passed: 0, failures: ['the run left no report'] },
  },
];

test.each(rows)('testTotals $name', ({ report, exitStatus = 0, want }) => {
  expect(testTotals(report, exitStatus)).toEqual(want);
});

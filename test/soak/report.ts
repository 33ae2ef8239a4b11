import type { SoakReport } from './run-soak.ts';

const MOST_VIOLATIONS = 20;

/** Tables in Markdown, and the first of what was broken. */
export function reportOf(report: SoakReport): string {
  const { edits, faults, operators, violations } = report;
  const sections = [
    table([
      ['edit', 'done', 'nothing to edit', 'refused'],
      ...[...edits]
        .toSorted(([one], [other]) => one.localeCompare(other))
        .map(([name, { done, missed, refused }]) => [name, String(done), String(missed), String(refused)]),
    ]),
    table([
      ['fault', 'times'],
      ['request dropped', String(faults.dropped)],
      ['answer lost', String(faults.answersLost)],
      ['request refused', String(faults.refused)],
      ['request delayed', String(faults.delayed)],
      ['watch cut', String(faults.watchesCut)],
      ['leader killed', String(operators.killed)],
      ['leader paused beyond its lease', String(operators.paused)],
    ]),
    table([
      ['what', 'figure'],
      ['edits made', String([...edits.values()].reduce((sum, { done }) => sum + done, 0))],
      ['operator processes started', String(operators.started)],
      ['keys declared in the end', String(report.keys)],
      ['versions seen', String(report.versions)],
      ['events judged', String(report.events)],
      ['log lines searched', `${report.logLines} for ${report.tokens} tokens`],
      ['at rest after', `${(report.settledAfterMs / 1_000).toFixed(1)} s`],
      ['invariants broken', String(violations.length)],
      ['seed', String(report.seed)],
    ]),
    violations
      .slice(0, MOST_VIOLATIONS)
      .map((violation) => `BROKEN: ${violation}`)
      .join('\n'),
    ...report.evidence,
  ];
  return sections.filter((section) => section !== '').join('\n\n');
}

function table([head = [], ...body]: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(...[head, ...body].map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}

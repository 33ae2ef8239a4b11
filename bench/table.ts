/** One line of the table. */
export interface Row {
  readonly what: string;
  readonly figure: string;
  readonly aim?: string;
  readonly met?: boolean;
}

export function verdict(aim: string, met: boolean): Pick<Row, 'aim' | 'met'> {
  return { aim, met };
}

/** In Markdown. */
export function table(rows: readonly Row[]): string {
  const cells = [
    ['what', 'figure', 'aim', 'verdict'],
    ...rows.map(({ what, figure, aim = '', met }) => [
      what,
      figure,
      aim,
      met === undefined ? '' : met ? 'met' : 'MISSED',
    ]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = cells;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}

export function rounded(value: number): string {
  return String(Math.round(value * 1_000) / 1_000);
}

export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

export function milliseconds(ms: number): string {
  return `${Math.round(ms)} ms`;
}

export function megabytes(value: number): string {
  return Number.isNaN(value) ? 'unknown here' : `${Math.round(value)} MB`;
}

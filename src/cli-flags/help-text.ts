import type { Flag, Flags } from './flag.ts';

const MAX_COLUMNS = 100;
const INDENT = '  ';
const TEXT_COLUMN = 34;

export interface HelpOptions<Values> {
  /** For example "keywright controller [flags]". */
  readonly usage: string;
  /** What the command does, one paragraph. */
  readonly about: string;
  readonly flags: Flags<Values>;
}

/** The help of one command: every flag under its group, in the order of declaration, at most 100 columns wide. */
export function helpText<Values extends object>({ usage, about, flags }: HelpOptions<Values>): string {
  const entries = Object.entries(flags as unknown as Readonly<Record<string, Flag<unknown>>>);
  const groups = Map.groupBy(entries, ([, { group }]) => group);
  const sections = Array.from(groups, ([group, members]) =>
    [`${group}:`, ...members.flatMap(([name, flag]) => flagLines(name, flag))].join('\n'),
  );
  return `${[`Usage: ${usage}`, wrap(about, MAX_COLUMNS).join('\n'), ...sections].join('\n\n')}\n`;
}

function flagLines(name: string, flag: Flag<unknown>): readonly string[] {
  const short = flag.short === undefined ? '' : `-${flag.short}, `;
  const value = flag.kind.placeholder === '' ? '' : `=${flag.kind.placeholder}`;
  const head = `${INDENT}${short}--${name}${value}`;
  const [first = '', ...rest] = wrap(describe(flag), MAX_COLUMNS - TEXT_COLUMN);
  const margin = ' '.repeat(TEXT_COLUMN);
  const start = head.length < TEXT_COLUMN ? [head.padEnd(TEXT_COLUMN) + first] : [head, margin + first];
  return [...start, ...rest.map((line) => margin + line)];
}

function describe({ summary, fallbackText, variables }: Flag<unknown>): string {
  const fallback = fallbackText === undefined ? '' : ` Default: ${fallbackText}.`;
  const environment = variables === undefined ? '' : ` Environment: ${variables.join(', then ')}.`;
  return summary + fallback + environment;
}

/** Breaks at spaces; a word longer than the width stays whole. */
function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

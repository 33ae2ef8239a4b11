/** One line of a scrape. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? ([^ ]+)$/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/**
 * Reads the samples of one metric from the Prometheus text format. Only its own lines are taken apart: an API
 * server's scrape has some ten thousand others.
 */
export function samplesOf(text: string, name: string): readonly Sample[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith(name))
    .flatMap((line) => parseLine(line))
    .filter((sample) => sample.name === name);
}

/** Sum of a metric's samples that carry these labels. */
export function sumOf(text: string, name: string, labels: Readonly<Record<string, string>> = {}): number {
  return samplesOf(text, name)
    .filter((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value))
    .reduce((sum, { value }) => sum + value, 0);
}

function parseLine(line: string): readonly Sample[] {
  const match = LINE.exec(line);
  if (match === null) return [];
  const [, name = '', labels = '', value] = match;
  const pairs = Array.from(labels.matchAll(LABEL), ([, label = '', text = '']) => [label, text] as const);
  return [{ name, labels: Object.fromEntries(pairs), value: Number(value) }];
}

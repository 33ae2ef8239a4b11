/** A metric family as the Prometheus text format shows it. */
export interface Family {
  readonly type: string;
  readonly help: string;
  /** Value by the sample's name and labels, as printed: `name{label="value"}`. */
  readonly samples: ReadonlyMap<string, number>;
}

type Families = Map<string, { type: string; help: string; samples: Map<string, number> }>;

/** Reads the Prometheus text format, and fails on any line it does not know. */
export function parseExposition(text: string): ReadonlyMap<string, Family> {
  const families: Families = new Map();
  let current = '';
  for (const line of text.split('\n').filter((each) => each !== '')) {
    current = readComment(families, current, line) ?? readSample(families, current, line);
  }
  return families;
}

/** The family the lines after this one belong to; undefined if the line is no comment. */
function readComment(families: Families, current: string, line: string): string | undefined {
  const [, keyword, name = '', text = ''] = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.+)$/.exec(line) ?? [];
  if (keyword === 'HELP') families.set(name, { type: '', help: text, samples: new Map() });
  const family = families.get(current);
  if (keyword === 'TYPE' && family !== undefined) family.type = text;
  if (keyword === undefined) return undefined;
  return keyword === 'HELP' ? name : current;
}

function readSample(families: Families, current: string, line: string): string {
  const [, sample, value = ''] = /^([a-zA-Z_:][\w:]*(?:\{(?:\w+="(?:[^"\\]|\\.)*",?)*\})?) (\S+)$/.exec(line) ?? [];
  if (sample?.startsWith(current) !== true) throw new SyntaxError(`Not in the Prometheus text format: ${line}`);
  families.get(current)?.samples.set(sample, Number(value.replace('Inf', 'Infinity')));
  return current;
}

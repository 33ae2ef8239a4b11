/** A metric family as the Prometheus text format shows it. */
export interface Family {
  readonly type: string;
  readonly help: string;
  /** Value by the sample's name and labels, as printed: `name{label="value"}`. */
  readonly samples: ReadonlyMap<string, number>;
}

/** Reads the Prometheus text format, and fails on any line it does not know. */
export function parseExposition(text: string): ReadonlyMap<string, Family> {
  const families = new Map<string, { type: string; help: string; samples: Map<string, number> }>();
  let current = '';
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const comment = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.+)$/.exec(line);
    const sample = /^([a-zA-Z_:][\w:]*(?:\{(?:\w+="(?:[^"\\]|\\.)*",?)*\})?) (\S+)$/.exec(line);
    if (comment?.[1] === 'HELP') {
      current = comment[2] ?? '';
      families.set(current, { type: '', help: comment[3] ?? '', samples: new Map() });
    } else if (comment?.[1] === 'TYPE') {
      const family = families.get(current);
      if (family !== undefined) family.type = comment[3] ?? '';
    } else if (sample?.[1]?.startsWith(current)) {
      families.get(current)?.samples.set(sample[1], Number(sample[2]?.replace('Inf', 'Infinity')));
    } else {
      throw new SyntaxError(`Not in the Prometheus text format: ${line}`);
    }
  }
  return families;
}

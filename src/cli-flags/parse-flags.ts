import { parseArgs } from 'node:util';
import type { Environment, Flag, Flags } from './flag.ts';
import { nearestName } from './nearest-name.ts';

export interface ParsedFlags<Values> {
  /** A flag with a problem, or not given, has its fallback. */
  readonly values: Values;
  /** One sentence each; empty when everything was accepted. */
  readonly problems: readonly string[];
}

type AnyFlags = Readonly<Record<string, Flag<unknown>>>;
type Tokens = NonNullable<ReturnType<typeof parseArgs>['tokens']>;
type OptionToken = Extract<Tokens[number], { kind: 'option' }>;

/**
 * Reads a command's flags. A flag wins over its environment variables, a later flag over an earlier one.
 * Nothing is thrown for bad input: every problem is reported, so that one attempt shows them all.
 *
 * Texts whose place is unknown (values of unknown flags, stray arguments with a digit or a capital) are never
 * repeated: somebody may have pasted a token there.
 *
 * @param argv Arguments after the subcommand.
 */
export function parseFlags<Values extends object>(
  flags: Flags<Values>,
  argv: readonly string[],
  env: Environment,
): ParsedFlags<Values> {
  const problems: string[] = [];
  const known = flags as unknown as AnyFlags;
  const given = readArguments(known, argv, problems);
  const values = Object.entries(known).map(([name, flag]) => [
    name,
    valueOf(name, flag, given.get(name), env, problems),
  ]);
  return { values: Object.fromEntries(values) as Values, problems };
}

/** The text given for each known flag; switches without a text count as "true". */
function readArguments(flags: AnyFlags, argv: readonly string[], problems: string[]): ReadonlyMap<string, string> {
  const given = new Map<string, string>();
  let last: Last = 'complete';
  for (const token of tokenize(flags, argv)) {
    if (token.kind === 'positional') {
      if (last !== 'unknown') problems.push(strayArgument(token.value, last));
      continue;
    }
    if (token.kind !== 'option') continue;
    const flag = knownFlag(token, flags, argv);
    const problem = flag === undefined ? unknownFlag(token, flags, argv) : missingValue(token, flag);
    if (problem === undefined) given.set(token.name, token.value ?? 'true');
    else if (!problems.includes(problem)) problems.push(problem);
    last = flag === undefined ? 'unknown' : token.value === undefined ? { switch: token.name } : 'complete';
  }
  return given;
}

/** What stands before a stray argument: an unknown flag whose value it may be, a switch without one, or neither. */
type Last = 'unknown' | 'complete' | { readonly switch: string };

/** A token has a digit or a capital. */
const PLAIN_WORD = /^[a-z./~-]{1,60}$/;

function strayArgument(text: string, last: Last): string {
  const what = PLAIN_WORD.test(text) ? `Unexpected argument ${quote(text)}` : 'Unexpected argument';
  return typeof last === 'object'
    ? `${what} after --${last.switch}; write --${last.switch}=<value>`
    : `${what}; only flags are accepted here`;
}

/** "-xh" would be read as -x -h; one-letter forms stand alone here, so that a mistyped flag is not taken for help. */
function knownFlag(token: OptionToken, flags: AnyFlags, argv: readonly string[]): Flag<unknown> | undefined {
  const standsAlone = token.rawName.startsWith('--') || argv[token.index] === token.rawName;
  return standsAlone && Object.hasOwn(flags, token.name) ? flags[token.name] : undefined;
}

function tokenize(flags: AnyFlags, argv: readonly string[]): Tokens {
  const options = Object.entries(flags).map(([name, { kind, short }]) => {
    const type = kind.placeholder === '' ? ('boolean' as const) : ('string' as const);
    return [name, short === undefined ? { type } : { type, short }] as const;
  });
  const parsed = parseArgs({
    args: [...argv],
    options: Object.fromEntries(options),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  return parsed.tokens;
}

/** A token with "_" or "." has a digit or a capital. */
const FLAG_NAME = /^(?:[A-Za-z][A-Za-z0-9-]{0,39}|[a-z][a-z._-]{0,39})$/;

function unknownFlag(token: OptionToken, flags: AnyFlags, argv: readonly string[]): string {
  if (!token.rawName.startsWith('--')) return oneDash(token, argv);
  if (!FLAG_NAME.test(token.name)) return 'Unknown flag; --help lists the known ones';
  const nearest = nearestName(token.name, Object.keys(flags));
  const hint = nearest === undefined ? '--help lists the known ones' : `did you mean --${nearest}?`;
  return `Unknown flag --${token.name}; ${hint}`;
}

/** One letter is no part of a token; more of them may be. */
function oneDash({ rawName, index }: OptionToken, argv: readonly string[]): string {
  return argv[index] === rawName
    ? `Unknown flag ${rawName}; flags start with two dashes: --help lists them`
    : 'Unknown flag with one dash; flags start with two: --help lists them';
}

function missingValue({ name, value, inlineValue }: OptionToken, { kind, example }: Flag<unknown>): string | undefined {
  const takesValue = kind.placeholder !== '';
  const isMissing = takesValue && (value === undefined || (!inlineValue && value.startsWith('-') && value !== '-'));
  return isMissing ? `--${name} needs a value: expected ${kind.accepted}, for example --${name}=${example}` : undefined;
}

function valueOf(
  name: string,
  flag: Flag<unknown>,
  given: string | undefined,
  env: Environment,
  problems: string[],
): unknown {
  const variable = given === undefined ? flag.variables?.find((candidate) => env[candidate]) : undefined;
  const text = variable === undefined ? given : env[variable];
  if (text === undefined) return flag.fallback;
  try {
    return flag.kind.parse(text);
  } catch {
    const source = variable === undefined ? `--${name}` : `--${name} (from ${variable})`;
    problems.push(
      `${source}: got ${quote(text)}, expected ${flag.kind.accepted}, for example --${name}=${flag.example}`,
    );
    return flag.fallback;
  }
}

/** Printable and short, whatever was given. */
function quote(text: string): string {
  const maxLength = 40;
  return JSON.stringify(text.length > maxLength ? `${text.slice(0, maxLength)}…` : text);
}

import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { reportOf } from './report.ts';
import { PARTS, run, type Part, type RunOptions } from './run.ts';

const EXIT_FAILURE = 1;
const EXIT_INTERRUPTED = 130;
const DEFAULT_KEYS = 1_000;
const DEFAULT_SMALL_KEYS = 200;
const DEFAULT_APPLIES = 200;
const DEFAULT_FAIL_OVERS = 5;
const DEFAULT_RECORDS = 5_000;
const DEFAULT_ROUNDS = 5;
const DEFAULT_SLOW_KEYS = 50;

const USAGE = `Usage: npm run bench -- [flags]

Measures the operator on a control plane of its own, beside a bare loop that sends the same requests, and prints
a table with each aim and whether it was met. Takes about a quarter of an hour on 2 cores. Fails only if it cannot
measure, never over a figure. docs/benchmarks.md says how to read it.

  --only=PART     one of ${PARTS.join(', ')} (default: all of them)
  --keys=N        ApiKeys of each large round, 3 Secrets each (default: ${DEFAULT_KEYS})
  --small-keys=N  ApiKeys of each of the three small rounds (default: ${DEFAULT_SMALL_KEYS})
  --applies=N     single applies, or rotations, for the latency (default: ${DEFAULT_APPLIES})
  --fail-overs=N  leaders that are killed, and as many that are stopped (default: ${DEFAULT_FAIL_OVERS})
  --records=N     records over which the KEK is rotated (default: ${DEFAULT_RECORDS})
  --rounds=N      pairs in which keys of each kind are made (default: ${DEFAULT_ROUNDS})
  --slow-keys=N   RSA-4096 keys made while the event loop is watched (default: ${DEFAULT_SLOW_KEYS})
  --cpu-prof=DIR  write CPU profiles of the operator in the large round into DIR
  --help          print this
`;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const parsed = parse(args);
  if (typeof parsed === 'number') return parsed;
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, endNow);
  const startedMs = performance.now();
  const progress = (line: string): void => {
    const seconds = ((performance.now() - startedMs) / 1_000).toFixed(0);
    process.stderr.write(`${seconds.padStart(4)} s  ${line}\n`);
  };
  try {
    const figures = await run({ ...parsed, progress });
    const cores = cpus();
    const machine = `${cores.length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`;
    process.stdout.write(`${reportOf(figures, machine)}\n`);
    progress('Done');
    return 0;
  } catch (error) {
    process.stderr.write(`The benchmark failed. ${error instanceof Error ? error.message : String(error)}\n`);
    return EXIT_FAILURE;
  }
}

/** The control plane ends with this process, and an operator by the hook on its exit. */
function endNow(): void {
  // oxlint-disable-next-line unicorn/no-process-exit -- half a benchmark is of no use, so nothing is waited for
  process.exit(EXIT_INTERRUPTED);
}

function parse(args: readonly string[]): Omit<RunOptions, 'progress'> | number {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        keys: { type: 'string' },
        'small-keys': { type: 'string' },
        applies: { type: 'string' },
        'fail-overs': { type: 'string' },
        records: { type: 'string' },
        only: { type: 'string' },
        rounds: { type: 'string' },
        'slow-keys': { type: 'string' },
        'cpu-prof': { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help) {
      process.stdout.write(USAGE);
      return 0;
    }
    return {
      parts: partsOf(values.only),
      keys: count('--keys', values.keys, DEFAULT_KEYS),
      smallKeys: count('--small-keys', values['small-keys'], DEFAULT_SMALL_KEYS),
      applies: count('--applies', values.applies, DEFAULT_APPLIES),
      failOvers: count('--fail-overs', values['fail-overs'], DEFAULT_FAIL_OVERS),
      records: count('--records', values.records, DEFAULT_RECORDS),
      rounds: count('--rounds', values.rounds, DEFAULT_ROUNDS),
      slowKeys: count('--slow-keys', values['slow-keys'], DEFAULT_SLOW_KEYS),
      profileInto: values['cpu-prof'],
    };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return 2;
  }
}

function partsOf(only: string | undefined): readonly Part[] {
  if (only === undefined) return PARTS;
  const part = PARTS.find((each) => each === only);
  if (part === undefined) throw new Error(`--only must be one of ${PARTS.join(', ')}, got "${only}"`);
  return [part];
}

function count(flag: string, text: string | undefined, fallback: number): number {
  const value = text === undefined ? fallback : Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 100_000)
    throw new Error(`${flag} must be a number from 1 to 100000, got "${text}"`);
  return value;
}

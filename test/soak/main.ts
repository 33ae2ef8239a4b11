import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { endingSignal } from '../support/cluster/ending-signal.ts';
import { reportOf } from './report.ts';
import { runSoak } from './run-soak.ts';

const DEFAULT_MINUTES = 2;
const LAST_SEED = 2 ** 31;
const MINUTE_MS = 60_000;

const USAGE = `Usage: npm run soak [-- --minutes=N --seed=S]

Runs two operator processes on a control plane of their own, with five writers that edit at random, a network that
fails a tenth of all requests, and leaders that are killed. When the time is over the faults end and everything has
to come to rest as declared. The invariants are judged by the events of the API server. Ends with 1 if one is broken.

  --minutes=N  how long the writers go on (default: ${DEFAULT_MINUTES}); Ctrl-C ends them early, and what happened is judged
  --seed=S     repeats the choices of an earlier run (default: a new one, which the report names)
  --help       print this
`;

// oxlint-disable-next-line unicorn/no-process-exit -- Node 24 may spin for ever in its own clean-up once sockets were reset
process.exit(await main(process.argv.slice(2)));

async function main(args: readonly string[]): Promise<number> {
  const parsed = parse(args);
  if (typeof parsed === 'number') return parsed;
  const startedMs = performance.now();
  const onProgress = (line: string): void => {
    const seconds = ((performance.now() - startedMs) / 1_000).toFixed(0);
    process.stderr.write(`${seconds.padStart(5)} s  ${line}\n`);
  };
  onProgress(`Seed ${parsed.seed}`);
  try {
    const report = await runSoak({ ...parsed, onProgress, signal: endingSignal() });
    process.stdout.write(`${reportOf(report)}\n`);
    return report.violations.length === 0 ? 0 : 1;
  } catch (error) {
    process.stderr.write(`The soak could not go on. ${error instanceof Error ? (error.stack ?? '') : String(error)}\n`);
    return 1;
  }
}

function parse(args: readonly string[]): { readonly editsMs: number; readonly seed: number } | number {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { minutes: { type: 'string' }, seed: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    });
    if (values.help) {
      process.stdout.write(USAGE);
      return 0;
    }
    const minutes = Number(values.minutes ?? DEFAULT_MINUTES);
    const seed = Number(values.seed ?? randomInt(LAST_SEED));
    if (!(minutes > 0)) throw new Error(`--minutes must be a number above 0, got "${values.minutes}"`);
    if (!Number.isInteger(seed)) throw new Error(`--seed must be a whole number, got "${values.seed}"`);
    return { editsMs: minutes * MINUTE_MS, seed };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return 2;
  }
}

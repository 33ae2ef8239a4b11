/**
 * Everything that is checked without running the product, in order of how fast it answers. Nothing is
 * written. The first failure stops: `npm run check`, or `npm run check -- lint types` for some steps.
 */
import { spawnSync } from 'node:child_process';

interface Step {
  /** Name of a script in package.json. */
  readonly script: string;
  /** What the reader does about a failure. */
  readonly mend: string;
}

const STEPS: readonly Step[] = [
  { script: 'format:check', mend: 'npm run format' },
  { script: 'lock:check', mend: 'docs/adr/0002-toolchain-that-installs-everywhere.md' },
  { script: 'go:check', mend: 'gofmt -w the files named above' },
  { script: 'lint', mend: 'change the code; a suppression names its rule and gives the reason' },
  { script: 'types', mend: 'change the code; tsconfig.json stays strict' },
  { script: 'generate:check', mend: 'npm run generate' },
  { script: 'layers', mend: 'move the import, or the code that needs it' },
  { script: 'dead-code', mend: 'delete what is unused; an export that only a test needs wants a file of its own' },
  { script: 'fixtures', mend: 'the check itself is blind: mend its configuration, then test/fixtures' },
];

const NAMES = STEPS.map(({ script }) => script);
const EXIT_FAILURE = 1;
const EXIT_USAGE = 2;
const USAGE = `Usage: npm run check [-- STEP...]

Checks everything that can be checked without running the product, and writes nothing. The first
step that fails ends it, and says how to mend what it found.

  STEP    the steps to take instead of all:
          ${NAMES.slice(0, 5).join(', ')},
          ${NAMES.slice(5).join(', ')}
  --help  print this
`;

function run({ script, mend }: Step): boolean {
  const startMs = performance.now();
  const { status } = spawnSync('node', ['--run', script], { stdio: ['ignore', 'inherit', 'inherit'] });
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  if (status === 0) console.log(`ok      ${script} (${seconds} s)`);
  else console.error(`FAILED  ${script} (${seconds} s). To mend: ${mend}. Again: npm run ${script}`);
  return status === 0;
}

process.exitCode = main(process.argv.slice(2));

function main(args: readonly string[]): number {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(USAGE);
    return 0;
  }
  const unknown = args.filter((name) => !NAMES.includes(name));
  if (unknown.length > 0) {
    process.stderr.write(`No such step: ${unknown.join(', ')}; the steps are ${NAMES.join(', ')}\n`);
    return EXIT_USAGE;
  }
  const steps = STEPS.filter(({ script }) => args.length === 0 || args.includes(script));
  return steps.every(run) ? 0 : EXIT_FAILURE;
}

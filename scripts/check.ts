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

function run({ script, mend }: Step): boolean {
  const startMs = performance.now();
  const { status } = spawnSync('node', ['--run', script], { stdio: ['ignore', 'inherit', 'inherit'] });
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  if (status === 0) console.log(`ok      ${script} (${seconds} s)`);
  else console.error(`FAILED  ${script} (${seconds} s). To mend: ${mend}. Again: npm run ${script}`);
  return status === 0;
}

const wanted = new Set(process.argv.slice(2));
const unknown = [...wanted].filter((name) => !STEPS.some(({ script }) => script === name));
if (unknown.length > 0) throw new RangeError(`No such step: ${unknown.join(', ')}`);
const steps = STEPS.filter(({ script }) => wanted.size === 0 || wanted.has(script));
if (!steps.every(run)) process.exitCode = 1;

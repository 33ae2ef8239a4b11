import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endingSignal } from '../../test/support/cluster/ending-signal.ts';
import { demo } from './demo.ts';
import { parseOptions, USAGE, type DemoOptions } from './options.ts';
import { Screen } from './screen.ts';

const EXIT_FAILURE = 1;
const EXIT_USAGE = 2;
/** What shells report for a program that Ctrl-C ended. */
const EXIT_INTERRUPTED = 130;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (typeof options === 'number') return options;
  const signal = endingSignal();
  const folder = await mkdtemp(join(tmpdir(), 'keywright-demo-'));
  try {
    await demo(options, { screen: new Screen({ output: process.stdout, env: process.env }), folder, signal });
    return 0;
  } catch (error) {
    if (signal.aborted) return EXIT_INTERRUPTED;
    process.stderr.write(`The demo failed. ${error instanceof Error ? error.message : String(error)}\n`);
    return EXIT_FAILURE;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function readOptions(args: readonly string[]): DemoOptions | number {
  try {
    const options = parseOptions(args, process.env['HOME']);
    if (options !== 'help') return options;
    process.stdout.write(USAGE);
    return 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return EXIT_USAGE;
  }
}

#!/usr/bin/env node
import { randomBytes, randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, hostname } from 'node:os';

import { runApp, type AppEnd } from './app.ts';
import { CliError } from './cli/cli-error.ts';
import { parseSealCommand } from './cli/seal-order.ts';
import { seal } from './cli/seal.ts';
import { withCluster } from './cli/with-cluster.ts';
import { ConfigError, parseControllerConfig, usage, type Config } from './config.ts';
import { errorFacts, stackFrames } from './kube/errors/error-facts.ts';
import { inClusterConfig, type ClusterConfig } from './kube/config/cluster-config.ts';
import { returnIdleMemory } from './idle-memory.ts';
import { kubeconfigConfig } from './kube/config/kubeconfig.ts';
import { ServerClock } from './kube/transport/server-clock.ts';
import { startProblem } from './start-problem.ts';
import { systemClock } from './system-clock.ts';
import { createLogger } from './telemetry/logger.ts';
import { VERSION } from './version.ts';

const EXIT_FAILURE = 1;
const EXIT_USAGE = 2;

process.title = 'keywright';
process.exit(await main(process.argv.slice(2)));

/** Reads argv and env, starts what they ask for, and says how the process should end. */
async function main([command, ...argv]: readonly string[]): Promise<number> {
  switch (command) {
    case 'controller':
      return await controller(argv);
    case 'seal':
      return await sealValue(argv);
    case '--version':
      return print(`keywright ${VERSION}\n`);
    case 'help':
    case '-h':
    case '--help':
      return print(usage());
    default:
      process.stderr.write(
        command === undefined ? usage() : `Unknown command; expected "controller" or "seal"\n\n${usage()}`,
      );
      return EXIT_USAGE;
  }
}

async function controller(argv: readonly string[]): Promise<number> {
  try {
    const parsed = parseControllerConfig(argv, process.env);
    if (parsed.kind === 'version') return print(`keywright ${VERSION}\n`);
    return parsed.kind === 'help' ? print(parsed.text) : await runController(parsed.config);
  } catch (error) {
    // Only a configuration error may be shown: other texts may quote what was being read.
    const isConfig = error instanceof ConfigError;
    process.stderr.write(`${isConfig ? error.message : 'Could not start; see the log'}\n`);
    return isConfig ? EXIT_USAGE : EXIT_FAILURE;
  }
}

async function runController(config: Config): Promise<number> {
  const format = config.logFormat === 'auto' ? (process.stdout.isTTY ? 'pretty' : 'json') : config.logFormat;
  const logger = await createLogger({
    level: config.logLevel,
    format,
    clock: systemClock,
    destination: process.stdout,
  });
  const stop = new AbortController();
  // For good, not once: npm hands Ctrl-C on to a child that got it already, and a second one must not cut the end short.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());
  try {
    const cluster = await connect(config);
    logger.info({ version: VERSION, server: new URL(cluster.server).host }, 'Started the operator');
    void returnIdleMemory({ clock: systemClock, cpuTimeMs, collect: collectGarbage }, stop.signal);
    const clock = new ServerClock(systemClock);
    const end: AppEnd = await runApp(
      config,
      {
        cluster,
        clock,
        onServerTime: (time) => clock.observe(time),
        random: Math.random,
        randomBytes,
        newId: randomUUID,
        // One processor stays with the event loop.
        mintingThreads: Math.max(1, availableParallelism() - 1),
        logger,
        version: VERSION,
        instance: process.env['POD_NAME'] ?? hostname(),
        onResyncRequested: (listener) => process.on('SIGHUP', listener),
      },
      stop.signal,
    );
    logger.info({ end }, 'Stopped the operator');
    return end === 'stopped' ? 0 : EXIT_FAILURE;
  } catch (error) {
    if (stop.signal.aborted) return 0;
    const problem = startProblem(error, config);
    if (problem !== undefined) throw new ConfigError([problem]);
    logger.error({ ...errorFacts(error), stack: stackFrames(error) }, 'Could not run the operator');
    return EXIT_FAILURE;
  }
}

async function connect({ kubeconfig, context }: Config): Promise<ClusterConfig> {
  const sources = { readFile: (path: string) => readFile(path, 'utf8'), clock: systemClock };
  if (kubeconfig === undefined) return await inClusterConfig({ ...sources, env: process.env });
  return await kubeconfigConfig(kubeconfig, { ...sources, ...(context === undefined ? {} : { context }) });
}

async function sealValue(argv: readonly string[]): Promise<number> {
  const ports = {
    clock: systemClock,
    random: Math.random,
    version: VERSION,
    readFile: (path: string) => readFile(path, 'utf8'),
  };
  try {
    const command = parseSealCommand(argv, process.env);
    if (command.kind === 'help') return print(command.text);
    const { output, note } = await seal(command.order, {
      clock: systemClock,
      readFile: (path) => readFile(path),
      writeFile: (path, text) => writeFile(path, text),
      readStdin,
      withCluster: (source, use) => withCluster(source, ports, use),
    });
    process.stderr.write(note);
    return print(output);
  } catch (error) {
    // Other texts may quote what was being read.
    const isOurs = error instanceof CliError;
    process.stderr.write(`${isOurs ? error.message : 'Cannot seal: an unexpected error; please report it'}\n`);
    return isOurs && error.exit === 'Usage' ? EXIT_USAGE : EXIT_FAILURE;
  }
}

/** Ends early with more than `limit` bytes. */
async function readStdin(limit: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > limit) break;
  }
  return Buffer.concat(chunks);
}

function cpuTimeMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** Only where Node was started with --expose-gc. */
async function collectGarbage(): Promise<void> {
  await globalThis.gc?.({ type: 'major', execution: 'async', flavor: 'last-resort' });
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

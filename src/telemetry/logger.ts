import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino';
import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import { redactFields } from './redact.ts';
import { scrub } from './scrub.ts';

export interface LoggerOptions {
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  /** "json": one object per line. "pretty": coloured text for people. */
  readonly format: 'json' | 'pretty';
  readonly clock: Clock;
  /** Takes whole lines. */
  readonly destination: DestinationStream;
}

/**
 * The operator's logger: JSON lines `{level, time, …fields, msg}`, `time` in ISO 8601, errors under `err`.
 *
 * No object from the cluster and no material may be logged in the first place. Behind that rule stand two nets:
 * `redactFields` knows names of fields, `scrub` knows shapes of text.
 */
export async function createLogger(options: LoggerOptions): Promise<Logger> {
  const { level, clock } = options;
  const destination = options.format === 'pretty' ? await prettyStream(options.destination) : options.destination;
  const logger: PinoLogger = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${clock.now().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }), log: redactFields },
      // redactFields has turned errors into plain fields already.
      serializers: { err: (error: unknown) => error },
      hooks: { streamWrite: scrub },
    },
    destination,
  );
  return logger;
}

/** Loaded only when asked for: a pod always writes JSON. */
async function prettyStream(destination: DestinationStream): Promise<DestinationStream> {
  const { default: pinoPretty } = await import('pino-pretty');
  const pretty = pinoPretty.prettyFactory({ translateTime: 'SYS:HH:MM:ss.l' });
  return { write: (line) => destination.write(pretty(line)) };
}

import type { Logger } from '../../src/logger.ts';

export interface LogLine {
  readonly level: keyof Logger;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Keeps every line, for tests of what is said and, more often, of what is not. */
export class RecordingLogger implements Logger {
  readonly lines: LogLine[] = [];

  debug(fields: object, message: string): void {
    this.#keep('debug', fields, message);
  }

  info(fields: object, message: string): void {
    this.#keep('info', fields, message);
  }

  warn(fields: object, message: string): void {
    this.#keep('warn', fields, message);
  }

  error(fields: object, message: string): void {
    this.#keep('error', fields, message);
  }

  /** All lines as one text, to search for what must not be there. */
  get text(): string {
    return this.lines.map((line) => JSON.stringify(line)).join('\n');
  }

  #keep(level: keyof Logger, fields: object, message: string): void {
    this.lines.push({ level, message, fields: { ...fields } });
  }
}

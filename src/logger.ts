/**
 * What logic needs of a logger; pino satisfies it. Messages are past tense and start with a capital:
 * "Could not list Secrets". Fields are names, numbers, codes: never an object from the cluster, never
 * Secret data.
 */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What may be logged of an error of any origin. */
export interface ErrorFacts {
  /** The error's class, such as ApiError; "thrown <type>" for a value that is no Error. */
  readonly error: string;
  readonly code?: string;
  /** Status.reason of the API server, or the reason of one of our own errors. */
  readonly reason?: string;
  /** HTTP status. */
  readonly status?: number;
  /** The same of what the error was made from, such as the API server's refusal; not of what lies behind that. */
  readonly cause?: ErrorFacts;
}

/**
 * Name, code, reason and status of an error and of its cause. Never a message, which may quote what was being parsed or sent.
 * A code or reason counts only if it looks like an identifier.
 */
export function errorFacts(error: unknown): ErrorFacts {
  const facts = ownFacts(error);
  return error instanceof Error && error.cause !== undefined ? { ...facts, cause: ownFacts(error.cause) } : facts;
}

function ownFacts(error: unknown): ErrorFacts {
  if (!(error instanceof Error)) return { error: `thrown ${error === null ? 'null' : typeof error}` };
  const { code, reason, status } = error as { code?: unknown; reason?: unknown; status?: unknown };
  return {
    error: isIdentifier(error.name) ? error.name : 'Error',
    ...(isIdentifier(code) && { code }),
    ...(isIdentifier(reason) && { reason }),
    ...(typeof status === 'number' && { status }),
  };
}

/**
 * Where an error was thrown: the frames of its stack, one per line, without the lines before them, which repeat
 * the message. undefined if the two cannot be told apart.
 */
export function stackFrames(error: unknown): string | undefined {
  if (!(error instanceof Error) || typeof error.stack !== 'string') return undefined;
  const messageAt = error.stack.indexOf(error.message);
  if (messageAt === -1) return undefined;
  const [, ...frames] = error.stack.slice(messageAt + error.message.length).split('\n');
  return frames.every((line) => line.startsWith('    at ')) ? frames.map((line) => line.trim()).join('\n') : undefined;
}

function isIdentifier(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/.test(value);
}

import { pino } from 'pino';

/** Field names that carry material in the objects and requests we deal with, in lower case. */
const SECRET_FIELDS: ReadonlySet<string> = new Set([
  'data',
  'stringdata',
  'token',
  'secret',
  'signingsecret',
  'password',
  'passphrase',
  'privatekey',
  'authorization',
  'cookie',
  'body',
]);

/** Below this nothing is shown: what is nested deeper is an object that should not have been logged. */
const MAX_DEPTH = 5;

/**
 * A copy of what was logged without the values of secret fields, at any depth and in any case of their names.
 * Bytes are never shown. Errors keep type, message, stack and their own fields.
 */
export function redactFields(fields: object): Record<string, unknown> {
  return redactEntries(fields, 0);
}

function redactEntries(fields: object, depth: number): Record<string, unknown> {
  const entries = Object.entries(fields).map(([name, value]) => [name, redactField(name, value, depth + 1)]);
  return Object.fromEntries(entries) as Record<string, unknown>;
}

function redactField(name: string, value: unknown, depth: number): unknown {
  return SECRET_FIELDS.has(name.toLowerCase()) ? '[redacted]' : redactValue(value, depth);
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (depth > MAX_DEPTH) return '[too deep]';
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return '[bytes]';
  if (Array.isArray(value)) return value.map((element) => redactValue(element, depth + 1));
  return redactEntries(value instanceof Error ? pino.stdSerializers.err(value) : value, depth);
}

import { ajv } from './ajv.ts';
import { MAX_KEY_BYTES } from '../keys/import-limits.ts';
import type { ImportContext } from './import-context.ts';

/** What lies inside of a sealed message, as JSON. Whoever seals with another tool writes just this. */
export interface ImportPayload extends ImportContext {
  readonly v: typeof VERSION;
  /** RFC 3339. The message is not read later than this. */
  readonly notAfter: string;
  /** Base64 of 1 to 16384 bytes. */
  readonly content: string;
}

const VERSION = 1;
const MAX_BASE64_LENGTH = Math.ceil(MAX_KEY_BYTES / 3) * 4;

const name = { type: 'string', minLength: 1, maxLength: 253 } as const;
const isPayload = ajv.compile<ImportPayload>({
  type: 'object',
  properties: {
    v: { const: VERSION },
    installation: name,
    project: name,
    kind: name,
    namespace: name,
    name,
    environment: name,
    field: name,
    notAfter: {
      type: 'string',
      maxLength: 40,
      pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?(Z|[+-]\\d{2}:\\d{2})$',
    },
    content: { type: 'string', minLength: 4, maxLength: MAX_BASE64_LENGTH },
  },
  required: [
    'v',
    'installation',
    'project',
    'kind',
    'namespace',
    'name',
    'environment',
    'field',
    'notAfter',
    'content',
  ],
  additionalProperties: false,
});

/** The JSON to encrypt. @param notAfter Written in whole seconds. */
export function encodePayload(context: ImportContext, content: Uint8Array, notAfter: Date): Uint8Array {
  const payload: ImportPayload = {
    v: VERSION,
    ...context,
    notAfter: notAfter.toISOString().replace(/\.\d{3}Z$/, 'Z'),
    content: Buffer.from(content).toString('base64'),
  };
  return new TextEncoder().encode(JSON.stringify(payload));
}

/** Reads what `encodePayload` or another tool wrote; undefined for anything else. Never throws, as an error would quote. */
export function decodePayload(
  bytes: Uint8Array,
): { readonly context: ImportContext; readonly notAfter: Date; readonly content: Uint8Array } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
  if (!isPayload(value)) return undefined;
  const { v: _version, notAfter: until, content: text, ...context } = value;
  const notAfter = new Date(until);
  const content = Buffer.from(text, 'base64');
  const isWhole = !Number.isNaN(notAfter.getTime()) && content.toString('base64') === text;
  return isWhole && content.length <= MAX_KEY_BYTES ? { context, notAfter, content } : undefined;
}

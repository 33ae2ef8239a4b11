import { describe, expect, test } from 'vitest';
import type { Schema } from '../../../scripts/generate/crds.ts';
import { apiKeyLimits } from './api-key-limits.ts';
import { faultsOf } from './api-server.ts';
import { cryptoKeyLimits } from './crypto-key-limits.ts';
import { keyProjectLimits } from './key-project-limits.ts';
import { allFields, schemaOf } from './schema-fields.ts';

describe.each([
  { kind: 'KeyProject', rows: keyProjectLimits },
  { kind: 'ApiKey', rows: apiKeyLimits },
  { kind: 'CryptoKey', rows: cryptoKeyLimits },
])('$kind', ({ kind, rows }) => {
  test.each(rows)('$field $limit refuses the first value beyond it', async ({ field, refused, message }) => {
    const faults = await faultsOf(refused);
    const shown = faults.map((fault) => ({ field: withoutPositions(fault.field), message: fault.message }));
    expect(shown).toContainEqual({ field: reportedAt(field, message), message });
  });

  test.each(rows)('$field $limit accepts the last value within it', async ({ accepted }) => {
    expect(await faultsOf(accepted)).toEqual([]);
  });

  test('every limit of metadata and spec has a row', async () => {
    const declared = [...allFields(await schemaOf(kind))]
      .filter(({ path }) => !path.startsWith('status'))
      .flatMap(({ path, schema }) => limitsOf(path, schema));
    expect(rows.map(({ field, limit }) => `${field} ${limit}`).toSorted()).toEqual(declared.toSorted());
  });

  test('every string has a maxLength, every list a maxItems and a list type, every field a description', async () => {
    const unbounded = [...allFields(await schemaOf(kind))].filter(({ path, schema }) => !isBounded(path, schema));
    expect(unbounded.map(({ path }) => path)).toEqual([]);
  });
});

/** Fields of the schema that Kubernetes itself bounds or describes. */
const BUILT_IN = new Set(['apiVersion', 'kind', 'metadata', 'metadata.name']);

function isBounded(path: string, schema: Schema): boolean {
  if (BUILT_IN.has(path)) return true;
  const isEntry = path.endsWith('[]') || path.endsWith('.*');
  if (schema.description === undefined && !(isEntry && schema.type === 'string')) return false;
  if (schema.type === 'string') return schema.maxLength !== undefined;
  if (schema.additionalProperties !== undefined) return schema.maxProperties !== undefined;
  return schema.type !== 'array' || (schema.maxItems !== undefined && schema['x-kubernetes-list-type'] !== undefined);
}

function limitsOf(path: string, schema: Schema): readonly string[] {
  const listType = schema['x-kubernetes-list-type'];
  const enumerated = schema.enum !== undefined;
  // All that an enumeration allows is shorter than its maxLength, and a list of unique enumerated values its maxItems.
  const own = {
    maxLength: schema.maxLength !== undefined && !enumerated,
    minLength: schema.minLength !== undefined,
    maxItems: schema.maxItems !== undefined && schema.items?.enum === undefined,
    minItems: schema.minItems !== undefined,
    maxProperties: schema.maxProperties !== undefined,
    minimum: schema.minimum !== undefined,
    maximum: schema.maximum !== undefined,
    enum: enumerated,
    unique: listType === 'map' || listType === 'set',
  };
  const limits = Object.entries(own).flatMap(([limit, declared]) => (declared ? [`${path} ${limit}`] : []));
  const below = (schema.required ?? []).map((name) => `${path === '' ? name : `${path}.${name}`} required`);
  return [...limits, ...below];
}

function withoutPositions(field: string): string {
  return field.replaceAll(/\[\d+\]/g, '[]');
}

/** A duplicate is reported at the entry, an entry of a map at its key. */
function reportedAt(field: string, message: string): string {
  return message.startsWith('Duplicate') ? `${field}[]` : field.replace(/\.\*$/, '.tenant');
}

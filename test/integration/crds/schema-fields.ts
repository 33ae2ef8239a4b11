import { readCrds, versionOf, type Schema } from '../../../scripts/generate/crds.ts';

export interface Field {
  /** From the object down, entries as "[]": "spec.environments[].name". Empty for the object itself. */
  readonly path: string;
  readonly schema: Schema;
}

/** The schema of a kind as crds/ has it. */
export async function schemaOf(kind: string): Promise<Schema> {
  const crd = (await readCrds()).find(({ spec }) => spec.names.kind === kind);
  if (crd === undefined) throw new Error(`No CRD of kind ${kind}`);
  return versionOf(crd).schema.openAPIV3Schema;
}

/** Every schema inside `schema`, itself first. */
export function* allFields(schema: Schema, path = ''): Iterable<Field> {
  yield { path, schema };
  for (const [name, child] of Object.entries(schema.properties ?? {})) {
    yield* allFields(child, path === '' ? name : `${path}.${name}`);
  }
  if (schema.items !== undefined) yield* allFields(schema.items, `${path}[]`);
  if (schema.additionalProperties !== undefined) yield* allFields(schema.additionalProperties, `${path}.*`);
}

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { callAs, type ApiConnection } from '../cluster/api-request.ts';

type Json = Readonly<Record<string, unknown>>;

interface OpenApi {
  readonly definitions: Readonly<Record<string, Definition>>;
}

interface Definition extends Json {
  readonly 'x-kubernetes-group-version-kind'?: readonly {
    readonly group: string;
    readonly version: string;
    readonly kind: string;
  }[];
}

/** OpenAPI 2 has no word for "one of these types", so these two say string. */
const LOOSE: Readonly<Record<string, Json>> = {
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { type: ['string', 'integer'] },
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { type: ['string', 'number'] },
};

/**
 * Writes what the API server publishes of every kind it serves, ours included, as JSON schemas that know no further
 * field, and returns the --schema-location for kubeconform.
 */
export async function writePublishedSchemas(admin: ApiConnection, folder: string): Promise<string> {
  const { definitions } = (await callAs(admin, { path: '/openapi/v2' })) as OpenApi;
  const strict = Object.entries(definitions).map(([name, schema]): readonly [string, unknown] => [
    name,
    LOOSE[name] ?? closed(schema),
  ]);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'all.json'), JSON.stringify({ definitions: Object.fromEntries<unknown>(strict) }));
  for (const [name, schema] of Object.entries(definitions)) {
    for (const { group, version, kind } of schema['x-kubernetes-group-version-kind'] ?? []) {
      const file = [kind.toLowerCase(), group, version].filter((part) => part !== '').join('_');
      const ref = { $ref: `all.json#/definitions/${name}` };
      await writeFile(join(folder, `${file}.json`), JSON.stringify(ref));
    }
  }
  return join(folder, '{{.ResourceKind}}_{{if ne .Group "v1"}}{{.Group}}_{{end}}{{.ResourceAPIVersion}}.json');
}

/** The schema in which every object with named fields has only these. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const children = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  const isOpen = 'additionalProperties' in schema || 'x-kubernetes-preserve-unknown-fields' in schema;
  return 'properties' in schema && !isOpen ? { ...children, additionalProperties: false } : children;
}

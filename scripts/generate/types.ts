import { compile, type JSONSchema } from 'json-schema-to-typescript';
import { type Crd, kebabCase, readCrds, type Schema, versionOf } from './crds.ts';
import type { GeneratedFile } from './generated-files.ts';

const BANNER = '// Generated from crds/ by scripts/generate/types.ts. Do not edit: change the CRD and generate again.';

/** src/api/generated/<kind>.ts from crds/. */
export async function apiTypes(): Promise<readonly GeneratedFile[]> {
  return Promise.all((await readCrds()).map(generateTypes));
}

async function generateTypes(crd: Crd): Promise<GeneratedFile> {
  const { kind } = crd.spec.names;
  const types = await compile(objectSchema(crd), kind, { bannerComment: '', format: false });
  const imports = [
    `import type { Condition } from '../../kube/objects/conditions.ts';`,
    `import type { ObjectMeta } from '../../kube/objects/objects.ts';`,
  ];
  const text = [BANNER, ...imports, '', readonlyMembers(types)].join('\n');
  return { path: `src/api/generated/${kebabCase(kind)}.ts`, text };
}

/** The whole object. What Kubernetes defines itself comes from kube/. */
function objectSchema(crd: Crd): JSONSchema {
  const { group, names } = crd.spec;
  const version = versionOf(crd);
  const root = version.schema.openAPIV3Schema;
  const { properties = {}, required = [] } = root;
  const own = Object.entries(properties).filter(([name]) => name === 'spec' || name === 'status');
  return {
    type: 'object',
    title: names.kind,
    ...describe(root),
    properties: {
      apiVersion: { tsType: `'${group}/${version.name}'` },
      kind: { tsType: `'${names.kind}'` },
      metadata: { tsType: 'ObjectMeta' },
      ...Object.fromEntries(own.map(([name, schema]) => [name, typeSchema(schema, names.kind + pascalCase(name))])),
    },
    required: ['apiVersion', 'kind', 'metadata', ...required],
    additionalProperties: false,
  };
}

/** The schema without what types cannot say, every object titled so that it becomes an interface of its own. */
function typeSchema(schema: Schema, typeName: string): JSONSchema {
  return { ...describe(schema), ...shapeOf(schema, typeName) };
}

function shapeOf(schema: Schema, typeName: string): JSONSchema {
  if (schema.items !== undefined) return { type: 'array', items: typeSchema(schema.items, singular(typeName)) };
  if (schema.properties !== undefined) return interfaceSchema(schema, schema.properties, typeName);
  if (schema.additionalProperties !== undefined) return { tsType: 'Readonly<Record<string, string>>' };
  if (schema.type === 'object') return { tsType: 'Readonly<Record<string, never>>' };
  if (schema.enum !== undefined) return { enum: [...schema.enum] };
  return schema.type === undefined ? {} : { type: schema.type };
}

function describe(schema: Schema): { description?: string } {
  return schema.description === undefined ? {} : { description: schema.description.trimEnd() };
}

function interfaceSchema(schema: Schema, properties: Readonly<Record<string, Schema>>, typeName: string): JSONSchema {
  const members = Object.entries(properties).map(([name, member]): [string, JSONSchema] => {
    if (name === 'conditions') return [name, { ...describe(member), tsType: 'Condition[]' }];
    return [name, typeSchema(member, typeName + pascalCase(name))];
  });
  return {
    type: 'object',
    title: typeName,
    properties: Object.fromEntries(members),
    required: [...(schema.required ?? [])],
    additionalProperties: false,
  };
}

/** One member stands on one line; comment lines begin with a star, so they never match. */
function readonlyMembers(types: string): string {
  const spaced = types.replaceAll(/^}$/gm, '}\n');
  return spaced.replaceAll(/^ *(\w+\??): (.*)$/gm, (_line, name: string, type: string) =>
    type.endsWith('[];') || type.endsWith('[]') ? `readonly ${name}: readonly ${type}` : `readonly ${name}: ${type}`,
  );
}

function pascalCase(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function singular(typeName: string): string {
  return typeName.replace(/s$/, '');
}

import { type Crd, readCrds, type Rule, type Schema, versionOf } from './crds.ts';
import type { GeneratedFile } from './generated-files.ts';

/** docs/reference/<kind>.md from crds/. */
export async function referencePages(): Promise<readonly GeneratedFile[]> {
  return (await readCrds()).map(referencePage);
}

function referencePage(crd: Crd): GeneratedFile {
  const { kind } = crd.spec.names;
  const { schema } = versionOf(crd);
  const sections = ['spec', 'status'].flatMap((name) => {
    const child = schema.openAPIV3Schema.properties?.[name];
    return child === undefined ? [] : [`## ${name}`, ...proseOf(child), ...rules(child), ...fieldsBelow(child, name)];
  });
  const text = [
    `<!-- Generated from crds/ by scripts/generate/reference.ts. Do not edit: change the CRD and generate again. -->`,
    `# ${kind}`,
    ...proseOf(schema.openAPIV3Schema),
    ...rules(schema.openAPIV3Schema),
    ...aboutKind(crd),
    ...sections,
  ].join('\n\n');
  return { path: `docs/reference/${kind.toLowerCase()}.md`, text };
}

function aboutKind(crd: Crd): readonly string[] {
  const { group, scope, names } = crd.spec;
  const { name: version, additionalPrinterColumns = [], selectableFields = [] } = versionOf(crd);
  const columns = additionalPrinterColumns.map(
    ({ name, description = '', priority = 0 }) =>
      `| ${name.toUpperCase()} | ${priority > 0 ? 'wide' : 'yes'} | ${description} |`,
  );
  const fields = selectableFields.map(({ jsonPath }) => `\`${jsonPath.slice(1)}\``).join(', ');
  return [
    [
      '| | |\n| --- | --- |',
      `| apiVersion | \`${group}/${version}\` |`,
      `| scope | ${scope === 'Cluster' ? 'cluster' : 'namespace'} |`,
      `| kubectl | \`${names.plural}\`, \`${names.singular}\`, \`${names.shortNames.join('`, `')}\`; category \`${names.categories.join('`, `')}\` |`,
      ...(fields === '' ? [] : [`| field selectors | ${fields} |`]),
    ].join('\n'),
    ['| column | shown | meaning |\n| --- | --- | --- |', ...columns].join('\n'),
  ];
}

/** Every field below `schema` in schema order, a heading each. */
function fieldsBelow(schema: Schema, path: string): readonly string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const fieldPath = `${path}.${name}`;
    const below =
      field.items === undefined ? fieldsBelow(field, fieldPath) : fieldsBelow(field.items, `${fieldPath}[]`);
    const required = schema.required?.includes(name) === true;
    return [`### ${fieldPath}`, facts(field, required), ...proseOf(field), ...rules(field), ...below];
  });
}

/** The type and the limits in one line. */
function facts(field: Schema, required: boolean): string {
  const { items } = field;
  const parts = [items === undefined ? typeOf(field) : `list of ${typeOf(items)}`, ...limits(field)];
  if (items !== undefined) parts.push(...limits(items).map((limit) => `each ${limit}`));
  if (required) parts.push('required');
  return `_${parts.join(' · ')}_`;
}

function typeOf(schema: Schema): string {
  if (schema.enum !== undefined) return schema.enum.join(' | ');
  if (schema.format === 'date-time') return 'time (RFC 3339)';
  if (schema.additionalProperties !== undefined) return 'map of string to string';
  return schema.type ?? 'any';
}

function limits(schema: Schema): readonly string[] {
  const isText = schema.type === 'string' && schema.enum === undefined && schema.format !== 'date-time';
  const keys = schema['x-kubernetes-list-map-keys']?.join(' and ');
  return [
    isText ? range(schema.minLength, schema.maxLength, ' characters') : '',
    range(schema.minItems, schema.maxItems, ' entries'),
    range(undefined, schema.maxProperties, ' entries'),
    range(schema.minimum, schema.maximum, ''),
    keys === undefined ? '' : `one per ${keys}`,
    schema['x-kubernetes-list-type'] === 'set' ? 'no duplicates' : '',
  ].filter((limit) => limit !== '');
}

function range(min: number | undefined, max: number | undefined, unit: string): string {
  if (min !== undefined && max !== undefined) return `${min} to ${max}${unit}`;
  if (max !== undefined) return `at most ${max}${unit}`;
  return min === undefined ? '' : `at least ${min}${unit}`;
}

/** What the API server answers to a value that breaks a rule of this field or of its entries. */
function rules(field: Schema): readonly string[] {
  const own = [field, ...(field.items === undefined ? [] : [field.items])];
  const messages = own.flatMap((schema) => schema['x-kubernetes-validations'] ?? []).map(refusal);
  return messages.length === 0 ? [] : [['Refused unless it holds:', '', ...messages].join('\n')];
}

function refusal({ message, fieldPath }: Rule): string {
  return fieldPath === undefined
    ? `- ${escapeMarkdown(message)}`
    : `- \`${fieldPath.slice(1)}\` ${escapeMarkdown(message)}`;
}

function proseOf({ description = '' }: Schema): readonly string[] {
  return [escapeMarkdown(description.trimEnd())];
}

/** "<" would open a tag, "*" and "_" emphasis. */
function escapeMarkdown(text: string): string {
  return text.replaceAll(/[<*_]/g, String.raw`\$&`);
}

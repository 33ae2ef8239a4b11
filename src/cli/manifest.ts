import { isMap, isSeq, parseAllDocuments, Scalar, stringify, YAMLMap, type Document, type ToStringOptions } from 'yaml';
import { EVERY_ENVIRONMENT, MESSAGE_MEMBERS, type ImportField } from '../sealing/import-context.ts';
import { CliError } from './cli-error.ts';
import type { DeclaredKey } from './key-warnings.ts';
import type { KeyPlace } from './seal-order.ts';

/** A manifest with the one key object in it that a value is sealed for. */
export interface KeyManifest {
  readonly place: KeyPlace;
  readonly declared: DeclaredKey;
  readonly documents: readonly Document.Parsed[];
  readonly key: Document.Parsed;
  readonly format: ToStringOptions;
  readonly lineEnd: '\n' | '\r\n';
}

const KINDS: readonly string[] = ['ApiKey', 'CryptoKey'];
const API_GROUP = 'keywright.dev/';
const PLACE_PATHS = {
  kind: ['kind'],
  namespace: ['metadata', 'namespace'],
  name: ['metadata', 'name'],
  project: ['spec', 'project'],
} as const;

/** Members that say the same in another way; with two of them the API server refuses the object. */
const RIVALS: Readonly<Record<ImportField, readonly string[]>> = {
  token: ['secretKeyRef', 'content'],
  key: ['secretKeyRef', 'content'],
  passphrase: ['passphraseSecretKeyRef'],
};

/**
 * Finds the key object in a manifest.
 *
 * @param given What flags said, which must agree with it.
 * @throws {CliError} that says what to change.
 */
export function readManifest(text: string, given: Partial<KeyPlace>): KeyManifest {
  const documents = parseAllDocuments(text, { logLevel: 'error' }) as Document.Parsed[];
  if (documents.some(({ errors }) => errors.length > 0)) throw unusable('it is not YAML; kubectl would not take it');
  const keys = documents.filter((document) => {
    const wanted = given.name === undefined || textAt(document, PLACE_PATHS.name) === given.name;
    return wanted && isKey(document) && (given.kind === undefined || textAt(document, ['kind']) === given.kind);
  });
  const [key, another] = keys;
  if (key === undefined) throw unusable('it holds no ApiKey or CryptoKey of that name; check --kind and --name');
  if (another !== undefined) throw unusable('it holds several keys; say which with --kind and --name');
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n';
  const format = formatOf(documents, text.replaceAll('\r\n', '\n'));
  return { place: placeOf(key, given), declared: declaredBy(key), documents, key, format, lineEnd };
}

/**
 * The manifest's text with the message in it. What else stands there stays, comments included.
 * @throws {CliError} that says what to change.
 */
export function withMessage(manifest: KeyManifest, environment: string, field: ImportField, message: string): string {
  const { key, documents, format, lineEnd } = manifest;
  const parent = environment === EVERY_ENVIRONMENT ? ['spec'] : ['spec', 'environments', indexOf(key, environment)];
  const source = [...parent, 'import'];
  const rival = RIVALS[field].find((member) => key.hasIn([...source, member]));
  if (rival !== undefined) throw unusable(`${where(environment)} has import.${rival} already; take that out first`);
  for (let length = 0; length <= source.length; length += 1) {
    const node = key.getIn(source.slice(0, length), true);
    // A block of text does not fit into {braces}.
    if (isMap(node) || isSeq(node)) node.flow = false;
  }
  if (!isMap(key.getIn(source))) key.setIn(source, new YAMLMap());
  key.setIn([...source, MESSAGE_MEMBERS[field]], blockOf(message));
  return textOf(documents, format).replaceAll('\n', lineEnd);
}

/** What to paste under `spec` of the object. */
export function messageYaml(environment: string, field: ImportField, message: string): string {
  const source = { import: { [MESSAGE_MEMBERS[field]]: blockOf(message) } };
  const spec = environment === EVERY_ENVIRONMENT ? source : { environments: [{ name: environment, ...source }] };
  return stringify({ spec }, { lineWidth: 0 });
}

function blockOf(text: string): Scalar {
  const scalar = new Scalar(text);
  scalar.type = Scalar.BLOCK_LITERAL;
  return scalar;
}

function isKey(document: Document.Parsed): boolean {
  const kind = textAt(document, ['kind']);
  return kind !== undefined && KINDS.includes(kind) && textAt(document, ['apiVersion'])?.startsWith(API_GROUP) === true;
}

function placeOf(key: Document.Parsed, given: Partial<KeyPlace>): KeyPlace {
  const problems: string[] = [];
  const members = Object.entries(PLACE_PATHS).map(([name, path]) => {
    const wanted = given[name as keyof KeyPlace];
    const found = textAt(key, path);
    if (found === undefined && wanted === undefined)
      problems.push(`the manifest has no ${path.join('.')}; give --${name}`);
    if (found !== undefined && wanted !== undefined && found !== wanted) {
      problems.push(`--${name} and ${path.join('.')} of the manifest differ; leave the flag out, or mend the manifest`);
    }
    return [name, found ?? wanted ?? ''] as const;
  });
  if (problems.length > 0) throw new CliError('use the manifest', problems);
  return Object.fromEntries(members) as unknown as KeyPlace;
}

function declaredBy(key: Document.Parsed): DeclaredKey {
  const [type, algorithm] = ['type', 'algorithm'].map((name) => textAt(key, ['spec', name]));
  return { ...(type !== undefined && { type }), ...(algorithm !== undefined && { algorithm }) };
}

function indexOf(key: Document.Parsed, environment: string): number {
  const environments = key.getIn(['spec', 'environments']);
  const items = isSeq(environments) ? environments.items : [];
  const index = items.findIndex((item) => isMap(item) && item.get('name') === environment);
  if (index < 0) throw unusable(`its spec.environments has no "${environment}"; add that first`);
  return index;
}

function where(environment: string): string {
  return environment === EVERY_ENVIRONMENT ? 'spec' : `environment "${environment}"`;
}

function textAt(document: Document.Parsed, path: readonly string[]): string | undefined {
  const value = document.getIn(path);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The way of indenting in which the text is written, as far as one reproduces it; else the usual one. */
function formatOf(documents: readonly Document.Parsed[], text: string): ToStringOptions {
  const candidates = [2, 4].flatMap((indent) =>
    [true, false].flatMap((indentSeq) =>
      [false, true].map((flowCollectionPadding) => ({ indent, indentSeq, flowCollectionPadding, lineWidth: 0 })),
    ),
  );
  return candidates.find((format) => textOf(documents, format) === text) ?? { lineWidth: 0 };
}

function textOf(documents: readonly Document.Parsed[], format: ToStringOptions): string {
  return documents.map((document) => document.toString(format)).join('');
}

function unusable(problem: string): CliError {
  return new CliError('use the manifest', [problem]);
}

import type { Clock } from '../clock.ts';
import type { KubeClient } from '../kube/client/client.ts';
import {
  EVERY_ENVIRONMENT,
  isTooLarge,
  MAX_FIELD_BYTES,
  valueOf,
  type ImportContext,
  type ImportField,
} from '../sealing/import-context.ts';
import { readImportRecipient, sealImportMessage, type ImportRecipient } from '../sealing/seal-import.ts';
import { CliError } from './cli-error.ts';
import { clusterProblem, fetchRecipient, type FetchedRecipient } from './fetch-recipient.ts';
import { keyWarnings } from './key-warnings.ts';
import { messageYaml, readManifest, withMessage, type KeyManifest } from './manifest.ts';
import { placeWarnings } from './place-warnings.ts';
import { isFieldOf, type KeyPlace, type RecipientSource, type SealOrder } from './seal-order.ts';

/** The edges of the process that sealing needs. */
export interface SealPorts {
  readonly clock: Clock;
  /** @throws if the file cannot be read. */
  readonly readFile: (path: string) => Promise<Uint8Array>;
  readonly writeFile: (path: string, text: string) => Promise<void>;
  /** Standard input to its end, or as much of it as shows that there are more than `limit` bytes. */
  readonly readStdin: (limit: number) => Promise<Uint8Array>;
  /** A client for the cluster, which lasts while `use` runs. */
  readonly withCluster: <T>(
    source: Extract<RecipientSource, { readonly kind: 'Cluster' }>,
    use: (client: KubeClient) => Promise<T>,
  ) => Promise<T>;
}

/** What to show: `output` on standard output, `note` on standard error. */
export interface SealResult {
  readonly output: string;
  readonly note: string;
}

/**
 * `keywright seal`: reads a value, seals it to the import key, and writes it into the manifest or gives the YAML to
 * paste. Nothing of the value is shown.
 *
 * @throws {CliError} that says what to do.
 */
export async function seal(order: SealOrder, ports: SealPorts): Promise<SealResult> {
  const { environment, patch, validForMs } = order;
  const manifest = patch === undefined ? undefined : readManifest(await readText(patch, ports), order.place);
  // Without a manifest the flags name it all.
  const place = manifest?.place ?? (order.place as KeyPlace);
  const field = fieldOf(order, place);
  const { recipient, project } = await recipientOf(order.recipient, place.project, ports);
  const now = ports.clock.now();
  const notAfter = new Date(now.getTime() + validForMs);
  const content = await readContent(order.fromFile, field, ports);
  const context = { ...place, environment, field };
  const warnings = project === undefined ? [] : [...placeWarnings(context, project)];
  let message: string;
  try {
    if (field === 'key') warnings.push(...(await keyWarnings(content, manifest?.declared ?? {}, now)));
    message = await sealImportMessage(recipient, context, content, { now, notAfter });
  } finally {
    content.fill(0);
  }
  const note = noteOf(context, recipient, notAfter) + warnings.map((line) => `${line}\n`).join('');
  if (manifest === undefined || patch === undefined) return { output: messageYaml(environment, field, message), note };
  await write(manifest, patch, { environment, field, message }, ports);
  return { output: '', note: `${note}Wrote it into ${patch}.\n` };
}

async function write(
  manifest: KeyManifest,
  path: string,
  {
    environment,
    field,
    message,
  }: { readonly environment: string; readonly field: ImportField; readonly message: string },
  ports: SealPorts,
): Promise<void> {
  const text = withMessage(manifest, environment, field, message);
  await ports.writeFile(path, text).catch(() => {
    throw new CliError('seal', [`${path} cannot be written; check its rights, or leave --patch out and paste`]);
  });
}

function fieldOf({ field }: SealOrder, { kind }: KeyPlace): ImportField {
  if (field === undefined) return kind === 'ApiKey' ? 'token' : 'key';
  if (isFieldOf(kind, field)) return field;
  throw new CliError('seal', [`--field: got "${field}", which no ${kind} has; leave the flag out`], 'Usage');
}

async function recipientOf(
  source: RecipientSource,
  project: string,
  ports: SealPorts,
): Promise<Partial<FetchedRecipient> & Pick<FetchedRecipient, 'recipient'>> {
  const now = ports.clock.now();
  if (source.kind === 'File') {
    const recipient = await readImportRecipient(await readText(source.path, ports), now);
    if (recipient !== undefined) return { recipient };
    throw new CliError('seal', [
      `${source.path} is no import key of Keywright; it is import-key.asc of the ConfigMap keywright-import`,
    ]);
  }
  const { operatorNamespace } = source;
  try {
    return await ports.withCluster(source, (client) => fetchRecipient({ client, operatorNamespace, project, now }));
  } catch (error) {
    const problem = clusterProblem(error);
    throw problem === undefined ? error : new CliError('fetch the import key', [problem]);
  }
}

async function readContent(path: string, field: ImportField, { readFile, readStdin }: SealPorts): Promise<Uint8Array> {
  const isStdin = path === '-';
  const limit = MAX_FIELD_BYTES[field];
  // Behind the largest value there may be a line end.
  const bytes = await (isStdin ? readStdin(limit + 2) : readFile(path).catch(() => unreadable(path)));
  const content = valueOf(field, bytes);
  const where = isStdin ? 'standard input' : path;
  if (content.length === 0) throw new CliError('seal', [`${where} is empty; put the ${field} there`]);
  if (isTooLarge(field, content)) {
    throw new CliError('seal', [
      `${where} is larger than ${limit / 1024} KiB, the most that a ${field} may have; is it the right file?`,
    ]);
  }
  return content;
}

async function readText(path: string, { readFile }: SealPorts): Promise<string> {
  return new TextDecoder().decode(await readFile(path).catch(() => unreadable(path)));
}

function unreadable(path: string): never {
  throw new CliError('seal', [`${path} cannot be read; check the path and its rights`]);
}

function noteOf(context: Omit<ImportContext, 'installation'>, recipient: ImportRecipient, notAfter: Date): string {
  const { field, kind, namespace, name, project, environment } = context;
  const scope = environment === EVERY_ENVIRONMENT ? 'all environments' : `environment ${environment}`;
  return [
    `Sealed the ${field} of ${kind} ${namespace}/${name}, project ${project}, ${scope}.`,
    `To import key ${recipient.fingerprint} of installation ${recipient.installation}.`,
    `Apply it before ${notAfter.toISOString().slice(0, 16)}Z.`,
    '',
  ].join('\n');
}

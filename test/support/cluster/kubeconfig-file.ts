import { readFile, rename, writeFile } from 'node:fs/promises';
import { parse, stringify } from 'yaml';
import type { ApiConnection } from './api-request.ts';

/** First line of every file written here; a file that does not begin with it is somebody else's. */
const HEADER = '# Written by `npm run cluster`.';

/**
 * Writes a kubeconfig with everything embedded, readable by its owner only.
 *
 * @throws if the file exists and is not one of ours: nobody's own kubeconfig is ever overwritten.
 */
export async function writeKubeconfig(path: string, connection: ApiConnection, user: string): Promise<void> {
  await assertReplaceable(path);
  const name = 'keywright-local';
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: connection.server, 'certificate-authority-data': base64(connection.ca) } }],
    users: [{ name: user, user: { token: connection.token } }],
    contexts: [{ name, context: { cluster: name, user, namespace: 'default' } }],
    'current-context': name,
  };
  const unfinished = `${path}.${process.pid}.tmp`;
  await writeFile(unfinished, `${HEADER}\n${stringify(config, { lineWidth: 0 })}`, { mode: 0o600 });
  await rename(unfinished, path);
}

/** @throws if the file exists, is not empty and was not written here. */
export async function assertReplaceable(path: string): Promise<void> {
  const content = await readFile(path, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  });
  if (content.trim() !== '' && !content.startsWith(HEADER)) {
    throw new Error(`Cannot write ${path}: it exists and \`npm run cluster\` did not write it. Name another file.`);
  }
}

interface KubeconfigEntry {
  readonly name: string;
  readonly context?: { readonly cluster: string; readonly user: string };
  readonly cluster?: Readonly<Record<string, string>>;
  readonly user?: Readonly<Record<string, string>>;
}

/**
 * Reads the current context of a kubeconfig.
 *
 * @throws if its user has neither a token nor an embedded client certificate: plugins are not run here.
 */
export async function readKubeconfig(path: string): Promise<ApiConnection> {
  const config = parse(await readFile(path, 'utf8')) as Readonly<Record<string, unknown>>;
  const entry = (list: string, name: unknown): KubeconfigEntry => {
    const found = (config[list] as readonly KubeconfigEntry[]).find((candidate) => candidate.name === name);
    if (found === undefined) throw new Error(`Cannot use kubeconfig ${path}: ${list} has no entry "${String(name)}"`);
    return found;
  };
  const context = entry('contexts', config['current-context']).context;
  const cluster = entry('clusters', context?.cluster).cluster ?? {};
  const user = entry('users', context?.user).user ?? {};
  const connection = {
    server: cluster['server'] ?? '',
    ...optional('ca', cluster['certificate-authority-data'], fromBase64),
    ...optional('token', user['token'], String),
    ...optional('clientCertificate', user['client-certificate-data'], fromBase64),
    ...optional('clientKey', user['client-key-data'], fromBase64),
  };
  if (connection.token === undefined && connection.clientKey === undefined) {
    throw new Error(`Cannot use kubeconfig ${path}: its user needs a token or an embedded client certificate`);
  }
  return connection;
}

function optional<K extends string>(
  key: K,
  value: string | undefined,
  map: (value: string) => string,
): { readonly [P in K]?: string } {
  return value === undefined ? {} : ({ [key]: map(value) } as { [P in K]: string });
}

function base64(text: string | undefined): string {
  return Buffer.from(text ?? '').toString('base64');
}

function fromBase64(text: string): string {
  return Buffer.from(text, 'base64').toString();
}

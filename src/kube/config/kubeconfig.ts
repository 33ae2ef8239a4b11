import { dirname, isAbsolute, join } from 'node:path';
import type { ClusterConfig, ConfigSources } from './cluster-config.ts';
import type { ClientCertificate, TlsOptions } from '../transport/connector.ts';
import {
  bearerHeader,
  cachedCredentials,
  type Credentials,
  FILE_MAX_AGE_MS,
  type Identity,
  type IdentitySource,
  readCredentialFile,
  staticCredentials,
} from '../transport/credentials.ts';
import { impersonationHeaders } from './impersonation.ts';
import { KubeconfigError, type KubeconfigSection, parseKubeconfig } from './kubeconfig-file.ts';
import { pluginIdentitySource } from './plugin-identity.ts';

export interface KubeconfigOptions extends ConfigSources {
  /** @default the file's current-context */
  readonly context?: string;
}

/**
 * Reads one context of a kubeconfig file. Relative paths in it count from its own folder. Files it names are read
 * again every minute; exec and auth-provider plugins run through @kubernetes/client-node, loaded at their first use.
 * https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
 *
 * @throws {KubeconfigError} if the file is malformed, the context is not in it, or it asks for what is not
 *   supported: a proxy, basic authentication. ConnectionError credentials if the file cannot be read.
 */
export async function kubeconfigConfig(path: string, options: KubeconfigOptions): Promise<ClusterConfig> {
  const root = parseKubeconfig(await readCredentialFile(options.readFile, path));
  const context = namedSection(root, 'context', options.context ?? root.requiredText('current-context'));
  const cluster = namedSection(root, 'cluster', context.requiredText('cluster'));
  const userName = context.text('user');
  const user = userName === undefined ? undefined : namedSection(root, 'user', userName);
  assertSupported(cluster, user);

  const files = fileReader(dirname(path), options);
  const namespace = context.text('namespace');
  return {
    server: cluster.requiredText('server'),
    credentials: userCredentials(user, { files, folder: dirname(path), clock: options.clock }),
    tls: tlsOptions(cluster, files),
    ...(namespace === undefined ? {} : { namespace }),
  };
}

/** Reads a file that the kubeconfig names. */
type FileReader = (path: string) => Promise<string>;

function fileReader(folder: string, { readFile }: ConfigSources): FileReader {
  return (path) => readCredentialFile(readFile, isAbsolute(path) ? path : join(folder, path));
}

/** Entries look like {name: dev, cluster: {…}}; the lists are called "clusters", "users" and "contexts". */
function namedSection(root: KubeconfigSection, what: 'cluster' | 'user' | 'context', name: string): KubeconfigSection {
  const entry = root.sections(`${what}s`).find((candidate) => candidate.text('name') === name);
  const section = entry?.section(what);
  if (section === undefined) throw new KubeconfigError(`Cannot use the kubeconfig: it has no ${what} "${name}"`);
  return section;
}

/** Going on without these would connect elsewhere, or as nobody, and fail with a riddle. */
function assertSupported(cluster: KubeconfigSection, user: KubeconfigSection | undefined): void {
  const unsupported = [...cluster.namesSet(['proxy-url']), ...(user?.namesSet(['username', 'password']) ?? [])];
  if (unsupported.length > 0) {
    throw new KubeconfigError(`Cannot use the kubeconfig: ${unsupported.join(', ')} is not supported`);
  }
}

function tlsOptions(cluster: KubeconfigSection, files: FileReader): TlsOptions {
  const serverName = cluster.text('tls-server-name');
  const ca = dataOrFile(cluster, 'certificate-authority', files);
  return {
    ...(ca === undefined ? {} : { loadCa: ca.read }),
    ...(serverName === undefined ? {} : { serverName }),
    insecureSkipTlsVerify: cluster.flag('insecure-skip-tls-verify'),
  };
}

interface PemSource {
  readonly read: () => Promise<string>;
  readonly isFile: boolean;
}

/** As kubectl does it, "<field>-data" wins over the file that "<field>" names. */
function dataOrFile(section: KubeconfigSection, field: string, files: FileReader): PemSource | undefined {
  const data = section.base64(`${field}-data`);
  if (data !== undefined) return { read: async () => data, isFile: false };
  const path = section.text(field);
  return path === undefined ? undefined : { read: () => files(path), isFile: true };
}

interface UserSources {
  readonly files: FileReader;
  readonly folder: string;
  readonly clock: ConfigSources['clock'];
}

function userCredentials(user: KubeconfigSection | undefined, { files, folder, clock }: UserSources): Credentials {
  if (user === undefined) return staticCredentials({ headers: {} });

  const parts = [certificateSource(user, files), tokenSource(user, files), pluginIdentitySource(user, folder)].filter(
    (part) => part !== undefined,
  );
  const impersonation = impersonationHeaders(user);
  return cachedCredentials({
    load: async (why) => {
      const identities = await Promise.all(parts.map((part) => part.load(why)));
      return merged([{ headers: impersonation }, ...identities]);
    },
    maxAgeMs: Math.min(...parts.map((part) => part.maxAgeMs)),
    clock,
  });
}

function certificateSource(user: KubeconfigSection, files: FileReader): IdentitySource | undefined {
  const cert = dataOrFile(user, 'client-certificate', files);
  const key = dataOrFile(user, 'client-key', files);
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) {
    throw new KubeconfigError('Cannot use the kubeconfig: a client certificate needs both certificate and key');
  }
  const certificate = async (): Promise<ClientCertificate> => ({ cert: await cert.read(), key: await key.read() });
  return {
    load: async () => ({ headers: {}, certificate: await certificate() }),
    maxAgeMs: cert.isFile || key.isFile ? FILE_MAX_AGE_MS : Infinity,
  };
}

/** As kubectl does it, a token file wins over a token. */
function tokenSource(user: KubeconfigSection, files: FileReader): IdentitySource | undefined {
  const path = user.text('tokenFile');
  if (path !== undefined) {
    return { load: async () => ({ headers: bearerHeader(await files(path)) }), maxAgeMs: FILE_MAX_AGE_MS };
  }
  const token = user.text('token');
  return token === undefined ? undefined : { load: async () => ({ headers: bearerHeader(token) }), maxAgeMs: Infinity };
}

/** Later ones win. */
function merged(identities: readonly Identity[]): Identity {
  return identities.reduce((all, next) => ({ ...all, ...next, headers: { ...all.headers, ...next.headers } }));
}

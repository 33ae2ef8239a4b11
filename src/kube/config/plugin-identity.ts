import type { RequestOptions } from 'node:https';
import { isAbsolute, join } from 'node:path';
import type { KubeConfig, User } from '@kubernetes/client-node';
import { isRecord } from '../client/answer.ts';
import { ConnectionError } from '../errors/api-error.ts';
import { bearerHeader, type Identity, type IdentitySource } from '../transport/credentials.ts';
import type { KubeconfigSection } from './kubeconfig-file.ts';

/** client-node keeps a credential until it expires, so asking it often costs little. */
const ASK_AGAIN_MS = 10_000;

/**
 * The identity that an exec plugin or an auth provider (OIDC) of a kubeconfig's user gives; undefined if it has
 * neither. Both run in @kubernetes/client-node, which costs about a second and 85 MB to load, hence late.
 *
 * @param folder Where a relative path of a plugin counts from.
 */
export function pluginIdentitySource(user: KubeconfigSection, folder: string): IdentitySource | undefined {
  const plugin = pluginOf(user, folder);
  if (plugin === undefined) return undefined;
  let config: KubeConfig | undefined;
  return {
    async load({ rejected }) {
      // A new KubeConfig has an empty cache, so the plugin runs again.
      if (config === undefined || rejected) config = await kubeConfigFor(plugin.user);
      return askedIdentity(config, plugin.title);
    },
    maxAgeMs: ASK_AGAIN_MS,
  };
}

interface Plugin {
  readonly title: string;
  /** An auth provider keeps renewed tokens in here. */
  readonly user: User;
}

function pluginOf(user: KubeconfigSection, folder: string): Plugin | undefined {
  const exec = user.section('exec');
  if (exec !== undefined) {
    const command = exec.requiredText('command');
    return { title: `exec plugin "${command}"`, user: { name: 'user', exec: execSettings(exec, command, folder) } };
  }
  const provider = user.section('auth-provider');
  if (provider === undefined) return undefined;
  const authProvider = structuredClone(provider.raw());
  return { title: `auth provider "${provider.requiredText('name')}"`, user: { name: 'user', authProvider } };
}

function execSettings(exec: KubeconfigSection, command: string, folder: string): object {
  const isInFolder = command.includes('/') && !isAbsolute(command);
  // client-node leaves out this variable, and plugins of v1 refuse to run without it.
  const info = { apiVersion: exec.requiredText('apiVersion'), kind: 'ExecCredential', spec: { interactive: false } };
  const env = exec
    .sections('env')
    .map((entry) => ({ name: entry.requiredText('name'), value: entry.text('value') ?? '' }));
  return {
    command: isInFolder ? join(folder, command) : command,
    args: [...exec.texts('args')],
    env: [...env, { name: 'KUBERNETES_EXEC_INFO', value: JSON.stringify(info) }],
  };
}

async function kubeConfigFor(user: User): Promise<KubeConfig> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  // Only the user's part is asked of it; the server is never connected to.
  config.loadFromClusterAndUser({ name: 'cluster', server: 'https://cluster.invalid', skipTLSVerify: false }, user);
  return config;
}

/** @throws {ConnectionError} credentials. The plugin's own error may quote its output, which is a credential. */
async function askedIdentity(config: KubeConfig, title: string): Promise<Identity> {
  const answer: RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(answer);
  } catch {
    throw new ConnectionError('credentials', `Could not obtain credentials: the ${title} failed`);
  }
  const token = tokenIn(answer.headers);
  const { cert, key } = answer;
  if (token === undefined && typeof cert !== 'string') {
    throw new ConnectionError('credentials', `Could not obtain credentials: the ${title} gave none`);
  }
  return {
    headers: token === undefined ? {} : bearerHeader(token),
    ...(typeof cert === 'string' && typeof key === 'string' ? { certificate: { cert, key } } : {}),
  };
}

function tokenIn(headers: unknown): string | undefined {
  const header = isRecord(headers) ? headers['Authorization'] : undefined;
  return typeof header === 'string' && header.startsWith('Bearer ') ? header.slice('Bearer '.length) : undefined;
}

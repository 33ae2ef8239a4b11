import { generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, mkdtemp, readFile, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** etcd reserves 64 MB at once, and containers often give /dev/shm no more than that. */
const MEMORY_NEEDED_BYTES = 1024 ** 3;

export interface ClusterFiles {
  /** Lives as long as the cluster; holds the sockets, and the data too if no folder was named for it. */
  readonly runFolder: string;
  readonly etcdData: string;
  /** The API server writes its self-signed serving certificate here on its first start. */
  readonly certificates: string;
  readonly servingCertificate: string;
  readonly serviceAccountKey: string;
  readonly serviceAccountPublicKey: string;
  readonly tokenFile: string;
  readonly adminToken: string;
  readonly controllerManagerToken: string;
  readonly controllerManagerKubeconfig: string;
  readonly adminKubeconfig: string;
  readonly portFile: string;
  readonly log: (name: string) => string;
}

/**
 * Lays out the folders of a cluster and makes what identifies it: tokens and the keys that sign
 * ServiceAccount tokens. In a data folder that was used before, those made first are kept, so that
 * kubeconfigs and tokens from then stay good.
 */
export async function prepareClusterFiles(dataDir: string | undefined): Promise<ClusterFiles> {
  if (dataDir !== undefined) await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const runFolder = await mkdtemp(join(await temporaryFolder(), 'keywright-cluster-'));
  const data = dataDir ?? runFolder;
  const certificates = join(data, 'certificates');
  await mkdir(certificates, { recursive: true, mode: 0o700 });
  await mkdir(join(data, 'logs'), { recursive: true, mode: 0o700 });
  const tokenFile = join(data, 'tokens.csv');
  const { admin, controllerManager } = await keepTokens(tokenFile);
  const serviceAccountKey = join(certificates, 'service-account.key');
  const serviceAccountPublicKey = join(certificates, 'service-account.pub');
  await keepSigningKey(serviceAccountKey, serviceAccountPublicKey);
  return {
    runFolder,
    etcdData: join(data, 'etcd'),
    certificates,
    servingCertificate: join(certificates, 'apiserver.crt'),
    serviceAccountKey,
    serviceAccountPublicKey,
    tokenFile,
    adminToken: admin,
    controllerManagerToken: controllerManager,
    controllerManagerKubeconfig: join(data, 'controller-manager.kubeconfig'),
    adminKubeconfig: join(data, 'admin.kubeconfig'),
    portFile: join(data, 'port'),
    log: (name) => join(data, 'logs', `${name}.log`),
  };
}

/** Memory is many times faster than a disk here, if there is enough of it. */
async function temporaryFolder(): Promise<string> {
  const memory = '/dev/shm';
  try {
    await access(memory, constants.W_OK);
    const { bavail, bsize } = await statfs(memory);
    return bavail * bsize >= MEMORY_NEEDED_BYTES ? memory : tmpdir();
  } catch {
    return tmpdir();
  }
}

/** The token file's lines are `token,user,uid,"group"`. */
async function keepTokens(path: string): Promise<{ admin: string; controllerManager: string }> {
  const line = (user: string): string => `${randomBytes(32).toString('hex')},${user},${user},"system:masters"\n`;
  const content = await keepFile(path, () => line('keywright-admin') + line('keywright-controller-manager'));
  const [admin, controllerManager] = content.split('\n').map((entry) => entry.split(',')[0] ?? '');
  if (!admin || !controllerManager) throw new Error(`Cannot use ${path}: it does not hold the two tokens of a cluster`);
  return { admin, controllerManager };
}

async function keepSigningKey(keyPath: string, publicKeyPath: string): Promise<void> {
  const pem = (key: KeyObject, type: 'pkcs8' | 'spki'): string => key.export({ format: 'pem', type }).toString();
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const kept = await keepFile(keyPath, () => pem(pair.privateKey, 'pkcs8') + pem(pair.publicKey, 'spki'));
  await keepFile(publicKeyPath, () => kept.slice(kept.indexOf('-----BEGIN PUBLIC KEY-----')));
}

/** The content of a file, which is made and written first if the file does not exist. */
async function keepFile(path: string, make: () => string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const content = make();
    await writeFile(path, content, { mode: 0o600 });
    return content;
  }
}

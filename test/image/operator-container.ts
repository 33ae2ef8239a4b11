import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GenericContainer, Wait, type StartedTestContainer } from 'testcontainers';
import type { ApiConnection } from '../support/cluster/api-request.ts';
import { freePort } from '../support/cluster/free-port.ts';
import { requestToken } from '../support/cluster/request-token.ts';
import { installOperatorRoles, OPERATOR_ACCOUNT } from '../support/harness/operator-roles.ts';
import { OPERATOR_NAMESPACE } from '../support/operator.ts';

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
const START_MS = 60_000;

/** Runs as Pod Security "restricted" and the chart would have it; the user is the image's own. */
class RestrictedContainer extends GenericContainer {
  constructor(image: string) {
    super(image);
    this.hostConfig.ReadonlyRootfs = true;
    this.withDroppedCapabilities('ALL').withSecurityOpt('no-new-privileges').withNetworkMode('host');
  }
}

/** The operator in a container. Disposal ends it. */
export interface OperatorContainer extends AsyncDisposable {
  readonly container: StartedTestContainer;
  /** Answers on the health port: 200 when it is ready. */
  readonly readiness: string;
}

/** Starts the image as a pod would start it: with a ServiceAccount's token, CA and namespace in the usual files. */
export async function startOperatorContainer(image: string, admin: ApiConnection): Promise<OperatorContainer> {
  const folder = await mkdtemp(join(tmpdir(), 'keywright-pod-'));
  const account = join(folder, 'serviceaccount');
  await writeServiceAccount(account, admin);
  const { hostname, port } = new URL(admin.server);
  const health = await freePort();
  const flags = [`--health-port=${health}`, '--metrics-port=0', '--bind-address=127.0.0.1'];
  const container = await new RestrictedContainer(image)
    .withBindMounts([{ source: account, target: SERVICE_ACCOUNT, mode: 'ro' }])
    .withEnvironment({ KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port, POD_NAME: 'keywright-0' })
    .withCommand(['controller', ...flags])
    .withWaitStrategy(Wait.forLogMessage(/Opened the installation/))
    .withStartupTimeout(START_MS)
    .start();
  return {
    container,
    readiness: `http://127.0.0.1:${health}/readyz`,
    [Symbol.asyncDispose]: async () => {
      await container.stop();
      await rm(folder, { recursive: true });
    },
  };
}

/** Readable for whoever the container runs as; the folder above it is ours alone. */
async function writeServiceAccount(folder: string, admin: ApiConnection): Promise<void> {
  await installOperatorRoles(OPERATOR_NAMESPACE, admin);
  const token = await requestToken(admin, OPERATOR_NAMESPACE, OPERATOR_ACCOUNT);
  const files = { token, 'ca.crt': admin.ca ?? '', namespace: OPERATOR_NAMESPACE };
  await mkdir(folder, { mode: 0o755 });
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content, { mode: 0o644 });
}

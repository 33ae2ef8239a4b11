import { join, resolve } from 'node:path';
import { callAs } from '../../test/support/cluster/api-request.ts';
import { aborted } from '../../test/support/cluster/ending-signal.ts';
import { startCluster, type RunningCluster } from '../../test/support/cluster/start-cluster.ts';
import { applyFiles } from './apply-files.ts';
import { openClusterAccess, type ClusterAccess } from './cluster-access.ts';
import { invitation } from './invitation.ts';
import { installOperatorAccount, OPERATOR_ACCOUNT, OPERATOR_NAMESPACE } from './operator-account.ts';
import { OperatorProcess } from './operator-process.ts';
import type { DemoOptions } from './options.ts';
import { applyQuickstart, assertNotTaken, FOLDER, KEY } from './quickstart.ts';
import type { Screen } from './screen.ts';
import { tour } from './tour.ts';

export interface DemoSurroundings {
  readonly screen: Screen;
  /** Private; whoever made it removes it. */
  readonly folder: string;
  /** Asks to end, at any time. */
  readonly signal: AbortSignal;
}

/**
 * Starts a cluster and the operator, applies the quickstart, gives the tour and, unless it is to run once, waits until
 * it is asked to end. Whatever happens, nothing that was started is left running.
 *
 * @throws if anything is not as it should be, in words for the person; the signal's reason if asked to end before
 *   the tour was over.
 */
export async function demo(options: DemoOptions, surroundings: DemoSurroundings): Promise<void> {
  const { signal: asked } = surroundings;
  if (options.kubeconfig !== undefined) {
    const kubeconfig = resolve(options.kubeconfig);
    await using access = await openClusterAccess(kubeconfig).catch(failWith('The kubeconfig cannot be used'));
    await assertUsable(surroundings.screen, access);
    await showOperator({ ...options, ...surroundings, asked, access, kubeconfig, isLocal: false });
    return;
  }
  await using started = new AsyncDisposableStack();
  const cluster = started.adopt(await localCluster(surroundings), (running) => running.stop());
  const broken = new AbortController();
  void cluster.failed.then((error) => broken.abort(error));
  const access = started.use(await openClusterAccess(cluster.kubeconfigPath));
  const signal = AbortSignal.any([asked, broken.signal]);
  const { kubeconfigPath: kubeconfig } = cluster;
  await showOperator({ ...options, ...surroundings, asked, signal, access, kubeconfig, isLocal: true });
}

interface Stage extends DemoSurroundings {
  /** The person asks to end; `signal` aborts also when a part of the demo has ended by itself, with the error. */
  readonly asked: AbortSignal;
  readonly once: boolean;
  readonly access: ClusterAccess;
  readonly kubeconfig: string;
  /** The cluster ends with the demo. */
  readonly isLocal: boolean;
}

async function showOperator(stage: Stage): Promise<void> {
  const { screen, access, folder } = stage;
  await screen.step('Installing the CRDs', async () => {
    await applyFiles(access.connection, 'crds');
    return 'The CRDs KeyProject, ApiKey and CryptoKey are installed';
  });
  const kubeconfig = join(folder, 'operator.kubeconfig');
  await installOperatorAccount(access.connection, kubeconfig, stage.signal);
  await using operator = await OperatorProcess.start({ kubeconfig, logFile: join(folder, 'operator.log') });
  const broken = new AbortController();
  void operator.ended.then((how) => broken.abort(new Error(`The operator ${how}`)));
  try {
    await showDelivery({ ...stage, signal: AbortSignal.any([stage.signal, broken.signal]) }, operator);
  } catch (error) {
    if (!stage.asked.aborted) screen.block(['', "The operator's last lines:", ...(await operator.logTail())]);
    throw error;
  }
}

async function showDelivery(stage: Stage, operator: OperatorProcess): Promise<void> {
  const { screen, access, signal } = stage;
  await screen.step('Starting the operator from source', async () => {
    await operator.untilLeading(signal);
    return `The operator runs as ServiceAccount ${OPERATOR_NAMESPACE}/${OPERATOR_ACCOUNT}, with exactly the roles of deploy/rbac`;
  });
  await screen.step(`Applying ${FOLDER}`, async () => {
    const { status } = await applyQuickstart(access, signal);
    const { ready, total } = status?.deployment ?? {};
    return `${FOLDER} is applied: ApiKey ${KEY.namespace}/${KEY.name} is Ready in ${ready} of ${total} namespaces`;
  });
  await tour({ screen, access, operator, signal });
  for (const line of invitation({ ...stage, operator })) screen.line(line);
  if (stage.once) return;
  await aborted(signal);
  if (!stage.asked.aborted) signal.throwIfAborted();
  screen.line(`\nEnding the operator${stage.isLocal ? ' and the cluster' : ''}`);
}

async function localCluster({ screen, folder, signal }: DemoSurroundings): Promise<RunningCluster> {
  let cluster: RunningCluster | undefined;
  await screen.step('Starting Kubernetes', async (onProgress) => {
    cluster = await startCluster({ kubeconfig: join(folder, 'kubeconfig'), signal, onProgress });
    return `Kubernetes ${cluster.version} runs at ${cluster.server}: API server, etcd, controller manager`;
  });
  return cluster as RunningCluster;
}

/** A cluster that is somebody's: does it answer, and would nothing be overwritten? */
async function assertUsable(screen: Screen, access: ClusterAccess): Promise<void> {
  const { server } = access.connection;
  await screen.step(`Looking at the cluster at ${server}`, async () => {
    const { gitVersion } = (await callAs(access.connection, { path: '/version' }).catch(
      failWith('The cluster does not answer'),
    )) as { gitVersion: string };
    await assertNotTaken(access);
    return `Kubernetes ${gitVersion} answers at ${server}`;
  });
}

/** For a cluster that the person has named. @throws {Error} with what is wrong and what to name instead. */
function failWith(what: string): (error: unknown) => never {
  return (error) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${what}: ${why}\nName another one with --kubeconfig=FILE, or none for a local cluster`, {
      cause: error,
    });
  };
}

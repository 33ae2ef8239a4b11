import { SECRETS } from '../src/kube/objects/resource.ts';
import { OPERATOR_NAMESPACE, type BenchCluster } from './bench-cluster.ts';
import { declareKeys, removeKeys, sideBySide, triggerRotation, whenReady, type Declared } from './keys-on-server.ts';
import { OperatorProcess } from './operator-process.ts';
import { recipesOf, type Recipe } from './recipe.ts';
import { startRecordingProxy } from './recording-proxy.ts';
import { replay } from './replay.ts';
import { countedBetween, requestCounts, writeCounts, type WriteCounts } from './server-counters.ts';
import { keyNames, TARGETS } from './workload.ts';

const RECORDED_KEYS = 20;
/** The first rotation of a key that was issued once. */
const ROTATED = { version: 2 };
/** The author's own order, by the verb under which the API server counts it. */
const TRIGGER = 'PATCH apikeys';

/** The same keys rotated by the bare loop and by the operator, one after the other. Milliseconds. */
export interface RotationPair {
  readonly keys: number;
  /** Ordering the rotations and then all that the operator does for them, until the last key is Ready again. */
  readonly bareMs: number;
  /** From the first order until the last key is Ready again. */
  readonly operatorMs: number;
  /** From the first order until the operator had nothing left to do, without the orders themselves. */
  readonly writes: WriteCounts;
}

export interface RotationRoundOptions {
  readonly cluster: BenchCluster;
  readonly project: string;
  readonly recipes: readonly Recipe[];
  readonly keys: number;
}

/** What the operator asks for each of twenty keys that are rotated. */
export async function recordRotations(cluster: BenchCluster, project: string): Promise<readonly Recipe[]> {
  await using proxy = await startRecordingProxy(cluster.admin);
  const names = keyNames('rec', RECORDED_KEYS);
  const issuer = await issueKeys(cluster, project, names);
  await issuer.stop();
  // One that did not issue them writes its events anew, instead of counting up those of the first issue.
  const operator = await OperatorProcess.start({ cluster, server: proxy.server });
  await operator.settled();
  const started = proxy.requests.length;
  const { ready } = await whenReady(cluster, names, ROTATED);
  await triggerAll(cluster, names);
  await ready;
  await operator.settled();
  await operator.stop();
  await removeKeys(cluster);
  return recipesOf(proxy.requests.slice(started), project, names);
}

/** Both find keys that an operator has issued once, and that nobody has rotated. */
export async function rotationPair(options: RotationRoundOptions): Promise<RotationPair> {
  const bareMs = await bareRotations(options);
  return { keys: options.keys, bareMs, ...(await operatorRotations(options)) };
}

/** The operator's own requests, from a loop that does nothing else and is watched as the operator is. */
async function bareRotations({ cluster, project, recipes, keys }: RotationRoundOptions): Promise<number> {
  const names = keyNames('key', keys);
  const issuer = await issueKeys(cluster, project, names);
  await issuer.stop();
  const standing = await standingSecrets(cluster);
  const { ready } = await whenReady(cluster, names, ROTATED);
  const startedMs = performance.now();
  const declared = await triggerAll(cluster, names);
  await replay({ transport: cluster.operatorTransport, recipes, project, declared, standing, withEvents: true });
  const tookMs = (await ready) - startedMs;
  await removeKeys(cluster);
  return tookMs;
}

async function operatorRotations({
  cluster,
  project,
  keys,
}: RotationRoundOptions): Promise<Pick<RotationPair, 'operatorMs' | 'writes'>> {
  const names = keyNames('key', keys);
  const operator = await issueKeys(cluster, project, names);
  const before = await requestCounts(cluster.admin);
  const { ready } = await whenReady(cluster, names, ROTATED);
  const startedMs = performance.now();
  await triggerAll(cluster, names);
  const operatorMs = (await ready) - startedMs;
  await operator.settled();
  const counted = countedBetween(before, await requestCounts(cluster.admin));
  await operator.stop();
  await removeKeys(cluster);
  return { operatorMs, writes: withoutOrders(writeCounts(counted), keys) };
}

/** An operator that has issued these keys and has nothing left to do. */
async function issueKeys(cluster: BenchCluster, project: string, names: readonly string[]): Promise<OperatorProcess> {
  const operator = await OperatorProcess.start({ cluster });
  const { ready } = await whenReady(cluster, names);
  await declareKeys(cluster, project, names);
  await ready;
  await operator.settled();
  return operator;
}

/** Orders a rotation of each key, 16 side by side. Returns where the keys stand then, by name. */
async function triggerAll(cluster: BenchCluster, names: readonly string[]): Promise<ReadonlyMap<string, Declared>> {
  const triggered = new Map<string, Declared>();
  await sideBySide(names, async (name) => {
    triggered.set(name, await triggerRotation(cluster, name));
  });
  return triggered;
}

/** Where every delivered Secret and every record stands, by its path. */
async function standingSecrets({ client }: BenchCluster): Promise<ReadonlyMap<string, Declared>> {
  const lists = await Promise.all(
    [OPERATOR_NAMESPACE, ...TARGETS].map((namespace) => client.list(SECRETS, { namespace, metadataOnly: true })),
  );
  return new Map(
    lists.flatMap(({ items }) =>
      items.map(({ metadata: { namespace = '', name, uid = '', resourceVersion = '' } }) => [
        `/api/v1/namespaces/${namespace}/secrets/${name}`,
        { uid, resourceVersion },
      ]),
    ),
  );
}

function withoutOrders(writes: WriteCounts, orders: number): WriteCounts {
  const keys = new Map(writes.keys);
  const left = (keys.get(TRIGGER) ?? 0) - orders;
  if (left === 0) keys.delete(TRIGGER);
  else keys.set(TRIGGER, left);
  return { ...writes, keys };
}

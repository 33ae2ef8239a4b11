import { setTimeout as pause } from 'node:timers/promises';
import type { ApiKey } from '../../src/api/generated/api-key.ts';
import type { CryptoKey } from '../../src/api/generated/crypto-key.ts';
import type { KeyProject, KeyProjectSpec } from '../../src/api/generated/key-project.ts';
import { API_KEYS, CRYPTO_KEYS, KEY_PROJECTS } from '../../src/api/resources.ts';
import { isNotFound } from '../../src/kube/errors/api-error.ts';
import type { KubeObject, Secret } from '../../src/kube/objects/objects.ts';
import { SECRETS, type Resource } from '../../src/kube/objects/resource.ts';
import { RECORD_TYPE, recordName } from '../../src/sealing/record.ts';
import { keyProject } from '../support/builders.ts';
import { callAs } from '../support/cluster/api-request.ts';
import { applyObject } from '../support/harness/apply-manifests.ts';
import { eventually } from '../support/harness/eventually.ts';
import { conditionOf } from '../support/key-world.ts';
import {
  OPERATOR_NAMESPACE,
  startOperator,
  startOperatorProcess,
  type InProcessOptions,
  type OperatorProcess,
  type RunningOperator,
} from '../support/operator.ts';
import { startTestCluster, type TestCluster } from '../support/test-cluster.ts';
import { WarpedClock } from '../support/warped-clock.ts';
import { WriteProxy } from '../support/write-proxy.ts';
import { DeliveryHistory, type HistoryOptions } from '../support/history/delivery-history.ts';
import { readableMaterial } from '../support/history/readable-material.ts';
import { STAGED_API_KEY, type StagedKind } from './staged-kind.ts';
import { storedRecord, type StoredRecord } from '../support/stored-record.ts';

export const AUTHORS = 'payments-config';
export const STAGING = ['payments-staging-1', 'payments-staging-2'] as const;
export const PRODUCTION = ['payments-production'] as const;
export const TARGETS: readonly string[] = [...STAGING, ...PRODUCTION];
export const PROJECT = 'payments';
export const KEY = 'checkout';
/** Name of the Secret that keys import from. */
export const IMPORT_SOURCE = 'partner-keys';

/** A backoff of a second passes in a fifth of one; a call still has 3 s, on a machine that does much else. */
const SPEED = 5;
/** Longer than a namespace is held off on a machine that does much else. */
const PATIENCE_MS = 60_000;
/** Nothing was written for this long: nobody works any more. */
const QUIET_MS = 120;

/**
 * One project with two environments in three namespaces, on a cluster of its own behind a WriteProxy, for a run
 * of cases that each begin with nothing: `reset` takes away what the case before left.
 */
export class DeliveryStage<K extends ApiKey | CryptoKey = ApiKey> implements AsyncDisposable {
  readonly cluster: TestCluster;
  readonly proxy: WriteProxy;
  readonly #staged: StagedKind<K>;

  private constructor(cluster: TestCluster, proxy: WriteProxy, staged: StagedKind<K>) {
    this.cluster = cluster;
    this.proxy = proxy;
    this.#staged = staged;
  }

  /** For keys of kind ApiKey. */
  static open(): Promise<DeliveryStage> {
    return DeliveryStage.of(STAGED_API_KEY);
  }

  static async of<K extends ApiKey | CryptoKey>(staged: StagedKind<K>): Promise<DeliveryStage<K>> {
    const cluster = await startTestCluster();
    const proxy = await WriteProxy.start(cluster.connection);
    const stage = new DeliveryStage(cluster, proxy, staged);
    for (const name of [AUTHORS, ...TARGETS])
      await stage.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    return stage;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.proxy.close();
    await this.cluster[Symbol.asyncDispose]();
  }

  /** Removes every key, project and Secret, the installation's among them, and forgets faults and counts. No operator may run. */
  async reset(): Promise<void> {
    await this.#removeAll(API_KEYS, AUTHORS);
    await this.#removeAll(CRYPTO_KEYS, AUTHORS);
    await this.#removeAll(KEY_PROJECTS);
    const delivered = (await this.deliveredSecrets()).map(({ metadata }) => metadata.namespace ?? '');
    for (const namespace of new Set([OPERATOR_NAMESPACE, ...TARGETS, ...delivered])) {
      await callAs(this.cluster.connection, { method: 'DELETE', path: `/api/v1/namespaces/${namespace}/secrets` });
    }
    this.proxy.behave();
    this.proxy.recount();
  }

  /** Records what happens to Secrets and keys of the staged kind from now on; with `existing`, begins with what is there. */
  record(options: HistoryOptions = {}): Promise<DeliveryHistory> {
    return DeliveryHistory.start(this.cluster.client, this.#staged.resource, options);
  }

  /** In this process, through the proxy, its waits shortened, without leader election. */
  operator(options: Omit<InProcessOptions, 'cluster' | 'server'> = {}): Promise<RunningOperator> {
    return startOperator({
      cluster: this.cluster,
      server: this.proxy.url,
      dependencies: { clock: new WarpedClock({ speed: SPEED }) },
      flags: ['--leader-elect=false'],
      ...options,
    });
  }

  /** A child process through the proxy. Resolves as soon as it was spawned. */
  operatorProcess(): Promise<OperatorProcess> {
    return startOperatorProcess({
      cluster: this.cluster,
      server: this.proxy.url,
      flags: ['--leader-elect=false'],
      until: 'nothing',
    });
  }

  async applyProject(spec: Partial<KeyProjectSpec> = {}): Promise<void> {
    await this.apply(
      keyProject(PROJECT)
        .authors(AUTHORS)
        .environment('staging', STAGING)
        .environment('production', PRODUCTION)
        .with(spec)
        .build(),
    );
  }

  /** Resolves once an operator has made the project its own. */
  async whenClaimed(): Promise<void> {
    await eventually(
      async () => {
        const { annotations } = (await this.project()).metadata;
        if (annotations?.['keywright.dev/installation'] === undefined) throw new Error('nobody claimed the project');
      },
      { intervalMs: 20 },
    );
  }

  async applyKey(spec: Partial<K['spec']> = {}, name: string = KEY): Promise<void> {
    const key = this.#staged.declare(`${AUTHORS}/${name}`, PROJECT).environment('staging').environment('production');
    await this.apply(key.with(spec).build());
  }

  /** Puts these texts, by data key, where keys may import them; nothing for none. */
  async applySources(texts: Readonly<Record<string, string>>): Promise<void> {
    if (Object.keys(texts).length === 0) return;
    const labels = { 'keywright.dev/allow-import': 'true' };
    const metadata = { namespace: AUTHORS, name: IMPORT_SOURCE, labels };
    const data = Object.fromEntries(
      Object.entries(texts).map(([name, text]) => [name, Buffer.from(text).toString('base64')]),
    );
    await this.apply({ apiVersion: 'v1', kind: 'Secret', metadata, data } as Secret);
  }

  async deleteKey(name: string = KEY): Promise<void> {
    const path = `/apis/keywright.dev/v1alpha1/namespaces/${AUTHORS}/${this.#staged.resource.plural}/${name}`;
    await callAs(this.cluster.connection, { method: 'DELETE', path });
  }

  async removeSecret(namespace: string, name: string): Promise<void> {
    await this.removeObject(`/api/v1/namespaces/${namespace}/secrets/${name}`);
  }

  async removeObject(path: string): Promise<void> {
    await callAs(this.cluster.connection, { method: 'DELETE', path });
  }

  async apply(object: KubeObject): Promise<void> {
    await applyObject(this.cluster.connection, object as Parameters<typeof applyObject>[1]);
  }

  key(name: string = KEY): Promise<K> {
    return this.cluster.client.get(this.#staged.resource, { namespace: AUTHORS, name });
  }

  project(): Promise<KeyProject> {
    return this.cluster.client.get(KEY_PROJECTS, { name: PROJECT });
  }

  /** Whether the API server still shows the key. */
  async isKeyThere(): Promise<boolean> {
    return this.key().then(
      () => true,
      (error: unknown) => {
        if (isNotFound(error)) return false;
        throw error;
      },
    );
  }

  /** Every Secret outside the operator's namespace that claims to be managed or holds a token or private key. */
  async deliveredSecrets(): Promise<readonly Secret[]> {
    const { items } = await this.cluster.client.list(SECRETS);
    return items.filter(
      ({ metadata, data = {} }) =>
        metadata.namespace !== OPERATOR_NAMESPACE &&
        (metadata.labels?.['keywright.dev/managed'] !== undefined || readableMaterial({ data }) !== undefined),
    );
  }

  async recordOf(name: string = KEY): Promise<StoredRecord> {
    const ref = {
      namespace: OPERATOR_NAMESPACE,
      name: recordName({ project: PROJECT, kind: this.#staged.kind, name }),
    };
    return storedRecord(await this.cluster.client.get(SECRETS, ref));
  }

  async recordCount(): Promise<number> {
    const { items } = await this.cluster.client.list(SECRETS, {
      namespace: OPERATOR_NAMESPACE,
      fieldSelector: `type=${RECORD_TYPE}`,
    });
    return items.length;
  }

  /** Resolves with the key once it is Ready. */
  whenReady(name: string = KEY): Promise<K> {
    return eventually(
      async () => {
        const key = await this.key(name);
        const ready = conditionOf(key);
        if (ready?.status !== 'True' || key.status?.observedGeneration !== key.metadata.generation) {
          throw new Error(`the key is ${ready?.status} ${ready?.reason}: ${ready?.message}`);
        }
        return key;
      },
      { timeoutMs: PATIENCE_MS, intervalMs: 20 },
    );
  }

  /** Resolves with the key once it is Ready and nobody writes any more. */
  async whenDelivered(name: string = KEY): Promise<K> {
    await this.whenReady(name);
    await this.whenQuiet();
    return await this.key(name);
  }

  /** Resolves with the key's record once key and Secrets are gone and nobody writes any more. */
  async whenWithdrawn(): Promise<StoredRecord> {
    await eventually(
      async () => {
        if (await this.isKeyThere()) throw new Error('the key is still there');
        const secrets = await this.deliveredSecrets();
        if (secrets.length > 0) throw new Error(`${secrets.length} Secrets are still there`);
      },
      { timeoutMs: PATIENCE_MS, intervalMs: 20 },
    );
    await this.whenQuiet();
    return await this.recordOf();
  }

  /** Resolves once nothing that is counted was written for a while. */
  async whenQuiet(): Promise<void> {
    for (let before = -1; before !== this.proxy.writes.length;) {
      before = this.proxy.writes.length;
      await pause(QUIET_MS);
    }
  }

  /** Resolves once the project has reported all keys as issued: its last word after a change. */
  async whenReported(): Promise<void> {
    await eventually(async () => {
      const { status } = await this.project();
      const { items } = await this.cluster.client.list(this.#staged.resource, { namespace: AUTHORS });
      const counts = Object.fromEntries((status?.keys ?? []).map(({ state, count }) => [state, count]));
      if (counts['Pending'] !== undefined) throw new Error('a key counts as pending');
      if ((counts['Active'] ?? 0) !== items.length) throw new Error('the project has not reported its keys');
    });
  }

  /** Lets the operator look at everything, and returns what it wrote meanwhile. */
  async writesOfResync(
    operator: Pick<RunningOperator, 'resync' | 'metricsText'>,
  ): Promise<{ counted: readonly string[]; other: readonly string[] }> {
    const { writes, uncountedWrites } = this.proxy;
    const [counted, uncounted] = [writes.length, uncountedWrites.length];
    const before = await reconciles(operator);
    operator.resync();
    await eventually(
      async () => {
        const after = await reconciles(operator);
        if (after.keys <= before.keys || after.projects <= before.projects) throw new Error('not looked at yet');
      },
      { intervalMs: 20 },
    );
    await this.whenQuiet();
    return { counted: writes.slice(counted), other: uncountedWrites.slice(uncounted) };
  }

  async #removeAll<T extends KubeObject>(resource: Resource<T>, namespace?: string): Promise<void> {
    const { client } = this.cluster;
    const scope = namespace === undefined ? {} : { namespace };
    const { items } = await client.list(resource, scope);
    for (const { metadata } of items) {
      const ref = { ...scope, name: metadata.name };
      const patch = { metadata: { finalizers: null } };
      const freed = await client.patch(resource, ref, patch);
      const { uid = '', resourceVersion = '', deletionTimestamp } = freed.metadata;
      if (deletionTimestamp === undefined) await client.delete(resource, ref, { uid, resourceVersion });
    }
  }
}

async function reconciles(operator: Pick<RunningOperator, 'metricsText'>): Promise<{ keys: number; projects: number }> {
  const text = await operator.metricsText();
  const total = (controller: string): number =>
    [
      ...text.matchAll(
        new RegExp(`^controller_runtime_reconcile_total\\{controller="${controller}",.*\\} (\\d+)$`, 'gm'),
      ),
    ]
      .map(([, count]) => Number(count))
      .reduce((sum, count) => sum + count, 0);
  return { keys: total('key'), projects: total('key-project') };
}

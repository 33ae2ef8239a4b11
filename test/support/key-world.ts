import { conditionOf as conditionIn, type Condition } from '../../src/kube/objects/conditions.ts';
import type { ApiKey } from '../../src/api/generated/api-key.ts';
import type { CryptoKey } from '../../src/api/generated/crypto-key.ts';
import type { KeyProject } from '../../src/api/generated/key-project.ts';
import { API_KEYS, KEY_PROJECTS } from '../../src/api/resources.ts';
import { isNotFound } from '../../src/kube/errors/api-error.ts';
import type { KubeClient, ObjectRef } from '../../src/kube/client/client.ts';
import type { KubeObject, Secret } from '../../src/kube/objects/objects.ts';
import { NAMESPACES, SECRETS, type Resource } from '../../src/kube/objects/resource.ts';
import type { Ledger } from '../../src/sealing/ledger.ts';
import { recordName } from '../../src/sealing/record.ts';
import type { SealedMaterial } from '../../src/sealing/sealed-material.ts';
import { keyProject, type KeyProjectBuilder } from './builders.ts';
import { apiRequest, callAs } from './cluster/api-request.ts';
import type { ClusterOptions } from './cluster/start-cluster.ts';
import { uniqueName } from './harness.ts';
import { applyObject, type Manifest } from './harness/apply-manifests.ts';
import { eventually, type EventuallyOptions } from './harness/eventually.ts';
import { OPERATOR_NAMESPACE, startOperator, type InProcessOptions, type RunningOperator } from './operator.ts';
import { startTestCluster, type TestCluster } from './test-cluster.ts';

/** A project of a test's own with one staging and two production namespaces, which all exist. */
export interface Tenant {
  readonly project: string;
  /** Where its keys are declared. */
  readonly authors: string;
  readonly staging: string;
  readonly eu: string;
  readonly us: string;
  /** As it was applied, to be changed and applied again. */
  readonly builder: KeyProjectBuilder;
}

export interface EventSeen {
  readonly type: string;
  readonly reason: string;
  readonly note: string;
}

interface EventObject extends KubeObject {
  readonly type: string;
  readonly reason: string;
  readonly note: string;
  readonly regarding: { readonly kind: string; readonly name: string; readonly namespace?: string };
}

const EVENTS: Resource<EventObject> = {
  group: 'events.k8s.io',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  namespaced: true,
};

/** Not lost on a machine under load; an operator that is stopped gives its lease back at once. */
const STEADY_LEASES = ['--lease-duration=5s', '--renew-deadline=4s', '--retry-period=250ms'];

/** What a condition has to be; what is left out may be anything. */
export type ConditionPattern = Partial<Pick<Condition, 'status' | 'reason'>> & { readonly message?: RegExp | string };

export interface WorldOptions extends Omit<InProcessOptions, 'cluster'> {
  readonly clusterOptions?: ClusterOptions;
}

/** A cluster with one operator on it, and the words in which tests speak of keys. The admin does everything but the operator's work. */
export class KeyWorld implements AsyncDisposable {
  readonly cluster: TestCluster;
  readonly client: KubeClient;
  readonly #options: WorldOptions;
  #operator: RunningOperator | undefined;

  private constructor(cluster: TestCluster, options: WorldOptions) {
    this.cluster = cluster;
    this.client = cluster.client;
    this.#options = options;
  }

  static async start(options: WorldOptions = {}): Promise<KeyWorld> {
    const world = await KeyWorld.startStopped(options);
    await world.startOperator().catch(async (error: unknown) => {
      await world.cluster.cluster.stop();
      throw error;
    });
    return world;
  }

  /** A cluster on which no operator runs yet. */
  static async startStopped(options: WorldOptions = {}): Promise<KeyWorld> {
    return new KeyWorld(await startTestCluster(options.clusterOptions), options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#operator?.stop().catch(() => {});
    await this.cluster.cluster.stop();
  }

  get operator(): RunningOperator {
    if (this.#operator === undefined) throw new Error('The operator is stopped');
    return this.#operator;
  }

  async startOperator(): Promise<RunningOperator> {
    const flags = [...STEADY_LEASES, ...(this.#options.flags ?? [])];
    this.#operator = await startOperator({ ...this.#options, flags, cluster: this.cluster });
    return this.#operator;
  }

  async stopOperator(): Promise<void> {
    await this.#operator?.stop();
    this.#operator = undefined;
  }

  /** Stops the operator while `change` runs. */
  async whileStopped(change: () => Promise<void>): Promise<void> {
    await this.stopOperator();
    try {
      await change();
    } finally {
      await this.startOperator();
    }
  }

  async createNamespace(name: string, labels: Readonly<Record<string, string>> = {}): Promise<string> {
    await this.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
    return name;
  }

  /** A project of its own and its namespaces. `change` is applied to the project before it is. */
  async tenant(change: (project: KeyProjectBuilder) => KeyProjectBuilder = (project) => project): Promise<Tenant> {
    const project = uniqueName('team');
    const [authors, staging, eu, us] = ['config', 'staging', 'eu', 'us'].map((suffix) => `${project}-${suffix}`) as [
      string,
      string,
      string,
      string,
    ];
    for (const name of [authors, staging, eu, us]) await this.createNamespace(name);
    const builder = change(
      keyProject(project).authors(authors).environment('staging', [staging]).environment('production', [eu, us]),
    );
    await this.apply(builder);
    return { project, authors, staging, eu, us, builder };
  }

  /** Applies what GitOps would; a field that is left out is removed. */
  async apply(object: { build(): KubeObject } | KubeObject): Promise<void> {
    const manifest = 'build' in object ? object.build() : object;
    await applyObject(this.cluster.connection, manifest as unknown as Manifest);
  }

  async get<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef): Promise<T | undefined> {
    try {
      return await this.client.get(resource, ref);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** Reads, changes and writes back, as `kubectl edit` does. */
  async edit<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef, change: (object: T) => T): Promise<T> {
    return eventually(async () => this.client.update(resource, change(await this.client.get(resource, ref))));
  }

  async remove(resource: Resource, { namespace, name }: ObjectRef): Promise<void> {
    const root = resource.group === '' ? '/api/v1' : `/apis/${resource.group}/${resource.version}`;
    const scope = namespace === undefined ? '' : `/namespaces/${namespace}`;
    await callAs(this.cluster.connection, {
      method: 'DELETE',
      path: `${root}${scope}/${resource.plural}/${name}`,
    });
  }

  async removeNamespace(name: string): Promise<void> {
    await this.remove(NAMESPACES, { name });
    await this.gone(NAMESPACES, { name }, { timeoutMs: 30_000 });
  }

  /** Resolves when the object no longer exists. */
  async gone(resource: Resource, ref: ObjectRef, options?: EventuallyOptions): Promise<void> {
    await eventually(async () => {
      if ((await this.get(resource, ref)) !== undefined) throw new Error(`${resource.kind} ${ref.name} still exists`);
    }, options);
  }

  /** @param ref "<namespace>/<name>" */
  async key(ref: string): Promise<ApiKey> {
    return this.client.get(API_KEYS, refOf(ref));
  }

  async project(name: string): Promise<KeyProject> {
    return this.client.get(KEY_PROJECTS, { name });
  }

  /** Resolves with the key as soon as a condition is as wanted for its present generation. */
  async whenKey(ref: string, wanted: ConditionPattern, type = 'Ready', options?: EventuallyOptions): Promise<ApiKey> {
    return eventually(async () => {
      const key = await this.key(ref);
      assertCondition(key, wanted, type);
      return key;
    }, options);
  }

  async whenReady(ref: string, options?: EventuallyOptions): Promise<ApiKey> {
    return this.whenKey(ref, { status: 'True' }, 'Ready', options);
  }

  async whenProject(name: string, wanted: ConditionPattern, type = 'Ready'): Promise<KeyProject> {
    return eventually(async () => {
      const project = await this.project(name);
      assertCondition(project, wanted, type);
      return project;
    });
  }

  async secret(namespace: string, name: string): Promise<Secret> {
    return this.client.get(SECRETS, { namespace, name });
  }

  async hasSecret(namespace: string, name: string): Promise<boolean> {
    return (await this.get(SECRETS, { namespace, name })) !== undefined;
  }

  async createSecret(namespace: string, name: string, more: Partial<Secret> = {}): Promise<Secret> {
    const metadata = { ...more.metadata, namespace, name };
    return this.client.create(SECRETS, { apiVersion: 'v1', kind: 'Secret', ...more, metadata });
  }

  /** The stored record of a key, as it stands. */
  async record(project: string, name: string): Promise<Secret> {
    return this.secret(OPERATOR_NAMESPACE, recordName({ project, kind: 'ApiKey', name }));
  }

  async ledger(project: string, name: string): Promise<Ledger> {
    return ledgerOf(await this.record(project, name));
  }

  /** Events about one object. */
  async events(regarding: { readonly namespace?: string; readonly name: string }): Promise<readonly EventSeen[]> {
    const { items } = await this.client.list(EVENTS, { namespace: regarding.namespace ?? 'default' });
    return items
      .filter((event) => event.regarding.name === regarding.name)
      .map(({ type, reason, note }) => ({ type, reason, note }));
  }

  /**
   * Writes the API server has answered since it started, by "<verb> <resource>", whoever made them: "POST secrets",
   * "PUT apikeys/status". Those that changed nothing and those that failed count too; questions about rights do not.
   */
  async writesSeen(): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>();
    for (const line of (await this.#metricsOfApiServer()).split('\n')) {
      if (!line.startsWith('apiserver_request_total{')) continue;
      const label = (name: string): string => new RegExp(`[{,]${name}="([^"]*)"`).exec(line)?.[1] ?? '';
      if (!['POST', 'PUT', 'PATCH', 'APPLY', 'DELETE'].includes(label('verb'))) continue;
      if (label('group') === 'authorization.k8s.io') continue;
      const subresource = label('subresource') === '' ? '' : `/${label('subresource')}`;
      const key = `${label('verb')} ${label('resource')}${subresource}`;
      counts.set(key, (counts.get(key) ?? 0) + Number(line.slice(line.lastIndexOf(' '))));
    }
    return counts;
  }

  async #metricsOfApiServer(): Promise<string> {
    return (await apiRequest(this.cluster.connection, { path: '/metrics' })).body;
  }
}

function refOf(ref: string): { readonly namespace: string; readonly name: string } {
  const [namespace = '', name = ''] = ref.split('/');
  return { namespace, name };
}

export function conditionOf(
  object: { readonly status?: { readonly conditions?: readonly Condition[] } | undefined },
  type = 'Ready',
): Condition | undefined {
  return conditionIn(object.status, type);
}

/** The token a delivered Secret carries. */
export function tokenOf(secret: Secret): string {
  return textOf(secret, 'token') ?? '';
}

export function textOf({ data }: Secret, key: string): string | undefined {
  const value = data?.[key];
  return value === undefined ? undefined : Buffer.from(value, 'base64').toString();
}

export function ledgerOf(record: Secret): Ledger {
  return JSON.parse(textOf(record, 'ledger') ?? '') as Ledger;
}

/** What a record holds sealed, as "<environment>/<version>/<field>". */
export function sealedIn(record: Secret): readonly string[] {
  const text = textOf(record, 'sealed');
  const entries = text === undefined ? [] : (JSON.parse(text) as SealedMaterial).entries;
  return entries.map(({ environment, version, field }) => `${environment}/${version}/${field}`);
}

/** @throws unless the condition is as wanted for the present generation. */
export function assertCondition(object: ApiKey | CryptoKey | KeyProject, wanted: ConditionPattern, type: string): void {
  const condition = conditionOf(object, type);
  const { status, reason, message } = wanted;
  const isWanted =
    condition !== undefined &&
    condition.observedGeneration === object.metadata.generation &&
    (status === undefined || condition.status === status) &&
    (reason === undefined || condition.reason === reason) &&
    (message === undefined || new RegExp(message).test(condition.message));
  if (!isWanted)
    throw new Error(`${object.kind} ${object.metadata.name}: ${JSON.stringify(object.status?.conditions)}`);
}

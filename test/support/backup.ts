import { API_KEYS, CRYPTO_KEYS, KEY_PROJECTS } from '../../src/api/resources.ts';
import type { KubeClient } from '../../src/kube/client/client.ts';
import type { KubeObject, Secret } from '../../src/kube/objects/objects.ts';
import { NAMESPACES, SECRETS, typeOf, type Resource } from '../../src/kube/objects/resource.ts';
import { RECORD_TYPE } from '../../src/sealing/record.ts';
import { OPERATOR_NAMESPACE } from './operator.ts';

/** Objects of a cluster as its API server showed them, uids, resourceVersions and all. */
export interface Backup {
  readonly namespaces: Part;
  /** The operator's own, but for records. */
  readonly installation: Part;
  readonly records: Part;
  /** Of all other namespaces: delivered ones, and those that belong to others. */
  readonly secrets: Part;
  /** ApiKeys and CryptoKeys. */
  readonly keys: Part;
  readonly projects: Part;
}

/** Objects that are restored together. */
type Part = readonly Dumped[];

interface Dumped {
  readonly resource: Resource;
  readonly object: KubeObject & { readonly status?: unknown };
}

/** What `kubectl get --output json` of everything that Keywright needs would hold. */
export async function takeBackup(client: KubeClient): Promise<Backup> {
  const dump = async <T extends KubeObject>(resource: Resource<T>): Promise<Part> => {
    const { items } = await client.list(resource);
    return items.map((object) => ({ resource, object: { ...typeOf(resource), ...object } }));
  };
  const secrets = (await dump(SECRETS)).filter(({ object }) => !isOfCluster(object));
  const own = secrets.filter(({ object }) => object.metadata.namespace === OPERATOR_NAMESPACE);
  return {
    namespaces: await dump(NAMESPACES),
    installation: own.filter(({ object }) => !isRecord(object)),
    records: own.filter(({ object }) => isRecord(object)),
    secrets: secrets.filter((secret) => !own.includes(secret)),
    keys: [...(await dump(API_KEYS)), ...(await dump(CRYPTO_KEYS))],
    projects: await dump(KEY_PROJECTS),
  };
}

/**
 * Creates objects as restore tools do: without status, and without the resourceVersion, which the API server takes from
 * nobody. It overrules the uid and the times, too; labels, annotations, finalizers and owners stay. What is there is
 * left alone.
 */
export async function restore(client: KubeClient, ...parts: readonly Part[]): Promise<void> {
  const existing = new Set((await client.list(NAMESPACES)).items.map(({ metadata }) => metadata.name));
  for (const { resource, object } of parts.flat()) {
    if (resource.kind === NAMESPACES.kind && existing.has(object.metadata.name)) continue;
    const { resourceVersion: _old, ...metadata } = object.metadata;
    const { status: _lost, ...rest } = object;
    await client.create(resource, { ...rest, metadata });
  }
}

/** Puts status back as well, as a restore tool does when it is told to. */
export async function restoreStatus(client: KubeClient, part: Part): Promise<void> {
  for (const { resource, object } of part) {
    const { name, namespace } = object.metadata;
    const ref = { name, ...(namespace !== undefined && { namespace }) };
    const { metadata } = await client.get(resource, ref);
    await client.updateStatus(resource, { ...object, metadata });
  }
}

/** Those of one project: itself, and what is in namespaces that are called after it. */
export function ofProject(part: Part, project: string): Part {
  return part.filter(({ object: { metadata } }) => {
    const { namespace = metadata.name } = metadata;
    return namespace === project || namespace.startsWith(`${project}-`);
  });
}

function isRecord(object: Secret): boolean {
  return object.type === RECORD_TYPE;
}

/** Made by the cluster for itself. */
function isOfCluster({ metadata }: KubeObject): boolean {
  return metadata.namespace?.startsWith('kube-') === true;
}

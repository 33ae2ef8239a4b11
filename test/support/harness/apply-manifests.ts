import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { apiRequest, type ApiConnection } from '../cluster/api-request.ts';
import { yamlDocuments } from '../yaml-documents.ts';
import { eventually } from './eventually.ts';

const ROOT = join(import.meta.dirname, '../../..');

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

export interface ApplyOptions {
  /** For objects of namespaced kinds that name none. */
  readonly namespace?: string;
  /** Called for each object before it is sent. */
  readonly change?: (manifest: Manifest) => Manifest;
}

/**
 * Applies the YAML files at `path` (a file, or every .yaml file of a folder in the order of their names)
 * by server-side apply, which creates and updates alike. Resolves when the CRDs among them are served.
 *
 * @param path Relative to the root of the repository, or absolute.
 * @throws if a file holds no object, or with the API server's answer to the first object it refuses.
 */
export async function applyManifests(
  connection: ApiConnection,
  path: string,
  options: ApplyOptions = {},
): Promise<void> {
  for (const manifest of await readManifests(resolve(ROOT, path))) {
    await applyObject(connection, options.change?.(manifest) ?? manifest, options.namespace);
  }
}

/** Applies one object under the field manager "keywright-test". */
export async function applyObject(connection: ApiConnection, manifest: Manifest, namespace?: string): Promise<void> {
  const path = await objectPath(connection, manifest, namespace);
  const { status, body } = await apiRequest(connection, {
    method: 'PATCH',
    path: `${path}?fieldManager=keywright-test&force=true`,
    body: manifest,
    contentType: 'application/apply-patch+yaml',
  });
  if (status >= 300) throw new Error(`Cannot apply ${manifest.kind} ${manifest.metadata.name}: ${status} ${body}`);
  if (manifest.kind === 'CustomResourceDefinition') await whenServed(connection, manifest);
}

async function readManifests(path: string): Promise<readonly Manifest[]> {
  const isFolder = (await stat(path)).isDirectory();
  const files = isFolder ? (await readdir(path)).filter((name) => /\.ya?ml$/.test(name)).toSorted() : [''];
  const texts = await Promise.all(files.map((file) => readFile(join(path, file), 'utf8')));
  const manifests = texts.flatMap((text) => yamlDocuments<Manifest>(text));
  if (manifests.length === 0) throw new Error(`Cannot apply ${path}: it holds no object`);
  return manifests;
}

async function objectPath(connection: ApiConnection, manifest: Manifest, fallback?: string): Promise<string> {
  const { apiVersion, kind, metadata } = manifest;
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const { status, body } = await apiRequest(connection, { path: root });
  if (status !== 200) throw new Error(`Cannot apply ${kind} ${metadata.name}: ${apiVersion} is not served (${status})`);
  const { resources } = JSON.parse(body) as { resources: { name: string; kind: string; namespaced: boolean }[] };
  const resource = resources.find((candidate) => candidate.kind === kind && !candidate.name.includes('/'));
  if (resource === undefined) throw new Error(`Cannot apply ${kind} ${metadata.name}: ${apiVersion} has no such kind`);
  if (!resource.namespaced) return `${root}/${resource.name}/${metadata.name}`;
  const namespace = metadata.namespace ?? fallback ?? 'default';
  return `${root}/namespaces/${namespace}/${resource.name}/${metadata.name}`;
}

/** Established comes a moment before the first request is answered, so both are waited for. */
async function whenServed(connection: ApiConnection, manifest: Manifest): Promise<void> {
  const { group, names, versions } = manifest['spec'] as {
    group: string;
    names: { plural: string };
    versions: readonly { name: string; served: boolean }[];
  };
  const crd = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${manifest.metadata.name}`;
  const version = versions.find((candidate) => candidate.served)?.name;
  await eventually(async () => {
    const { body } = await apiRequest(connection, { path: crd });
    const { status } = JSON.parse(body) as {
      status?: { conditions?: { type: string; status: string; message: string }[] };
    };
    const conditions = status?.conditions ?? [];
    if (!conditions.some(({ type, status: value }) => type === 'Established' && value === 'True')) {
      throw new Error(`CRD ${manifest.metadata.name} is not established: ${JSON.stringify(conditions)}`);
    }
    const list = await apiRequest(connection, { path: `/apis/${group}/${version}/${names.plural}?limit=1` });
    if (list.status !== 200) throw new Error(`CRD ${manifest.metadata.name} is not served: ${list.status}`);
  });
}

import type { ApiKey, ApiKeySpec } from '../../src/api/generated/api-key.ts';
import type { CryptoKey, CryptoKeySpec } from '../../src/api/generated/crypto-key.ts';
import type { KeyProject, KeyProjectSpec } from '../../src/api/generated/key-project.ts';
import type { ObjectMeta } from '../../src/kube/objects/objects.ts';

const API_VERSION = 'keywright.dev/v1alpha1';

type ProjectEnvironment = KeyProjectSpec['environments'][number];

/** A KeyProject put together step by step; every step returns a new builder. */
export interface KeyProjectBuilder {
  /** Namespaces that may declare keys. */
  authors(...namespaces: string[]): KeyProjectBuilder;
  environment(name: string, namespaces: readonly string[], more?: Partial<ProjectEnvironment>): KeyProjectBuilder;
  /** Changes an environment it has. */
  changed(name: string, change: Partial<ProjectEnvironment>): KeyProjectBuilder;
  without(environment: string): KeyProjectBuilder;
  policy(policy: NonNullable<KeyProjectSpec['policy']>): KeyProjectBuilder;
  with(spec: Partial<KeyProjectSpec>): KeyProjectBuilder;
  annotated(annotations: Readonly<Record<string, string>>): KeyProjectBuilder;
  build(): KeyProject;
}

/** A project without environments and authors: give it both before it is applied. */
export function keyProject(name: string): KeyProjectBuilder {
  return projectFrom({
    apiVersion: API_VERSION,
    kind: 'KeyProject',
    metadata: { name },
    spec: { authorNamespaces: [], environments: [] },
  });
}

function projectFrom(project: KeyProject): KeyProjectBuilder {
  const withSpec = (spec: Partial<KeyProjectSpec>): KeyProjectBuilder =>
    projectFrom({ ...project, spec: { ...project.spec, ...spec } });
  return {
    authors: (...authorNamespaces) => withSpec({ authorNamespaces }),
    environment: (name, namespaces, more = {}) =>
      withSpec({
        environments: [...project.spec.environments, { name, ...(namespaces.length > 0 && { namespaces }), ...more }],
      }),
    changed: (name, change) =>
      withSpec({
        environments: project.spec.environments.map((each) => (each.name === name ? { ...each, ...change } : each)),
      }),
    without: (name) =>
      withSpec({ environments: project.spec.environments.filter((environment) => environment.name !== name) }),
    policy: (policy) => withSpec({ policy }),
    with: withSpec,
    annotated: (annotations) => projectFrom({ ...project, metadata: annotate(project.metadata, annotations) }),
    build: () => project,
  };
}

/** A key put together step by step; every step returns a new builder. */
export interface KeyBuilder<K extends ApiKey | CryptoKey> {
  environment(name: string, more?: Partial<K['spec']['environments'][number]>): KeyBuilder<K>;
  with(spec: Partial<K['spec']>): KeyBuilder<K>;
  named(name: string): KeyBuilder<K>;
  annotated(annotations: Readonly<Record<string, string>>): KeyBuilder<K>;
  build(): K;
}

export type ApiKeyBuilder = KeyBuilder<ApiKey>;
export type CryptoKeyBuilder = KeyBuilder<CryptoKey>;

/**
 * A Secret key without environments: give it one before it is applied.
 * @param ref "<namespace>/<name>"
 */
export function apiKey(ref: string, project: string): ApiKeyBuilder {
  const spec: ApiKeySpec = { project, type: 'Secret', environments: [] };
  return keyFrom({ apiVersion: API_VERSION, kind: 'ApiKey', metadata: metadataOf(ref), spec });
}

/**
 * A KeyPair without environments, and without algorithm: give it both, or an import, before it is applied.
 * @param ref "<namespace>/<name>"
 */
export function cryptoKey(ref: string, project: string): CryptoKeyBuilder {
  const spec: CryptoKeySpec = { project, type: 'KeyPair', environments: [] };
  return keyFrom({ apiVersion: API_VERSION, kind: 'CryptoKey', metadata: metadataOf(ref), spec });
}

function keyFrom<K extends ApiKey | CryptoKey>(key: K): KeyBuilder<K> {
  const withSpec = (spec: Partial<K['spec']>): KeyBuilder<K> => keyFrom({ ...key, spec: { ...key.spec, ...spec } });
  return {
    environment: (name, more = {}) => {
      const environments: readonly object[] = [...key.spec.environments, { name, ...more }];
      return withSpec({ environments } as Partial<K['spec']>);
    },
    with: withSpec,
    named: (name) => keyFrom({ ...key, metadata: { ...key.metadata, name } }),
    annotated: (annotations) => keyFrom({ ...key, metadata: annotate(key.metadata, annotations) }),
    build: () => key,
  };
}

function metadataOf(ref: string): ObjectMeta {
  const [namespace = '', name = ''] = ref.split('/');
  return { name, namespace };
}

function annotate(metadata: ObjectMeta, annotations: Readonly<Record<string, string>>): ObjectMeta {
  return { ...metadata, annotations: { ...metadata.annotations, ...annotations } };
}

import type { ApiKey, ApiKeySpec } from '../../src/api/generated/api-key.ts';
import type { KeyProject, KeyProjectSpec } from '../../src/api/generated/key-project.ts';
import type { ObjectMeta } from '../../src/kube/objects/objects.ts';

const API_VERSION = 'keywright.dev/v1alpha1';

type ProjectEnvironment = KeyProjectSpec['environments'][number];
type KeyEnvironment = ApiKeySpec['environments'][number];

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

/** An ApiKey put together step by step; every step returns a new builder. */
export interface ApiKeyBuilder {
  environment(name: string, more?: Partial<KeyEnvironment>): ApiKeyBuilder;
  with(spec: Partial<ApiKeySpec>): ApiKeyBuilder;
  named(name: string): ApiKeyBuilder;
  annotated(annotations: Readonly<Record<string, string>>): ApiKeyBuilder;
  build(): ApiKey;
}

/**
 * A Secret key without environments: give it one before it is applied.
 * @param ref "<namespace>/<name>"
 */
export function apiKey(ref: string, project: string): ApiKeyBuilder {
  const [namespace = '', name = ''] = ref.split('/');
  return keyFrom({
    apiVersion: API_VERSION,
    kind: 'ApiKey',
    metadata: { name, namespace },
    spec: { project, type: 'Secret', environments: [] },
  });
}

function keyFrom(key: ApiKey): ApiKeyBuilder {
  const withSpec = (spec: Partial<ApiKeySpec>): ApiKeyBuilder => keyFrom({ ...key, spec: { ...key.spec, ...spec } });
  return {
    environment: (name, more = {}) => withSpec({ environments: [...key.spec.environments, { name, ...more }] }),
    with: withSpec,
    named: (name) => keyFrom({ ...key, metadata: { ...key.metadata, name } }),
    annotated: (annotations) => keyFrom({ ...key, metadata: annotate(key.metadata, annotations) }),
    build: () => key,
  };
}

function annotate(metadata: ObjectMeta, annotations: Readonly<Record<string, string>>): ObjectMeta {
  return { ...metadata, annotations: { ...metadata.annotations, ...annotations } };
}

import type { ApiKey } from '../src/api/generated/api-key.ts';
import type { CryptoKey } from '../src/api/generated/crypto-key.ts';
import type { KeyProject } from '../src/api/generated/key-project.ts';

/** Where the benchmark's keys are declared. */
export const AUTHORS = 'bench-config';

/** One namespace of the first environment, two of the second: each key is two tokens in three Secrets. */
const ENVIRONMENTS = [
  { name: 'staging', namespaces: ['bench-staging'], tokenCode: 'test' },
  { name: 'production', namespaces: ['bench-prod-eu', 'bench-prod-us'], tokenCode: 'live' },
] as const;

export const TARGETS: readonly string[] = ENVIRONMENTS.flatMap(({ namespaces }) => namespaces);

/** A project like that of examples/quickstart, in which a key may be rotated as soon as it is issued. */
export function benchProject(name: string, maxKeys: number): KeyProject {
  return {
    apiVersion: 'keywright.dev/v1alpha1',
    kind: 'KeyProject',
    metadata: { name },
    spec: {
      displayName: 'Benchmark',
      company: 'acme',
      owner: { name: 'Benchmark team', email: 'bench@example.com' },
      authorNamespaces: [AUTHORS],
      tokenPrefix: 'acme',
      environments: ENVIRONMENTS.map(({ name: environment, namespaces, tokenCode }) => ({
        name: environment,
        namespaces: [...namespaces],
        tokenCode,
      })),
      policy: { scopes: ['charges.*'], maxKeys, minRotationInterval: '0s' },
    },
  };
}

/** A key like that of examples/quickstart, in every environment of its project. */
export function benchKey(project: string, name: string): ApiKey {
  return {
    apiVersion: 'keywright.dev/v1alpha1',
    kind: 'ApiKey',
    metadata: { name, namespace: AUTHORS },
    spec: {
      project,
      type: 'Secret',
      environments: ENVIRONMENTS.map(({ name: environment }) => ({ name: environment })),
      displayName: 'Checkout service',
      description: 'Calls the charge API',
      owner: { name: 'Checkout team', email: 'checkout@example.com' },
      requestedBy: 'jane@example.com',
      scopes: ['charges.read'],
    },
  };
}

/** One RSA-4096 key, in one environment. */
export function benchSlowKey(project: string, name: string): CryptoKey {
  return {
    apiVersion: 'keywright.dev/v1alpha1',
    kind: 'CryptoKey',
    metadata: { name, namespace: AUTHORS },
    spec: {
      project,
      type: 'KeyPair',
      algorithm: 'RSA-4096',
      purpose: 'Sign',
      environments: [{ name: ENVIRONMENTS[0].name }],
    },
  };
}

/** Names of equal length, so that what is recorded for one key has the size it has for another. */
export function keyNames(prefix: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${String(index).padStart(5, '0')}`);
}

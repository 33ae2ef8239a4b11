/** An object as an author may write it, valid or not. */
export interface Declared {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: unknown;
  readonly status?: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

/** The smallest KeyProject the API server accepts, with `spec` laid over it. undefined takes a field away. */
export function keyProject(spec: Fields = {}, name = 'payments'): Declared {
  const environments = [{ name: 'staging', namespaces: ['payments-staging'] }];
  return {
    apiVersion: 'keywright.dev/v1alpha1',
    kind: 'KeyProject',
    metadata: { name },
    spec: { environments, ...spec },
  };
}

/** A KeyProject whose only environment is "staging" with `fields` instead of a list of namespaces. */
export function environment(fields: Fields): Declared {
  return keyProject({ environments: [{ name: 'staging', ...fields }] });
}

/** A KeyProject whose only environment has this namespaceSelector. */
export function selector(namespaceSelector: Fields): Declared {
  return environment({ namespaceSelector });
}

/** The smallest ApiKey the API server accepts, with `spec` laid over it. */
export function apiKey(spec: Fields = {}, name = 'checkout', namespace = 'default'): Declared {
  return {
    apiVersion: 'keywright.dev/v1alpha1',
    kind: 'ApiKey',
    metadata: { name, namespace },
    spec: { project: 'payments', type: 'Secret', environments: [{ name: 'staging' }], ...spec },
  };
}

/** The smallest CryptoKey the API server accepts, with `spec` laid over it. */
export function cryptoKey(spec: object = {}, name = 'core', namespace = 'default'): Declared {
  const environments = [{ name: 'staging' }];
  return {
    apiVersion: 'keywright.dev/v1alpha1',
    kind: 'CryptoKey',
    metadata: { name, namespace },
    spec: { project: 'payments', type: 'SecretKey', algorithm: 'AES-256', environments, ...spec },
  };
}

/** The object as somebody writes it who forgot the spec. */
export function withoutSpec({ apiVersion, kind, metadata }: Declared): Declared {
  return { apiVersion, kind, metadata };
}

import type { Resource } from '../kube/objects/resource.ts';
import type { ApiKey } from './generated/api-key.ts';
import type { CryptoKey } from './generated/crypto-key.ts';
import type { KeyProject } from './generated/key-project.ts';

const API_GROUP = 'keywright.dev';
const API_VERSION = 'v1alpha1';

export const KEY_PROJECTS: Resource<KeyProject> = {
  group: API_GROUP,
  version: API_VERSION,
  kind: 'KeyProject',
  plural: 'keyprojects',
  namespaced: false,
};

export const API_KEYS: Resource<ApiKey> = {
  group: API_GROUP,
  version: API_VERSION,
  kind: 'ApiKey',
  plural: 'apikeys',
  namespaced: true,
};

export const CRYPTO_KEYS: Resource<CryptoKey> = {
  group: API_GROUP,
  version: API_VERSION,
  kind: 'CryptoKey',
  plural: 'cryptokeys',
  namespaced: true,
};

export const KEY_PROJECT_TYPE: Pick<KeyProject, 'apiVersion' | 'kind'> = {
  apiVersion: 'keywright.dev/v1alpha1',
  kind: 'KeyProject',
};

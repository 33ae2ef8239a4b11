import type { Resource } from '../kube/resource.ts';
import type { ApiKey } from './generated/api-key.ts';
import type { KeyProject } from './generated/key-project.ts';

export const API_GROUP = 'keywright.dev';
export const API_VERSION = 'v1alpha1';

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

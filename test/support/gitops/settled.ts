import { expect } from 'vitest';
import { API_KEYS, CRYPTO_KEYS, KEY_PROJECTS } from '../../../src/api/resources.ts';
import type { KubeClient } from '../../../src/kube/client/client.ts';
import { SECRETS, type Resource } from '../../../src/kube/objects/resource.ts';
import { eventually, type EventuallyOptions } from '../harness/eventually.ts';
import { assertCondition } from '../key-world.ts';

const WRITTEN: readonly Resource[] = [KEY_PROJECTS, API_KEYS, CRYPTO_KEYS, SECRETS];

/** Resolves when every project and key is Ready and the projects have counted the keys, which they do last. */
export async function whenSettled(client: KubeClient, options?: EventuallyOptions): Promise<void> {
  await eventually(async () => {
    const projects = (await client.list(KEY_PROJECTS)).items;
    const apiKeys = (await client.list(API_KEYS)).items.map((key) => ({ ...key, kind: 'ApiKey' as const }));
    const cryptoKeys = (await client.list(CRYPTO_KEYS)).items.map((key) => ({ ...key, kind: 'CryptoKey' as const }));
    for (const object of [...projects, ...apiKeys, ...cryptoKeys]) assertCondition(object, { status: 'True' }, 'Ready');
    for (const { metadata, status } of projects) {
      const keys = [...apiKeys, ...cryptoKeys].filter(({ spec }) => spec.project === metadata.name);
      const states = keys.map((key) => `${key.kind} ${key.status?.state}`);
      const counted = status?.keys?.flatMap(({ kind, state, count }) => Array<string>(count).fill(`${kind} ${state}`));
      expect(counted?.toSorted()).toEqual(states.toSorted());
    }
  }, options);
}

/** The resourceVersion of every project, key and Secret by name, records among them: any write changes one. */
export async function versionsOf(client: KubeClient): Promise<Readonly<Record<string, string>>> {
  const lists = await Promise.all(
    WRITTEN.map(async (resource) => {
      const { items } = await client.list(resource);
      return items.map(({ metadata: { namespace = '', name, resourceVersion = '' } }): [string, string] => [
        `${resource.kind} ${namespace}/${name}`,
        resourceVersion,
      ]);
    }),
  );
  return Object.fromEntries(lists.flat());
}

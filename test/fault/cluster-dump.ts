import { apiRequest, type ApiConnection } from '../support/cluster/api-request.ts';

interface ResourceList {
  readonly groupVersion: string;
  readonly resources: readonly { readonly name: string; readonly verbs: readonly string[] }[];
}

const METADATA_ONLY = '/api/v1/secrets';

/** Every object of every kind that can be listed, as JSON text by path; of Secrets metadata alone. */
export async function dumpCluster(connection: ApiConnection): Promise<ReadonlyMap<string, string>> {
  const dump = new Map<string, string>();
  for (const { groupVersion, resources } of await discover(connection)) {
    const root = groupVersion === 'v1' ? '/api/v1' : `/apis/${groupVersion}`;
    for (const { name, verbs } of resources) {
      const path = `${root}/${name}`;
      if (!verbs.includes('list') || name.includes('/')) continue;
      const text = await get(connection, path);
      dump.set(path, path === METADATA_ONLY ? withoutData(text) : text);
    }
  }
  return dump;
}

async function discover(connection: ApiConnection): Promise<readonly ResourceList[]> {
  const { groups } = JSON.parse(await get(connection, '/apis')) as {
    groups: readonly { readonly versions: readonly { readonly groupVersion: string }[] }[];
  };
  const paths = groups.flatMap(({ versions }) => versions.map(({ groupVersion }) => `/apis/${groupVersion}`));
  return await Promise.all(
    ['/api/v1', ...paths].map(async (path) => JSON.parse(await get(connection, path)) as ResourceList),
  );
}

function withoutData(list: string): string {
  const { items } = JSON.parse(list) as { items: readonly { readonly metadata: unknown }[] };
  return JSON.stringify(items.map(({ metadata }) => metadata));
}

async function get(connection: ApiConnection, path: string): Promise<string> {
  const { status, body } = await apiRequest(connection, { path });
  if (status !== 200) throw new Error(`GET ${path} was answered ${status}`);
  return body;
}

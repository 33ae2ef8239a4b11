import type { Secret } from '../../../src/kube/objects/objects.ts';
import { apiKey, type ApiKeyBuilder } from '../../support/builders.ts';
import { tokenOf, type KeyWorld, type Tenant } from '../../support/key-world.ts';

/** Of a tenant with two environments, in all of its three namespaces. */
export function checkout({ authors, project }: Tenant): ApiKeyBuilder {
  return apiKey(`${authors}/checkout`, project).environment('staging').environment('production');
}

export function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** A key that is delivered, in a tenant of its own. */
export async function issued(
  world: KeyWorld,
  change: (key: ApiKeyBuilder) => ApiKeyBuilder = (key) => key,
): Promise<Tenant & { readonly ref: string; readonly token: string }> {
  const tenant = await world.tenant();
  const ref = `${tenant.authors}/checkout`;
  await world.apply(change(checkout(tenant)));
  await world.whenReady(ref);
  return { ...tenant, ref, token: tokenOf(await world.secret(tenant.eu, 'checkout')) };
}

/** A Secret with everything on it that a delivered one has, as a copy would be made. */
export function copyOf({ metadata, type, data }: Secret): Partial<Secret> {
  const { name, labels, annotations } = metadata;
  return {
    type: type ?? '',
    data: data ?? {},
    metadata: { name, ...(labels && { labels }), ...(annotations && { annotations }) },
  };
}

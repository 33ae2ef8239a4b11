import { MANAGED_LABEL } from '../../src/api/labels.ts';
import { isNotFound } from '../../src/kube/errors/api-error.ts';
import type { Secret } from '../../src/kube/objects/objects.ts';
import { SECRETS } from '../../src/kube/objects/resource.ts';
import type { ClusterAccess } from './cluster-access.ts';
import { dataDigest } from './crypto-keys.ts';
import { until } from './until.ts';

const LOOK_MS = 2;

/** Harms one delivered Secret, given as it is. Resolves when the API server has taken it. */
export type Harm = (access: ClusterAccess, secret: Secret) => Promise<void>;

export const deleteSecret: Harm = async ({ client }, { metadata }) => {
  const { namespace = '', name, uid = '', resourceVersion = '' } = metadata;
  await client.delete(SECRETS, { namespace, name }, { uid, resourceVersion });
};

export const editSecret: Harm = async ({ client }, { metadata: { namespace = '', name } }) => {
  const token = Buffer.from('not the token').toString('base64');
  const patch = { metadata: { labels: { [MANAGED_LABEL]: null } }, data: { token } };
  await client.patch(SECRETS, { namespace, name }, patch);
};

/**
 * Does the harm and waits until the Secret is as it was: the same bytes under every data key, the same labels.
 *
 * @returns Milliseconds between the API server's answer to the harm and the first look that found it repaired.
 */
export async function repairMs(
  access: ClusterAccess,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  harm: Harm,
  signal: AbortSignal,
): Promise<number> {
  const { client } = access;
  const before = await client.get(SECRETS, { namespace, name }, { signal });
  const wanted = fingerprint(before);
  await harm(access, before);
  const harmedMs = performance.now();
  await until(
    async () => {
      const now = await client.get(SECRETS, { namespace, name }, { signal }).catch((error: unknown) => {
        if (isNotFound(error)) return undefined;
        throw error;
      });
      return now !== undefined &&
        now.metadata.resourceVersion !== before.metadata.resourceVersion &&
        fingerprint(now) === wanted
        ? true
        : undefined;
    },
    { what: `Secret ${namespace}/${name} is as it was`, signal, intervalMs: LOOK_MS },
  );
  return Math.round(performance.now() - harmedMs);
}

function fingerprint(secret: Secret): string {
  const labels = Object.entries(secret.metadata.labels ?? {}).toSorted(([one], [other]) => one.localeCompare(other));
  return JSON.stringify([dataDigest(secret), labels]);
}

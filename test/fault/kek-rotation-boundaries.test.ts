import { expect } from 'vitest';
import type { ApiKey } from '../../src/api/generated/api-key.ts';
import { readStoredKeys } from '../../src/installation/stored-keys.ts';
import { KEKS, KEYRING_SECRET } from '../../src/installation/keyring-secret.ts';
import { SECRETS } from '../../src/kube/objects/resource.ts';
import { OPERATOR_NAMESPACE } from '../support/operator.ts';
import { everywhere, type KeyPicture } from './key-picture.ts';
import { describeFlows } from './lifecycle-cuts.ts';
import type { CutKey } from './lifecycle-flow.ts';
import { STAGED_API_KEY } from './staged-kind.ts';

const KEYRING = { namespace: OPERATOR_NAMESPACE, name: KEYRING_SECRET };
/** All that a version has stays sealed, so there is always something to wrap anew. */
const SEALED: Partial<ApiKey['spec']> = { recoverable: true, signingSecret: {} };

const delivered = (version: number, known: string): KeyPicture =>
  everywhere({
    ready: 'True Delivered 3/3',
    shown: `Active: ${version} Current`,
    known,
    sealed: [`v${version} signingSecret`, `v${version} token`],
    secrets: { '': `v${version}: key-id, signing-secret, token` },
  });

describeFlows(STAGED_API_KEY, [
  {
    name: 'A KEK rotation with a key rotation beside it',
    project: { policy: { minRotationInterval: '0s' } },
    given: async (key) => {
      await key.apply(SEALED);
      await key.settlesAs(delivered(1, 'Active: 1 Current with signing secret'));
    },
    change: async (key) => {
      const metadata = { annotations: { 'keywright.dev/rotate': key.name } };
      await key.stage.cluster.client.patch(SECRETS, KEYRING, { metadata });
      await key.apply({ ...SEALED, rotation: { trigger: 'drill', overlap: '0s' } });
    },
    // Keyring, record wrapped anew; record (version 2), status, three Secrets, record (version 1 retired), status.
    writes: 9,
    conflicts: 2,
    isApart: true,
    converged: delivered(2, 'Active: 2 Current with signing secret, 1 Retired'),
    also: expectWrappedByTheNewKek,
    versions: 2,
  },
]);

/** The order made one KEK, and that is what wraps the record. */
async function expectWrappedByTheNewKek({ stage, name }: CutKey<ApiKey>): Promise<void> {
  const keks = readStoredKeys(KEKS, await stage.cluster.client.get(SECRETS, KEYRING));
  if (typeof keks === 'string') throw new Error(`the keyring cannot be read: ${keks}`);
  expect(keks.map(({ state }) => state)).toEqual(['Wrapping', 'Unwrapping']);
  const { sealed } = await stage.recordOf(name);
  expect(sealed?.dek.kekId).toBe(keks[0]?.id);
}

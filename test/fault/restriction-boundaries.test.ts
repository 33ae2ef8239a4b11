/** What verifiers may no longer accept: revocation and expiry, and what comes after them. */
import type { ApiKey } from '../../src/api/generated/api-key.ts';
import { everywhere, type KeyPicture } from './key-picture.ts';
import { describeFlows } from './lifecycle-cuts.ts';
import type { CutKey } from './lifecycle-flow.ts';
import { STAGED_API_KEY } from './staged-kind.ts';

const PAST = '2026-01-01T00:00:00Z';
const FAR = '2099-01-01T00:00:00Z';

const deliveredWith = (dataKeys: string): KeyPicture =>
  everywhere({
    ready: 'True Delivered 3/3',
    shown: 'Active: 1 Current',
    known: 'Active: 1 Current',
    secrets: { '': `v1: ${dataKeys}` },
  });
const EXPIRED = everywhere({
  ready: 'False Expired 0/0 Stalled',
  shown: 'Expired',
  known: 'Withdrawn for the window: 1 Current',
  sealed: ['v1 token'],
  places: 'none',
});

async function deliver(key: CutKey<ApiKey>): Promise<void> {
  await key.apply();
  await key.settlesAs(deliveredWith('key-id, token'));
}

describeFlows(STAGED_API_KEY, [
  {
    // Status, record (revoked), record (places owed), three Secrets, record (places clean), status.
    name: 'Revocation of a whole key',
    given: deliver,
    change: (key) => key.apply({ revocation: { reason: 'Compromised' } }),
    writes: 8,
    converged: everywhere({
      ready: 'True Revoked 0/0',
      shown: 'Revoked: 1 Revoked',
      known: 'Active: 1 Revoked',
      places: 'none',
    }),
    versions: 1,
  },
  {
    // The project's minRotationInterval of 5 minutes does not hold it up.
    name: 'Revocation through a version with a new trigger in the same edit (flow g)',
    given: deliver,
    change: (key) =>
      key.apply({ revocation: { reason: 'Compromised', throughVersion: 1 }, rotation: { trigger: 'leak' } }),
    writes: 9,
    converged: everywhere({
      ready: 'True Delivered 3/3',
      shown: 'Active: 2 Current, 1 Revoked',
      known: 'Active: 2 Current, 1 Revoked',
      secrets: { '': 'v2: key-id, token' },
    }),
    versions: 2,
  },
  {
    name: 'An expiry',
    given: deliver,
    change: (key) => key.apply({ expiresAt: PAST }),
    writes: 7,
    converged: EXPIRED,
    versions: 1,
  },
  {
    name: 'A later expiry inside the recovery window',
    given: async (key) => {
      await deliver(key);
      await key.apply({ expiresAt: PAST });
      await key.settlesAs(EXPIRED);
    },
    change: (key) => key.apply({ expiresAt: FAR }),
    writes: 7,
    converged: deliveredWith('expires-at, key-id, token'),
    versions: 1,
  },
]);

/** What is taken away and may come back: keys that are deleted, and environments that are removed. */
import type { ApiKey } from '../../src/api/generated/api-key.ts';
import { STAGING } from './delivery-stage.ts';
import { everywhere, type KeyPicture } from './key-picture.ts';
import { describeFlows } from './lifecycle-cuts.ts';
import type { CutKey } from './lifecycle-flow.ts';
import { STAGED_API_KEY } from './staged-kind.ts';

const SECRETS = { '': 'v1: key-id, token' };
const DELIVERED = everywhere({
  ready: 'True Delivered 3/3',
  shown: 'Active: 1 Current',
  known: 'Active: 1 Current',
  secrets: SECRETS,
});
const RETAINED: KeyPicture = {
  ...everywhere({ ready: 'gone', shown: 'none', known: 'Active: 1 Current', secrets: SECRETS }),
  phase: 'Retained',
};
const TOMBSTONE = everywhere({
  ready: 'gone',
  phase: 'Withdrawn',
  shown: 'none',
  known: 'Withdrawn for the window: 1 Current',
  sealed: ['v1 token'],
  places: 'none',
});
const WITHOUT_PRODUCTION: KeyPicture = {
  ...DELIVERED,
  ready: 'True Delivered 2/2',
  environments: { ...DELIVERED.environments, production: { ...TOMBSTONE.environments.production, shown: 'Withdrawn' } },
  secrets: Object.fromEntries(STAGING.map((namespace) => [namespace, SECRETS['']])),
};
const ONLY_STAGING = { environments: [{ name: 'staging' }] };

async function deliver(key: CutKey<ApiKey>, spec: Partial<ApiKey['spec']> = {}): Promise<void> {
  await key.apply(spec);
  await key.settlesAs(DELIVERED);
}

async function remove(key: CutKey<ApiKey>, spec: Partial<ApiKey['spec']>, converged: KeyPicture): Promise<void> {
  await deliver(key, spec);
  await key.remove();
  await key.settlesAs(converged);
}

describeFlows(STAGED_API_KEY, [
  {
    // Status (refused), record, finalizer.
    name: 'Deletion under Retain',
    given: (key) => deliver(key, { deletionPolicy: 'Retain' }),
    change: (key) => key.remove(),
    writes: 3,
    converged: RETAINED,
    versions: 1,
  },
  {
    name: 'Applying a retained key again',
    given: (key) => remove(key, { deletionPolicy: 'Retain' }, RETAINED),
    change: (key) => key.apply({ deletionPolicy: 'Retain' }),
    writes: 3,
    converged: DELIVERED,
    versions: 1,
  },
  {
    // Finalizer, record (active), status, three Secrets, record (the token dropped), status.
    name: 'Applying a deleted key again inside its recovery window (flow c)',
    given: (key) => remove(key, {}, TOMBSTONE),
    change: (key) => key.apply(),
    writes: 8,
    converged: DELIVERED,
    versions: 1,
  },
  {
    // Record (its token sealed), status, its Secret, record (the place clean), status.
    name: 'An environment removed from the key',
    given: deliver,
    change: (key) => key.apply(ONLY_STAGING),
    writes: 5,
    converged: WITHOUT_PRODUCTION,
    versions: 1,
  },
  {
    name: 'An environment put back inside the recovery window',
    given: async (key) => {
      await deliver(key);
      await key.apply(ONLY_STAGING);
      await key.settlesAs(WITHOUT_PRODUCTION);
    },
    change: (key) => key.apply(),
    writes: 5,
    converged: DELIVERED,
    versions: 1,
  },
]);

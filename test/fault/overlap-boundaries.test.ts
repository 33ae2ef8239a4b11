/** Delivery to many namespaces, what changes while two versions are delivered, and the end of that. */
import type { ApiKey } from '../../src/api/generated/api-key.ts';
import { PRODUCTION, STAGING, type DeliveryStage } from './delivery-stage.ts';
import { everywhere, type KeyPicture } from './key-picture.ts';
import { describeFlows } from './lifecycle-cuts.ts';
import type { CutKey } from './lifecycle-flow.ts';
import { STAGED_API_KEY } from './staged-kind.ts';

const MORE_PRODUCTION = ['payments-production-2', 'payments-production-3'];
const AT_ONCE = { policy: { minRotationInterval: '0s' } };

const delivered = (version: number, dataKeys: string, known: string): KeyPicture =>
  everywhere({
    ready: 'True Delivered 3/3',
    shown: `Active: ${version} Current`,
    known,
    secrets: { '': `v${version}: ${dataKeys}` },
  });
const FIRST = delivered(1, 'key-id, token', 'Active: 1 Current');

const both = (previous: string, suffix: string, dataKeys: string, sealed: readonly string[]): KeyPicture =>
  everywhere({
    ready: 'True Delivered 3/3',
    shown: 'Rotating: 2 Current, 1 Retiring',
    known: `Active: 2 Current${suffix}, 1 Retiring${previous}`,
    sealed,
    secrets: { '': `v2: ${dataKeys}` },
  });
const OVERLAPPING = both('', '', 'key-id, previous.key-id, previous.token, token', ['v1 token']);

const SIGNING = ' with signing secret';
const SEALED_WITH_SIGNING = ['v1 signingSecret', 'v1 token', 'v2 signingSecret'];
const SIGNED = both(
  SIGNING,
  SIGNING,
  'key-id, previous.key-id, previous.signing-secret, previous.token, signing-secret, token',
  SEALED_WITH_SIGNING,
);
const PUT_AWAY = both(
  `${SIGNING} put away`,
  `${SIGNING} put away`,
  'key-id, previous.key-id, previous.token, token',
  SEALED_WITH_SIGNING,
);

const ROTATION = { rotation: { trigger: 'drill', overlap: '90m' } };

async function overlap(key: CutKey<ApiKey>): Promise<void> {
  await key.apply();
  await key.settlesAs(FIRST);
  await key.apply(ROTATION);
  await key.settlesAs(OVERLAPPING);
}

async function overlapSigned(key: CutKey<ApiKey>): Promise<void> {
  await key.apply({ signingSecret: {} });
  await key.settlesAs({
    ...delivered(1, 'key-id, signing-secret, token', `Active: 1 Current${SIGNING}`),
    environments: everywhere({
      ready: '',
      shown: 'Active: 1 Current',
      known: `Active: 1 Current${SIGNING}`,
      sealed: ['v1 signingSecret'],
      secrets: { '': '' },
    }).environments,
  });
  await key.apply({ signingSecret: {}, ...ROTATION });
  await key.settlesAs(SIGNED);
}

async function addNamespaces(stage: DeliveryStage): Promise<void> {
  for (const name of MORE_PRODUCTION) await stage.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
}

describeFlows(
  STAGED_API_KEY,
  [
    {
      // Finalizer, record, status, five Secrets, record (tokens dropped), status.
      name: 'First delivery to five namespaces',
      project: {
        environments: [
          { name: 'staging', namespaces: [...STAGING] },
          { name: 'production', namespaces: [...PRODUCTION, ...MORE_PRODUCTION] },
        ],
      },
      change: (key) => key.apply(),
      writes: 10,
      converged: {
        ...FIRST,
        ready: 'True Delivered 5/5',
        environments: { ...FIRST.environments, production: { ...FIRST.environments.production, places: '3 Held' } },
        secrets: {
          ...FIRST.secrets,
          ...Object.fromEntries(MORE_PRODUCTION.map((name) => [name, 'v1: key-id, token'])),
        },
      },
      versions: 1,
    },
    {
      // The overlap ended half an hour ago while no operator ran: three Secrets, record (retired), status.
      name: 'The end of an overlap',
      project: AT_ONCE,
      given: overlap,
      givenAgoMs: 2 * 3_600_000,
      writes: 5,
      isApart: true,
      converged: delivered(2, 'key-id, token', 'Active: 2 Current, 1 Retired'),
      versions: 2,
    },
    {
      // Record (both wait sealed), status, three Secrets, status.
      name: 'A signing secret removed during an overlap (flow j)',
      project: AT_ONCE,
      given: overlapSigned,
      change: (key) => key.apply(ROTATION),
      writes: 6,
      converged: PUT_AWAY,
      versions: 2,
    },
    {
      name: 'A signing secret put back during an overlap (flow j)',
      project: AT_ONCE,
      given: async (key) => {
        await overlapSigned(key);
        await key.apply(ROTATION);
        await key.settlesAs(PUT_AWAY);
      },
      change: (key) => key.apply({ signingSecret: {}, ...ROTATION }),
      writes: 6,
      converged: SIGNED,
      versions: 2,
    },
  ],
  addNamespaces,
);

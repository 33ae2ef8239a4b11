import fc from 'fast-check';
import type { ApiKeySpec } from '../../src/api/generated/api-key.ts';
import type { KeyProjectSpec } from '../../src/api/generated/key-project.ts';
import { EU, keyProjectOf, STAGING, US } from './facts.ts';

const NAMESPACES = [STAGING, EU, US];
const SECRET_NAMES = ['checkout', 'renamed', 'key-checkout'];

/** What somebody, or time, does to the world between two looks of the operator. */
export type WorldEvent =
  | { readonly kind: 'editKey'; readonly spec: Partial<ApiKeySpec> }
  | { readonly kind: 'editProject'; readonly spec: Partial<KeyProjectSpec> }
  | { readonly kind: RareKind }
  | { readonly kind: 'pass'; readonly hours: number }
  | {
      readonly kind: 'deleteNamespace' | 'terminateNamespace' | 'createNamespace' | 'forbid' | 'allow';
      readonly namespace: string;
    }
  | {
      readonly kind: 'deleteSecret' | 'alterToken' | 'stripSecret' | 'unlabelSecret' | 'relabelSecret' | 'freezeSecret';
      readonly index: number;
    }
  | {
      readonly kind: 'putForeign' | 'consent' | 'claim' | 'unclaim';
      readonly namespace: string;
      readonly secretName: string;
    };

export type RareKind =
  | 'deleteKey'
  | 'applyKey'
  | 'forceKeyOff'
  | 'deleteProject'
  | 'terminateProject'
  | 'wipeStatus'
  | 'editStatus'
  | 'plantVersion'
  | 'backUp'
  | 'restore'
  | 'lag'
  | 'catchUp';

const hoursOrNone = fc.constantFrom(undefined, -1, 1, 30).map((hours) => hours);

const environmentNames = fc
  .subarray(['staging', 'production'], { minLength: 1 })
  .chain((names) => fc.tuple(fc.constant(names), hoursOrNone));

/** Absolute times far around NOW, so that time passing crosses them. */
function expiry(hours: number | undefined): { readonly expiresAt?: string } {
  if (hours === undefined) return {};
  return { expiresAt: `${new Date(Date.UTC(2027, 2, 1, 12 + hours)).toISOString().slice(0, 19)}Z` };
}

const keySpec: fc.Arbitrary<Partial<ApiKeySpec>> = fc.oneof(
  environmentNames.map(([names, hours]) => ({ environments: names.map((name) => ({ name, ...expiry(hours) })) })),
  fc.boolean().map((suspended) => ({ suspended })),
  fc.boolean().map((recoverable) => ({ recoverable })),
  fc.constantFrom('0s', '1h', '48h').map((recoveryWindow) => ({ recoveryWindow })),
  fc.constantFrom(undefined, 0).map((present) => ({ ...(present === 0 && { signingSecret: {} }) })),
  fc.constantFrom(['checkout'], ['renamed'], ['checkout', 'renamed']).map((names) => ({
    outputs: names.map((secretName, index) => ({ name: `out-${index}`, secretName })),
  })),
  fc.constantFrom(['charges.read'], ['charges.read', 'charges.write'], ['refunds.read']).map((scopes) => ({ scopes })),
);

const projectEnvironments = fc.tuple(
  fc.subarray(NAMESPACES),
  fc.subarray(NAMESPACES),
  fc.constantFrom('none', 'staging', 'production'),
  fc.constantFrom('both', 'both', 'both', 'production'),
);

const projectSpec: fc.Arbitrary<Partial<KeyProjectSpec>> = fc.oneof(
  projectEnvironments.map(([staging, production, suspended, which]) => ({
    environments: [
      ...(which === 'both' ? [{ name: 'staging', namespaces: staging, suspended: suspended === 'staging' }] : []),
      { name: 'production', namespaces: production, suspended: suspended === 'production' },
    ],
  })),
  fc.constant({ environments: keyProjectOf().spec.environments }),
  fc.constantFrom({}, { allowRecoverable: false }, { apiKeyTypes: ['Publishable'] as const }).map((policy) => ({
    policy: { scopes: ['charges.*'], ...policy },
  })),
  fc
    .constantFrom('key-', '')
    .map((prefix) => ({ policy: { scopes: ['charges.*'], ...(prefix !== '' && { secretNamePrefix: prefix }) } })),
  fc.boolean().map((allowed) => ({ authorNamespaces: allowed ? ['payments-config'] : [] })),
  fc.constantFrom('acme', 'other').map((company) => ({ company })),
);

const namespace = fc.constantFrom(...NAMESPACES);
const index = fc.nat(5);
const place = fc.record({ namespace, secretName: fc.constantFrom(...SECRET_NAMES) });

/** Events in life-like proportions: mostly edits and time, sometimes a disaster. */
export const worldEvent: fc.Arbitrary<WorldEvent> = fc.oneof(
  { weight: 8, arbitrary: keySpec.map((spec): WorldEvent => ({ kind: 'editKey', spec })) },
  { weight: 5, arbitrary: projectSpec.map((spec): WorldEvent => ({ kind: 'editProject', spec })) },
  { weight: 3, arbitrary: fc.constantFrom(0.01, 0.5, 2, 25, 50).map((hours): WorldEvent => ({ kind: 'pass', hours })) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom('deleteKey', 'applyKey', 'applyKey', 'forceKeyOff', 'deleteProject', 'terminateProject'))
      .map(([kind]): WorldEvent => ({ kind })),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        fc.constantFrom(
          'deleteNamespace',
          'terminateNamespace',
          'createNamespace',
          'createNamespace',
          'forbid',
          'allow',
        ),
        namespace,
      )
      .map(([kind, name]): WorldEvent => ({ kind, namespace: name })),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        fc.constantFrom('deleteSecret', 'alterToken', 'stripSecret', 'unlabelSecret', 'relabelSecret', 'freezeSecret'),
        index,
      )
      .map(([kind, at]): WorldEvent => ({ kind, index: at })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom('putForeign', 'consent', 'claim', 'unclaim'), place)
      .map(([kind, at]): WorldEvent => ({ kind, ...at })),
  },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom('wipeStatus', 'editStatus', 'plantVersion', 'backUp', 'restore', 'lag', 'catchUp', 'catchUp')
      .map((kind): WorldEvent => ({ kind })),
  },
);

/** Events of a day on which nothing is wrong. Nothing expires, and no environment is without a namespace. */
export const goodEvent: fc.Arbitrary<WorldEvent> = fc.oneof(
  fc
    .subarray(['staging', 'production'], { minLength: 1 })
    .map((names): WorldEvent => ({ kind: 'editKey', spec: { environments: names.map((name) => ({ name })) } })),
  fc.boolean().map((suspended): WorldEvent => ({ kind: 'editKey', spec: { suspended } })),
  fc.boolean().map((recoverable): WorldEvent => ({ kind: 'editKey', spec: { recoverable } })),
  fc.constantFrom({ signingSecret: {} }, {}).map((spec): WorldEvent => ({ kind: 'editKey', spec })),
  fc.constantFrom(['checkout'], ['renamed'], ['checkout', 'renamed']).map((names): WorldEvent => ({
    kind: 'editKey',
    spec: { outputs: names.map((secretName, at) => ({ name: `out-${at}`, secretName })) },
  })),
  fc.constantFrom([EU], [US], [EU, US]).map((namespaces): WorldEvent => ({
    kind: 'editProject',
    spec: {
      environments: [
        { name: 'staging', namespaces: [STAGING] },
        { name: 'production', namespaces },
      ],
    },
  })),
  fc.constantFrom(0.01, 2, 25).map((hours): WorldEvent => ({ kind: 'pass', hours })),
  fc.constantFrom('deleteKey', 'applyKey', 'applyKey', 'wipeStatus').map((kind): WorldEvent => ({ kind })),
);

import fc from 'fast-check';
import type { KeySpec } from '../../../src/api/key-object.ts';
import type { KeyProjectSpec } from '../../../src/api/generated/key-project.ts';
import { EU, keyProjectOf, STAGING, US } from '../facts.ts';

const NAMESPACES = [STAGING, EU, US];
const SECRET_NAMES = ['checkout', 'renamed', 'key-checkout'];

/** What somebody, or time, does to the world between two looks of the operator. */
export type WorldEvent =
  | KeyEdit
  | SourceEdit
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

export interface KeyEdit {
  readonly kind: 'editKey';
  readonly spec: Partial<KeySpec>;
  /** Fields of the spec that go. */
  readonly without?: readonly string[];
}

/** What an import reads changes. */
export interface SourceEdit {
  readonly kind: 'editSource';
  /** The data key that imports name. */
  readonly source: string;
  /** Undefined: nothing any more. */
  readonly holds: string | undefined;
}

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

/** Events in life-like proportions: mostly edits and time, sometimes a disaster. @param keyEdit Of the kind of key. */
export function worldEvent(keyEdit: fc.Arbitrary<WorldEvent>): fc.Arbitrary<WorldEvent> {
  return fc.oneof(
    { weight: 8, arbitrary: keyEdit },
    { weight: 5, arbitrary: projectSpec.map((spec): WorldEvent => ({ kind: 'editProject', spec })) },
    {
      weight: 3,
      arbitrary: fc.constantFrom(0.01, 0.5, 2, 25, 50).map((hours): WorldEvent => ({ kind: 'pass', hours })),
    },
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
          fc.constantFrom(
            'deleteSecret',
            'alterToken',
            'stripSecret',
            'unlabelSecret',
            'relabelSecret',
            'freezeSecret',
          ),
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
}

/** Events of a day on which nothing is wrong. Nothing expires, and no environment is without a namespace. @param keyEdit Of the kind of key. */
export function goodEvent(keyEdit: fc.Arbitrary<WorldEvent>): fc.Arbitrary<WorldEvent> {
  return fc.oneof(
    { weight: 5, arbitrary: keyEdit },
    {
      weight: 1,
      arbitrary: fc.constantFrom([EU], [US], [EU, US]).map((namespaces): WorldEvent => ({
        kind: 'editProject',
        spec: {
          environments: [
            { name: 'staging', namespaces: [STAGING] },
            { name: 'production', namespaces },
          ],
        },
      })),
    },
    { weight: 1, arbitrary: fc.constantFrom(0.01, 2, 25).map((hours): WorldEvent => ({ kind: 'pass', hours })) },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom('deleteKey', 'applyKey', 'applyKey', 'wipeStatus')
        .map((kind): WorldEvent => ({ kind })),
    },
  );
}

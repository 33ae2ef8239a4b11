import fc from 'fast-check';
import type { ApiKeySpec } from '../../src/api/generated/api-key.ts';
import type { KeyProjectSpec } from '../../src/api/generated/key-project.ts';
import { ADOPT_ANNOTATION, MANAGED_LABEL } from '../../src/api/labels.ts';
import type { SecretView } from '../../src/controllers/shared/secret-view.ts';
import { apiKeyOf, digest, EU, foreignSecret, keyProjectOf, OWNER, STAGING, US } from './facts.ts';
import type { ModelRecord, World } from './world.ts';

const HOUR_MS = 3_600_000;
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
      readonly kind: 'deleteSecret' | 'alterToken' | 'stripSecret' | 'unlabelSecret' | 'freezeSecret';
      readonly index: number;
    }
  | {
      readonly kind: 'putForeign' | 'consent' | 'claim' | 'unclaim';
      readonly namespace: string;
      readonly secretName: string;
    };

type RareKind =
  | 'deleteKey'
  | 'applyKey'
  | 'forceKeyOff'
  | 'deleteProject'
  | 'terminateProject'
  | 'wipeStatus'
  | 'editStatus'
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
      .tuple(fc.constantFrom('deleteSecret', 'alterToken', 'stripSecret', 'unlabelSecret', 'freezeSecret'), index)
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
      .constantFrom('wipeStatus', 'editStatus', 'backUp', 'restore', 'lag', 'catchUp', 'catchUp')
      .map((kind): WorldEvent => ({ kind })),
  },
);

/** Applies events to a world and remembers what only somebody outside would: backups. */
export class Surroundings {
  readonly #world: World;
  #backup: ModelRecord | undefined;

  constructor(world: World) {
    this.#world = world;
  }

  apply(event: WorldEvent): void {
    const world = this.#world;
    switch (event.kind) {
      case 'editKey':
        return editKey(world, event.spec);
      case 'editProject':
        return editProject(world, event.spec);
      case 'pass':
        world.now = new Date(world.now.getTime() + event.hours * HOUR_MS);
        return undefined;
      case 'deleteNamespace':
      case 'terminateNamespace':
      case 'createNamespace':
      case 'forbid':
      case 'allow':
        return changeNamespace(world, event.kind, event.namespace);
      case 'deleteSecret':
      case 'alterToken':
      case 'stripSecret':
      case 'unlabelSecret':
      case 'freezeSecret':
        return changeSecret(world, event.kind, event.index);
      case 'putForeign':
      case 'consent':
      case 'claim':
      case 'unclaim':
        return contend(world, event.kind, event);
      default:
        return this.#applyRare(event.kind);
    }
  }

  #applyRare(kind: RareKind): void {
    const world = this.#world;
    const { object, project, record } = world.server;
    switch (kind) {
      case 'deleteKey':
        return deleteKey(world);
      case 'applyKey':
        return applyKey(world);
      case 'forceKeyOff':
        if (object?.metadata.deletionTimestamp !== undefined) world.change({ object: undefined });
        return undefined;
      case 'deleteProject':
        return world.change({ project: undefined });
      case 'terminateProject':
        if (project === undefined) return undefined;
        return world.change({
          project: { ...project, metadata: { ...project.metadata, deletionTimestamp: world.now.toISOString() } },
        });
      case 'wipeStatus':
      case 'editStatus':
        return editStatus(world, kind);
      case 'backUp':
        this.#backup = record;
        return undefined;
      case 'restore':
        if (this.#backup !== undefined && record !== undefined) {
          world.change({ record: { ...this.#backup, resourceVersion: String(world.next()) } });
        }
        return undefined;
      case 'lag':
        world.lagging = true;
        return undefined;
      case 'catchUp':
        return world.catchUp();
    }
  }
}

function editKey(world: World, spec: Partial<ApiKeySpec>): void {
  const { object } = world.server;
  if (object === undefined) return;
  const { signingSecret: _signing, ...rest } = object.spec;
  const isToggle = Object.keys(spec).length === 0;
  const edited = isToggle ? rest : { ...object.spec, ...spec };
  const generation = (object.metadata.generation ?? 0) + 1;
  const metadata = { ...object.metadata, generation, resourceVersion: String(world.next()) };
  world.change({ object: { ...object, metadata, spec: edited } });
}

function editProject(world: World, spec: Partial<KeyProjectSpec>): void {
  const project = world.server.project ?? keyProjectOf();
  world.change({ project: { ...project, spec: { ...project.spec, ...spec } } });
}

function deleteKey(world: World): void {
  const { object } = world.server;
  if (object === undefined || object.metadata.deletionTimestamp !== undefined) return;
  const isHeld = (object.metadata.finalizers ?? []).length > 0;
  const metadata = {
    ...object.metadata,
    deletionTimestamp: world.now.toISOString(),
    resourceVersion: String(world.next()),
  };
  world.change({ object: isHeld ? { ...object, metadata } : undefined });
}

/** Applies the key as it stands in Git: with a new uid, without status and without our finalizer. */
export function applyKey(world: World, spec: Partial<ApiKeySpec> = {}): void {
  if (world.server.object !== undefined) return;
  const key = apiKeyOf(spec);
  const { finalizers: _ours, ...metadata } = key.metadata;
  const created = {
    uid: `uid-${world.next()}`,
    resourceVersion: String(world.next()),
    creationTimestamp: world.now.toISOString(),
  };
  world.change({ object: { ...key, metadata: { ...metadata, ...created } } });
}

function changeNamespace(
  world: World,
  kind: 'deleteNamespace' | 'terminateNamespace' | 'createNamespace' | 'forbid' | 'allow',
  name: string,
): void {
  const namespaces = new Map(world.server.namespaces);
  if (kind === 'forbid') world.forbidden.add(name);
  if (kind === 'allow') world.forbidden.delete(name);
  if (kind === 'terminateNamespace' && namespaces.has(name))
    namespaces.set(name, { name, terminating: true, labels: {} });
  if (kind === 'createNamespace' && !namespaces.has(name))
    namespaces.set(name, { name, terminating: false, labels: {} });
  if (kind === 'deleteNamespace') {
    namespaces.delete(name);
    for (const [key, secret] of world.server.secrets) if (secret.namespace === name) world.removeSecret(key, 'change');
  }
  world.change({ namespaces });
}

function changeSecret(
  world: World,
  kind: 'deleteSecret' | 'alterToken' | 'stripSecret' | 'unlabelSecret' | 'freezeSecret',
  index: number,
): void {
  const all = [...world.server.secrets];
  const [key, secret] = all[index % Math.max(1, all.length)] ?? [];
  if (key === undefined || secret === undefined) return;
  if (kind === 'deleteSecret') return world.removeSecret(key, 'change');
  const { [MANAGED_LABEL]: _managed, ...labels } = secret.labels;
  const edits: Record<typeof kind, Partial<SecretView>> = {
    alterToken: { digests: { ...secret.digests, token: digest(`altered ${world.next()}`) } },
    stripSecret: { labels: {}, annotations: {}, proof: undefined },
    unlabelSecret: { labels },
    freezeSecret: { immutable: true },
  };
  world.putSecret({ ...secret, ...edits[kind], resourceVersion: String(world.next()) }, 'change');
}

function contend(
  world: World,
  kind: 'putForeign' | 'consent' | 'claim' | 'unclaim',
  place: { readonly namespace: string; readonly secretName: string },
): void {
  const key = `${place.namespace}/${place.secretName}`;
  const secret = world.server.secrets.get(key);
  if (kind === 'claim')
    world.claims.set(key, { owner: 'ApiKey/payments-config/other', since: world.now.toISOString() });
  if (kind === 'unclaim') world.claims.delete(key);
  if (kind === 'putForeign' && secret === undefined && world.server.namespaces.has(place.namespace)) {
    const identity = { uid: `uid-${world.next()}`, resourceVersion: String(world.next()) };
    world.putSecret(
      foreignSecret(place, { ...identity, digests: { token: digest(`foreign ${world.next()}`) } }),
      'change',
    );
  }
  if (kind === 'consent' && secret !== undefined) {
    const annotations = { ...secret.annotations, [ADOPT_ANNOTATION]: OWNER };
    world.putSecret({ ...secret, annotations, resourceVersion: String(world.next()) }, 'change');
  }
}

/** Somebody with rights on status; a MAC they cannot make. */
function editStatus(world: World, kind: 'wipeStatus' | 'editStatus'): void {
  const { object } = world.server;
  if (object === undefined) return;
  const { status, ...rest } = object;
  const metadata = { ...object.metadata, resourceVersion: String(world.next()) };
  if (kind === 'wipeStatus') return world.change({ object: { ...rest, metadata } });
  const edited = {
    ...status,
    state: 'Active' as const,
    scopes: ['everything'],
    ledger: { sequence: 9_000, mac: 'mac-1.forged' },
  };
  world.change({ object: { ...object, metadata, status: { ...edited, environments: [] } } });
}

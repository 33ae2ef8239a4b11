import type { KeyEnvironmentStatus, KeySpec } from '../../../src/api/key-object.ts';
import type { KeyProjectSpec } from '../../../src/api/generated/key-project.ts';
import { ADOPT_ANNOTATION, MANAGED_LABEL, PROJECT_LABEL } from '../../../src/api/labels.ts';
import { ownerOf } from '../../../src/controllers/planning/place-state.ts';
import type { SecretView } from '../../../src/controllers/planning/secret-view.ts';
import { digest, foreignSecret, keyProjectOf, versionEntry } from '../facts.ts';
import type { KeyEdit, RareKind, SourceEdit, WorldEvent } from './events.ts';
import type { ModelRecord, World } from './world.ts';

const HOUR_MS = 3_600_000;

/** Applies events to a world and remembers what only somebody outside would: backups. */
export class Surroundings {
  readonly #world: World;
  #backup: ModelRecord | undefined;

  constructor(world: World) {
    this.#world = world;
  }

  apply(event: WorldEvent): void {
    const world = this.#world;
    if ('spec' in event) return event.kind === 'editKey' ? editKey(world, event) : editProject(world, event.spec);
    if ('source' in event) return editSource(world, event);
    if ('secretName' in event) return contend(world, event.kind, event);
    if ('namespace' in event) return changeNamespace(world, event.kind, event.namespace);
    if ('index' in event) return changeSecret(world, event.kind, event.index);
    if ('hours' in event) world.now = new Date(world.now.getTime() + event.hours * HOUR_MS);
    else this.#rare[event.kind]();
  }

  readonly #rare: Readonly<Record<RareKind, () => void>> = {
    deleteKey: () => deleteKey(this.#world),
    applyKey: () => applyKey(this.#world),
    forceKeyOff: () => {
      const { object } = this.#world.server;
      if (object?.metadata.deletionTimestamp !== undefined) this.#world.change({ object: undefined });
    },
    deleteProject: () => this.#world.change({ project: undefined }),
    terminateProject: () => terminateProject(this.#world),
    wipeStatus: () => editStatus(this.#world, 'wipeStatus'),
    editStatus: () => editStatus(this.#world, 'editStatus'),
    plantVersion: () => editStatus(this.#world, 'plantVersion'),
    backUp: () => {
      this.#backup = this.#world.server.record;
    },
    restore: () => this.#restore(),
    lag: () => {
      this.#world.lagging = true;
    },
    catchUp: () => this.#world.catchUp(),
  };

  #restore(): void {
    if (this.#backup === undefined || this.#world.server.record === undefined) return;
    this.#world.change({ record: { ...this.#backup, resourceVersion: String(this.#world.next()) } });
  }
}

function terminateProject(world: World): void {
  const { project } = world.server;
  if (project === undefined) return;
  const metadata = { ...project.metadata, deletionTimestamp: world.now.toISOString() };
  world.change({ project: { ...project, metadata } });
}

function editKey(world: World, { spec, without = [] }: KeyEdit): void {
  const { object } = world.server;
  if (object === undefined) return;
  const kept = Object.entries(object.spec).filter(([field]) => !without.includes(field));
  const edited = { ...Object.fromEntries(kept), ...spec } as KeySpec;
  const generation = (object.metadata.generation ?? 0) + 1;
  const metadata = { ...object.metadata, generation, resourceVersion: String(world.next()) };
  world.change({ object: { ...object, metadata, spec: edited } });
}

/** Sources are no part of what is watched, so that nothing else changes. */
function editSource({ sources }: World, { source, holds }: SourceEdit): void {
  if (holds === undefined) sources.delete(source);
  else sources.set(source, holds);
}

/** Time alone rotates the key no more. */
export function stopInterval(world: World): void {
  const { rotation: { interval, ...rotation } = {} } = world.server.object?.spec ?? {};
  if (interval !== undefined) editKey(world, { kind: 'editKey', spec: { rotation } });
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
export function applyKey(world: World): void {
  if (world.server.object !== undefined) return;
  const key = world.kind.declared;
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
  kind: 'deleteSecret' | 'alterToken' | 'stripSecret' | 'unlabelSecret' | 'relabelSecret' | 'freezeSecret',
  index: number,
): void {
  const all = [...world.server.secrets];
  const [key, secret] = all[index % Math.max(1, all.length)] ?? [];
  if (key === undefined || secret === undefined) return;
  if (kind === 'deleteSecret') return world.removeSecret(key, 'change');
  const { [MANAGED_LABEL]: _managed, ...labels } = secret.labels;
  const altered = {
    digests: { ...secret.digests, token: digest(`altered ${world.next()}`) },
    proof: secret.proof === undefined ? undefined : { ...secret.proof, isIntact: false },
  };
  const edits: Record<typeof kind, Partial<SecretView>> = {
    alterToken: altered,
    stripSecret: { labels: {}, annotations: {}, proof: undefined, proves: () => false },
    unlabelSecret: { labels },
    // The annotation with the proof stays; what it proves is only known to whoever knows the claim.
    relabelSecret: { ...altered, labels: { ...secret.labels, [PROJECT_LABEL]: 'other' }, proof: undefined },
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
    world.claims.set(key, {
      owner: 'ApiKey/payments-config/other',
      project: 'payments',
      since: world.now.toISOString(),
    });
  if (kind === 'unclaim') world.claims.delete(key);
  if (kind === 'putForeign' && secret === undefined && world.server.namespaces.has(place.namespace)) {
    const identity = { uid: `uid-${world.next()}`, resourceVersion: String(world.next()) };
    world.putSecret(
      foreignSecret(place, { ...identity, digests: { token: digest(`foreign ${world.next()}`) } }),
      'change',
    );
  }
  if (kind === 'consent' && secret !== undefined) {
    const annotations = { ...secret.annotations, [ADOPT_ANNOTATION]: ownerOf(world.kind.identity) };
    world.putSecret({ ...secret, annotations, resourceVersion: String(world.next()) }, 'change');
  }
}

/** Somebody with rights on status; a MAC they cannot make. */
function editStatus(world: World, kind: 'wipeStatus' | 'editStatus' | 'plantVersion'): void {
  const { object } = world.server;
  if (object === undefined) return;
  const { status, ...rest } = object;
  const metadata = { ...object.metadata, resourceVersion: String(world.next()) };
  if (kind === 'wipeStatus') return world.change({ object: { ...rest, metadata } });
  const edited = { ...status, state: 'Active' as const, scopes: ['everything'] };
  const forged = { ledger: { sequence: 9_000, mac: 'mac-1.forged' }, environments: [] };
  const planted = { environments: [plantedEnvironment(world)] };
  world.change({
    object: { ...object, metadata, status: { ...edited, ...(kind === 'editStatus' ? forged : planted) } },
  });
}

/** A version that was never minted, with the key id of one that may have been. */
function plantedEnvironment(world: World): KeyEnvironmentStatus {
  const known = world.server.record?.ledger.environments.find(({ name }) => name === 'production')?.versions[0];
  const {
    keyId,
    mask = '',
    hash,
    createdAt,
  } = {
    ...versionEntry('production', 1),
    ...known,
    hash: `sha256:${digest(`planted ${world.next()}`)}`,
  };
  const shown = { version: known?.version ?? 1, state: 'Current', keyId, hash, createdAt } as const;
  const version = known?.crypto === undefined ? { ...shown, maskedToken: mask } : shown;
  return { name: 'production', state: 'Active', success: true, versions: [version] };
}

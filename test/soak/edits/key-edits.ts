/** What authors do to their keys. */
import type { KeyObject, KeySpec } from '../../../src/api/key-object.ts';
import { apply, insistently, read, remove } from '../server.ts';
import type { DeclaredKey } from '../declared-key.ts';
import type { Dice } from '../dice.ts';
import { ENVIRONMENTS } from '../tenants.ts';
import type { Edit, EditOutcome, Scene } from './scene.ts';

const REASONS = ['Unspecified', 'Compromised', 'Superseded', 'Retired'] as const;
const OVERLAPS = ['0s', '1s', '4s'] as const;
const EXPIRES_WITHIN_MS = 5_000;

type KeyEdits = Readonly<Record<string, Edit>>;

export const keyEdits: KeyEdits = {
  'declare or apply again': onKey((spec) => spec),
  delete: async (scene) => {
    const key = scene.dice.pick(scene.keys);
    key.manifest = undefined;
    return outcome(await remove(scene.client, key.resource, key.ref));
  },
  trigger: onKey((spec, { dice, unique }) => ({ ...spec, rotation: rotation(dice, unique()) })),
  'revoke through': onIssuedKey((spec, version, { dice }) => ({ ...spec, revocation: through(version, dice) })),
  'revoke through and trigger': onIssuedKey((spec, version, { dice, unique }) => ({
    ...spec,
    revocation: through(version, dice),
    rotation: rotation(dice, unique()),
  })),
  'revoke as a whole': onKey((spec, { dice }) => ({ ...spec, revocation: { reason: dice.pick(REASONS) } })),
  suspend: onKey((spec) => ({ ...spec, suspended: true })),
  resume: onKey(({ suspended: _, ...spec }) => spec),
  'expire in seconds': onKey((spec, { dice }) => ({ ...spec, expiresAt: soon(dice) })),
  'expire one environment in seconds': onKey((spec, { dice }) => {
    const [first, ...others] = spec.environments;
    return first === undefined ? spec : { ...spec, environments: [{ ...first, expiresAt: soon(dice) }, ...others] };
  }),
  'expire never': onKey(({ expiresAt: _, ...spec }) => ({
    ...spec,
    environments: spec.environments.map(({ name }) => ({ name })),
  })),
  'change environments': onKey((spec, { dice }) => ({ ...spec, environments: someEnvironments(dice) })),
  'rename output': onKey((spec, { dice }, { name }) => ({ ...spec, outputs: someOutputs(name, dice) })),
  'change deletion': onKey((spec, { dice }) => ({
    ...spec,
    deletionPolicy: dice.pick(['Delete', 'Delete', 'Retain']),
    recoveryWindow: dice.pick(['0s', '2s', '1h']),
  })),
  'toggle recoverable': onApiKey((spec) => ({ ...spec, recoverable: spec['recoverable'] !== true })),
  'toggle signing secret': onApiKey(({ signingSecret, ...spec }) =>
    signingSecret === undefined ? { ...spec, signingSecret: {} } : spec,
  ),
  'change algorithm': onCryptoKey((spec, { dice }) => ({ ...spec, algorithm: dice.pick(['EC-P256', 'Ed25519']) })),
  'wipe status': async ({ client, dice, keys }) => {
    const { resource, ref } = dice.pick(keys);
    return insistently(async () => {
      const there = await read(client, resource, ref);
      if (there === undefined) return 'missed';
      await client.updateStatus(resource, { ...there, status: {} });
      return 'done';
    });
  },
};

type Spec = KeySpec & Readonly<Record<string, unknown>>;
type Change<A extends readonly unknown[] = []> = (spec: Spec, ...more: [...A, Scene, DeclaredKey]) => object;

/** Changes what Git declares and applies it; a key that is not declared is declared first. */
function onKey(change: Change): Edit {
  return (scene) => edited(scene, scene.dice.pick(scene.keys), change);
}

function onApiKey(change: Change): Edit {
  return onOneOf('ApiKey', change);
}

function onCryptoKey(change: Change): Edit {
  return onOneOf('CryptoKey', change);
}

function onOneOf(kind: DeclaredKey['kind'], change: Change): Edit {
  return (scene) => edited(scene, scene.dice.pick(scene.keys.filter((key) => key.kind === kind)), change);
}

/** Never with a version above the newest one: what is still to come cannot be revoked. */
function onIssuedKey(change: Change<[version: number]>): Edit {
  return async (scene) => {
    const key = scene.dice.pick(scene.keys);
    const version = (await read(scene.client, key.resource, key.ref))?.status?.version;
    // One that is revoked for good is declared under another name, of which no version was issued.
    if (version === undefined || isRevokedForGood(key.manifest)) return 'missed';
    return edited(scene, key, (spec) => change(spec, version, scene, key));
  };
}

async function edited(scene: Scene, key: DeclaredKey, change: Change): Promise<EditOutcome> {
  if (isRevokedForGood(key.manifest)) {
    await remove(scene.client, key.resource, key.ref);
    key.takeNextName();
  }
  const manifest = key.manifest ?? key.fresh(scene.dice);
  const spec = change(manifest.spec as Spec, scene, key) as KeySpec;
  key.manifest = { ...manifest, spec };
  await apply(scene.client, key.resource, key.manifest);
  return 'done';
}

function isRevokedForGood(manifest: KeyObject | undefined): boolean {
  const revocation = manifest?.spec.revocation;
  return revocation !== undefined && revocation.throughVersion === undefined;
}

function rotation(dice: Dice, trigger: string): object {
  return { trigger, overlap: dice.pick(OVERLAPS) };
}

function through(version: number, dice: Dice): object {
  return { reason: dice.pick(REASONS), throughVersion: Math.max(1, version - dice.below(2)) };
}

/** With whole seconds, as people write it. */
function soon(dice: Dice): string {
  const at = new Date(Date.now() + dice.below(EXPIRES_WITHIN_MS)).toISOString();
  return `${at.slice(0, 19)}Z`;
}

function someEnvironments(dice: Dice): readonly object[] {
  const both = ENVIRONMENTS.map((name) => ({ name }));
  return dice.chance(0.5) ? both : [dice.pick(both)];
}

/** Names that no other key asks for. */
function someOutputs(name: string, dice: Dice): readonly object[] {
  const names = dice.pick([[name], [`${name}-renamed`], [name, `${name}-renamed`], [`${name}-second`]]);
  return names.map((secretName, index) => ({ name: `output-${index}`, secretName }));
}

function outcome(isDone: boolean): EditOutcome {
  return isDone ? 'done' : 'missed';
}

import type { ApiKey } from '../../src/api/generated/api-key.ts';
import type { CryptoKey } from '../../src/api/generated/crypto-key.ts';
import type { KeyStatus } from '../../src/api/key-object.ts';
import { undefinedIfNotFound } from '../../src/kube/errors/api-error.ts';
import { conditionOf } from '../../src/kube/objects/conditions.ts';
import type { Secret } from '../../src/kube/objects/objects.ts';
import type { EnvironmentEntry, Ledger, VersionEntry } from '../../src/sealing/ledger.ts';
import { PRODUCTION, STAGING, TARGETS, type DeliveryStage } from './delivery-stage.ts';
import type { StoredRecord } from '../support/stored-record.ts';

/** All that there is to see of one key, in words, so that a whole state is one literal. */
export interface KeyPicture {
  /** "True Delivered 3/3": the condition Ready and the counts of places; "gone" once the object is. */
  readonly ready: string;
  readonly phase: Ledger['phase'];
  readonly environments: Readonly<Record<'staging' | 'production', EnvironmentPicture>>;
  /** By "<namespace>", and what the name of the Secret has more than the key's: "v2: key-id, token". */
  readonly secrets: Readonly<Record<string, string>>;
}

export interface EnvironmentPicture {
  /** In status: "Active: 2 Current"; "none" for what verifiers are told nothing of. */
  readonly shown: string;
  /** In the ledger: "Active: 2 Current with signing secret, 1 Retired". */
  readonly known: string;
  /** "v2 token". */
  readonly sealed: readonly string[];
  /** "2 Held". */
  readonly places: string;
}

/** @throws while status has not said what the record says, or the record is not there. */
export async function pictureOf<K extends ApiKey | CryptoKey>(
  stage: DeliveryStage<K>,
  name: string,
): Promise<KeyPicture> {
  const key = await stage.key(name).catch(undefinedIfNotFound);
  const record = await stage.recordOf(name);
  const secrets = (await stage.deliveredSecrets()).filter(({ metadata }) => isOf(name, metadata.name));
  const { ledger } = record;
  if (key !== undefined && key.status?.ledger?.sequence !== ledger.sequence) throw new Error('status is behind');
  if (key !== undefined && key.status?.observedGeneration !== key.metadata.generation) throw new Error('not seen yet');
  return {
    ready: key === undefined ? 'gone' : readiness(key.status ?? {}),
    phase: ledger.phase,
    environments: Object.fromEntries(
      ledger.environments.map((entry) => [entry.name, environmentPicture(entry, key?.status, record)]),
    ) as KeyPicture['environments'],
    secrets: Object.fromEntries(
      secrets.map((secret) => [
        `${secret.metadata.namespace}${secret.metadata.name.slice(name.length)}`,
        contents(secret),
      ]),
    ),
  };
}

/** The names of other keys begin with other words. */
function isOf(name: string, secretName: string): boolean {
  return secretName === name || secretName === `${name}-passphrase`;
}

function readiness(status: KeyStatus): string {
  const { conditions = [], deployment } = status;
  const ready = conditionOf(status, 'Ready');
  const others = conditions.filter(({ type }) => type === 'Reconciling' || type === 'Stalled');
  const counts = `${deployment?.ready}/${deployment?.total}`;
  return [ready?.status, ready?.reason, counts, ...others.map(({ type }) => type)].join(' ');
}

function environmentPicture(
  entry: EnvironmentEntry,
  status: KeyStatus | undefined,
  { sealed }: StoredRecord,
): EnvironmentPicture {
  const { name, state, destroyAt, places } = entry;
  const shown = status?.environments?.find((environment) => environment.name === name);
  const versions = (shown?.versions ?? []).map((version) => `${version.version} ${version.state}`);
  const held = places.map((place) => place.state);
  const entries = sealed?.entries.filter(({ environment }) => environment === name) ?? [];
  return {
    shown: shown === undefined ? 'none' : stateText(shown.state, versions),
    known: stateText(destroyAt === undefined ? state : `${state} for the window`, entry.versions.map(versionText)),
    sealed: entries.map(({ version, field }) => `v${version} ${field}`).toSorted(),
    places: held.length === 0 ? 'none' : `${held.length} ${[...new Set(held)].join(', ')}`,
  };
}

function stateText(state: string, versions: readonly string[]): string {
  return versions.length === 0 ? state : `${state}: ${versions.join(', ')}`;
}

function versionText({ version, state, signingSecret }: VersionEntry): string {
  if (signingSecret === undefined) return `${version} ${state}`;
  const withSecret = signingSecret.destroyAt === undefined ? 'with signing secret' : 'with signing secret put away';
  return `${version} ${state} ${withSecret}`;
}

function contents({ metadata, data = {} }: Secret): string {
  return `v${metadata.annotations?.['keywright.dev/version']}: ${Object.keys(data).toSorted().join(', ')}`;
}

export interface Everywhere extends Partial<Pick<KeyPicture, 'phase'>> {
  readonly ready: string;
  readonly shown: string;
  readonly known: string;
  /** @default {[]} */
  readonly sealed?: readonly string[];
  /** @default {'Held'} */
  readonly places?: 'Held' | 'none';
  /** What each Secret is, by what its name has more than the key's. Absent: there is none. */
  readonly secrets?: Readonly<Record<string, string>>;
}

/** A key that is the same in both environments of the stage, and in all their namespaces. */
export function everywhere(parts: Everywhere): KeyPicture {
  const { ready, phase = 'Active', shown, known, sealed = [], places = 'Held', secrets = {} } = parts;
  const inEach = (namespaces: readonly string[]): EnvironmentPicture => {
    const count = namespaces.length * Object.keys(secrets).length;
    return { shown, known, sealed, places: places === 'none' ? 'none' : `${count} ${places}` };
  };
  const named = TARGETS.flatMap((namespace) =>
    Object.entries(secrets).map(([suffix, text]) => [`${namespace}${suffix}`, text] as const),
  );
  return {
    ready,
    phase,
    environments: { staging: inEach(STAGING), production: inEach(PRODUCTION) },
    secrets: Object.fromEntries(named),
  };
}

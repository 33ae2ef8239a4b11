import { isLiveVersion, type Ledger } from '../../../src/sealing/ledger.ts';
import type { DeliveredSecret } from './delivered-secret.ts';
import type { Violation } from './event.ts';
import { ownerOfLedger, versionsInLedger, type ShownVersion } from './shown-versions.ts';

/** A Secret does not tell why its version was issued. */
type Seen = Omit<ShownVersion, 'state' | 'cause'> & Partial<Pick<ShownVersion, 'cause'>>;

/** What a ledger said last. */
interface Counters {
  readonly sequence: number;
  readonly lastVersion: number;
}

/**
 * Of each version and environment there is one token or key ever, and no number is given twice. An environment that had
 * given up a shared key, and begins anew, is given what the others have under another number.
 */
export class VersionRules {
  /** By "<owner> <environment> v<version>": the only token or key there may be. */
  readonly #ids = new Map<string, string>();
  /** By token or key, and environment: the versions it may be; one, but for a shared key. */
  readonly #names = new Map<string, Map<string, Set<string>>>();
  /** By token or key: the only key object it may be of. Environments may share it. */
  readonly #owners = new Map<string, string>();
  readonly #counters = new Map<string, Counters>();

  /** Versions of keys that were ever seen; an environment has its own. */
  get versions(): number {
    return this.#ids.size;
  }

  seeStatus(versions: readonly ShownVersion[]): readonly Violation[] {
    return oldestFirst(versions).flatMap((version) => this.#seeVersion(version, true));
  }

  seeLedger(ledger: Ledger): readonly Violation[] {
    const owner = ownerOfLedger(ledger);
    const before = this.#counters.get(owner) ?? { sequence: 0, lastVersion: 0 };
    const { sequence, lastVersion } = ledger;
    this.#counters.set(owner, { sequence, lastVersion });
    const versions = versionsInLedger(ledger);
    const repeated = versions
      .filter((version) => !this.#ids.has(nameOf(version)) && version.version <= before.lastVersion)
      .map((version) => `${nameOf(version)} is new although ${before.lastVersion} was the last version already`);
    return [
      ...repeated,
      ...oldestFirst(versions).flatMap((version) => this.#seeVersion(version, isShared(version, versions))),
      ...(sequence < before.sequence ? [`${owner}: the sequence fell from ${before.sequence} to ${sequence}`] : []),
      ...(lastVersion < before.lastVersion
        ? [`${owner}: the last version fell from ${before.lastVersion} to ${lastVersion}`]
        : []),
    ];
  }

  seeDelivery({ owner, environment, version, current }: DeliveredSecret): readonly Violation[] {
    return current === undefined ? [] : this.#seeVersion({ owner, environment, version, id: current });
  }

  /** @param mayBeBack May its environment have it again? A status does not show all that a key has. */
  #seeVersion(version: Seen, mayBeBack = false): readonly Violation[] {
    const { id } = version;
    const name = nameOf(version);
    const knownId = remembered(this.#ids, name, id);
    const otherNames = this.#otherNames(version, mayBeBack);
    const knownOwner = remembered(this.#owners, id, version.owner);
    return [
      ...(knownId === id ? [] : [`${name} is two tokens or keys`]),
      ...otherNames.map((other) => `one token or key is both ${other} and ${name}`),
      ...(knownOwner === version.owner ? [] : [`one token or key is of both ${knownOwner} and ${version.owner}`]),
    ];
  }

  /** Under which its environment had the token or key before, and may not have it again. */
  #otherNames(version: Seen, mayBeBack: boolean): readonly string[] {
    const { id, environment, cause } = version;
    const name = nameOf(version);
    const environments = this.#names.get(id) ?? new Map<string, Set<string>>();
    const names = environments.get(environment) ?? new Set();
    this.#names.set(id, environments.set(environment, names));
    const isBack = mayBeBack && cause === 'FirstIssue' && environments.size > 1;
    const others = names.has(name) || isBack ? [] : [...names];
    if (others.length === 0) names.add(name);
    return others;
  }
}

/** Does another environment have the very token or key in force? */
function isShared({ id, environment }: ShownVersion, versions: readonly ShownVersion[]): boolean {
  return versions.some((one) => one.id === id && one.environment !== environment && isLiveVersion(one));
}

/** As they were issued: what came back is under the higher number. */
function oldestFirst(versions: readonly ShownVersion[]): readonly ShownVersion[] {
  return versions.toSorted((one, other) => one.version - other.version);
}

/** What stands under `key` already, or `value`, which does from now on. */
function remembered(map: Map<string, string>, key: string, value: string): string {
  const known = map.get(key) ?? value;
  map.set(key, known);
  return known;
}

function nameOf({ owner, environment, version }: Pick<ShownVersion, 'owner' | 'environment' | 'version'>): string {
  return `${owner} ${environment} v${version}`;
}

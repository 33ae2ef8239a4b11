import type { Ledger } from '../../../src/sealing/ledger.ts';
import type { DeliveredSecret } from './delivered-secret.ts';
import type { Violation } from './event.ts';
import { ownerOfLedger, versionsInLedger, type ShownVersion } from './shown-versions.ts';

/** What a ledger said last. */
interface Counters {
  readonly sequence: number;
  readonly lastVersion: number;
}

/** Of each version and environment there is one token or key ever, and no number is given twice. */
export class VersionRules {
  /** By "<owner> <environment> v<version>": the only token or key there may be. */
  readonly #ids = new Map<string, string>();
  /** By token or key, and environment: the only version it may be. */
  readonly #names = new Map<string, string>();
  /** By token or key: the only key object it may be of. Environments may share it. */
  readonly #owners = new Map<string, string>();
  readonly #counters = new Map<string, Counters>();

  /** Versions of keys that were ever seen; an environment has its own. */
  get versions(): number {
    return this.#ids.size;
  }

  seeStatus(versions: readonly ShownVersion[]): readonly Violation[] {
    return versions.flatMap((version) => this.#seeVersion(version));
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
      ...versions.flatMap((version) => this.#seeVersion(version)),
      ...(sequence < before.sequence ? [`${owner}: the sequence fell from ${before.sequence} to ${sequence}`] : []),
      ...(lastVersion < before.lastVersion
        ? [`${owner}: the last version fell from ${before.lastVersion} to ${lastVersion}`]
        : []),
    ];
  }

  seeDelivery({ owner, environment, version, current }: DeliveredSecret): readonly Violation[] {
    return current === undefined ? [] : this.#seeVersion({ owner, environment, version, id: current });
  }

  #seeVersion(version: Omit<ShownVersion, 'state'>): readonly Violation[] {
    const { id, environment } = version;
    const name = nameOf(version);
    const knownId = remembered(this.#ids, name, id);
    const knownName = remembered(this.#names, `${id} ${environment}`, name);
    const knownOwner = remembered(this.#owners, id, version.owner);
    return [
      ...(knownId === id ? [] : [`${name} is two tokens or keys`]),
      ...(knownName === name ? [] : [`one token or key is both ${knownName} and ${name}`]),
      ...(knownOwner === version.owner ? [] : [`one token or key is of both ${knownOwner} and ${version.owner}`]),
    ];
  }
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

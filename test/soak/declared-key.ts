import type { KeyObject } from '../../src/api/key-object.ts';
import { API_KEYS, CRYPTO_KEYS } from '../../src/api/resources.ts';
import type { Resource } from '../../src/kube/objects/resource.ts';
import type { KeyKind } from '../../src/sealing/ledger.ts';
import { apiKey, cryptoKey } from '../support/builders.ts';
import type { Dice } from './dice.ts';
import type { Tenant } from './tenants.ts';

/**
 * What Git says of one key. A key that is revoked as a whole never comes back under its name; whoever wants one
 * again declares it under the next.
 */
export class DeclaredKey {
  readonly tenant: Tenant;
  readonly kind: KeyKind;
  /** Absent: Git does not declare the key. */
  manifest: KeyObject | undefined;
  readonly #number: number;
  #names = 1;

  constructor(tenant: Tenant, kind: KeyKind, number: number) {
    this.tenant = tenant;
    this.kind = kind;
    this.#number = number;
  }

  get name(): string {
    return `${this.kind === 'ApiKey' ? 'token' : 'pair'}-${this.#number}${this.#names === 1 ? '' : `-${this.#names}`}`;
  }

  get ref(): { readonly namespace: string; readonly name: string } {
    return { namespace: this.tenant.authors, name: this.name };
  }

  get resource(): Resource<KeyObject> {
    return resourceOf(this.kind);
  }

  /** Takes the next name, under which nothing is declared yet. */
  takeNextName(): void {
    this.#names += 1;
    this.manifest = undefined;
  }

  /** A key as authors begin with it. */
  fresh(dice: Dice): KeyObject {
    const ref = `${this.tenant.authors}/${this.name}`;
    const { project } = this.tenant;
    if (this.kind === 'ApiKey') {
      const key = apiKey(ref, project).environment('staging').environment('production').with(SHORT_OVERLAP);
      // Most are: a token that is lost twice is minted a minute later at the earliest, and nothing happens meanwhile.
      return key.with({ recoverable: dice.chance(0.8) }).build();
    }
    const key = cryptoKey(ref, project).environment('staging').environment('production').with(SHORT_OVERLAP);
    return key.with({ algorithm: 'EC-P256', material: this.#number % 2 === 0 ? 'Shared' : 'PerEnvironment' }).build();
  }
}

/** Also for versions that nobody ordered; without it an overlap takes a day. */
const SHORT_OVERLAP = { rotation: { overlap: '1s' } } as const;

export function resourceOf(kind: KeyKind): Resource<KeyObject> {
  return kind === 'ApiKey' ? API_KEYS : CRYPTO_KEYS;
}

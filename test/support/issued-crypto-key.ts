import type { CryptoKey } from '../../src/api/generated/crypto-key.ts';
import { CRYPTO_KEYS } from '../../src/api/resources.ts';
import type { Secret } from '../../src/kube/objects/objects.ts';
import { SECRETS } from '../../src/kube/objects/resource.ts';
import type { Ledger } from '../../src/sealing/ledger.ts';
import { recordName } from '../../src/sealing/record.ts';
import { cryptoKey, type CryptoKeyBuilder } from './builders.ts';
import { eventually, type EventuallyOptions } from './harness/eventually.ts';
import { assertCondition, ledgerOf, type ConditionPattern, type KeyWorld, type Tenant } from './key-world.ts';
import { OPERATOR_NAMESPACE } from './operator.ts';

const NAME = 'signing';
/** Name of the Secret in the author namespace that an imported key reads. */
const SOURCE = 'partner';
const SOURCE_KEY = 'key.pem';

/** The CryptoKey "signing" of a project of its own, on P-256, delivered to staging, eu and us. */
export class IssuedCryptoKey {
  readonly tenant: Tenant;
  /** As it was applied, to be changed and applied again. */
  readonly builder: CryptoKeyBuilder;
  readonly #world: KeyWorld;

  private constructor(world: KeyWorld, tenant: Tenant, builder: CryptoKeyBuilder) {
    this.#world = world;
    this.tenant = tenant;
    this.builder = builder;
  }

  /** Applies it and resolves when it is Ready. */
  static async issue(world: KeyWorld, change?: (key: CryptoKeyBuilder) => CryptoKeyBuilder): Promise<IssuedCryptoKey> {
    const key = await IssuedCryptoKey.declare(world, change);
    await key.whenReady();
    return key;
  }

  /** Imports it from a Secret whose owner allows that, and resolves when it is Ready. */
  static async import(world: KeyWorld, pem: string): Promise<IssuedCryptoKey> {
    const key = await IssuedCryptoKey.declareImport(world, pem);
    await key.whenReady();
    return key;
  }

  /** Applies source and key, and waits for nothing. */
  static async declareImport(world: KeyWorld, pem: string): Promise<IssuedCryptoKey> {
    const imported = { type: 'PrivateKey', import: { secretKeyRef: { name: SOURCE, key: SOURCE_KEY } } } as const;
    const key = new IssuedCryptoKey(world, ...(await declaration(world, (builder) => builder.with(imported))));
    await key.writeSource(pem);
    await world.apply(key.builder);
    return key;
  }

  /** Applies it and waits for nothing. */
  static async declare(
    world: KeyWorld,
    change: (key: CryptoKeyBuilder) => CryptoKeyBuilder = (key) => key,
  ): Promise<IssuedCryptoKey> {
    const key = new IssuedCryptoKey(world, ...(await declaration(world, change)));
    await world.apply(key.builder);
    return key;
  }

  get ref(): { readonly namespace: string; readonly name: string } {
    return { namespace: this.tenant.authors, name: NAME };
  }

  object(): Promise<CryptoKey> {
    return this.#world.client.get(CRYPTO_KEYS, this.ref);
  }

  /** Resolves with the key as soon as Ready is as wanted for its present generation. */
  whenKey(wanted: ConditionPattern, options?: EventuallyOptions): Promise<CryptoKey> {
    return eventually(async () => {
      const key = await this.object();
      assertCondition(key, wanted, 'Ready');
      return key;
    }, options);
  }

  whenReady(options?: EventuallyOptions): Promise<CryptoKey> {
    return this.whenKey({ status: 'True' }, options);
  }

  /** What the Secrets in staging, eu and us hold; undefined where there is none. */
  async delivered(): Promise<readonly Secret['data'][]> {
    const { staging, eu, us } = this.tenant;
    const secrets = [staging, eu, us].map((namespace) => this.#world.get(SECRETS, { namespace, name: NAME }));
    return (await Promise.all(secrets)).map((secret) => secret?.data);
  }

  async removeSecret(namespace: string): Promise<void> {
    await this.#world.remove(SECRETS, { namespace, name: NAME });
  }

  record(): Promise<Secret> {
    const { project } = this.tenant;
    return this.#world.secret(OPERATOR_NAMESPACE, recordName({ project, kind: 'CryptoKey', name: NAME }));
  }

  async ledger(): Promise<Ledger> {
    return ledgerOf(await this.record());
  }

  /** Puts these values in the place of the record's own. */
  async overwriteRecord(data: NonNullable<Secret['data']>): Promise<void> {
    const { name } = (await this.record()).metadata;
    await this.#world.edit(SECRETS, { namespace: OPERATOR_NAMESPACE, name }, (record) => ({ ...record, data }));
  }

  /** Where the key is imported from. */
  get source(): { readonly namespace: string; readonly name: string } {
    return { namespace: this.tenant.authors, name: SOURCE };
  }

  async writeSource(pem: string, labels: Readonly<Record<string, string>> = CONSENT): Promise<void> {
    const data = { [SOURCE_KEY]: Buffer.from(pem).toString('base64') };
    await this.#world.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { ...this.source, labels }, data } as Secret);
  }
}

const CONSENT = { 'keywright.dev/allow-import': 'true' };

async function declaration(
  world: KeyWorld,
  change: (key: CryptoKeyBuilder) => CryptoKeyBuilder,
): Promise<[Tenant, CryptoKeyBuilder]> {
  const tenant = await world.tenant();
  const plain = cryptoKey(`${tenant.authors}/${NAME}`, tenant.project).with({ algorithm: 'EC-P256' });
  return [tenant, change(plain.environment('staging').environment('production'))];
}

import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { API_KEYS, CRYPTO_KEYS } from '../../../src/api/resources.ts';
import type { KubeObject, Secret } from '../../../src/kube/objects/objects.ts';
import { SECRETS } from '../../../src/kube/objects/resource.ts';
import { apiKey, cryptoKey, type ApiKeyBuilder, type CryptoKeyBuilder } from '../../support/builders.ts';
import { eventually } from '../../support/harness/eventually.ts';
import { conditionOf, ledgerOf, sealedIn, type KeyWorld, type Tenant } from '../../support/key-world.ts';
import { OPERATOR_NAMESPACE } from '../../support/operator.ts';

/** The Secret of the author that "legacy" is imported from. */
export const SOURCE = 'legacy-source';

/** One key of each shape that a backup has to bring back. */
export class KeysOfAllShapes {
  readonly tenant: Tenant;
  readonly checkout: ApiKeyBuilder;
  /** Recoverable, with a signing secret. */
  readonly webhook: ApiKeyBuilder;
  /** In the overlap of a rotation. */
  readonly rotated: ApiKeyBuilder;
  readonly legacy: ApiKeyBuilder;
  /** As a whole, after it was issued. */
  readonly revoked: ApiKeyBuilder;
  /** Deleted, under Retain. */
  readonly retained: ApiKeyBuilder;
  /** Deleted, and inside its recovery window. */
  readonly deleted: ApiKeyBuilder;
  readonly signing: CryptoKeyBuilder;
  /** What the Secrets of "deleted" held. */
  deletedData: Readonly<Record<string, Secret['data']>> = {};

  private constructor(tenant: Tenant) {
    const { authors, project } = tenant;
    this.tenant = tenant;
    this.checkout = apiKey(`${authors}/checkout`, project).environment('staging').environment('production');
    this.webhook = this.checkout.named('webhook').with({ recoverable: true, signingSecret: {} });
    this.rotated = this.checkout.named('rotated').with({ rotation: { trigger: 'drill' } });
    this.legacy = apiKey(`${authors}/legacy`, project)
      .environment('staging')
      .with({ import: { secretKeyRef: { name: SOURCE, key: 'token' } } });
    this.revoked = this.checkout.named('revoked').with({ revocation: { reason: 'Compromised' } });
    this.retained = this.checkout.named('retained').with({ deletionPolicy: 'Retain' });
    this.deleted = this.checkout.named('deleted');
    this.signing = cryptoKey(`${authors}/signing`, project)
      .environment('staging')
      .environment('production')
      .with({ algorithm: 'EC-P256', passphrase: {} });
  }

  /** Issues them all in a tenant of their own, and resolves when each is in its state. */
  static async issue(world: KeyWorld): Promise<KeysOfAllShapes> {
    const tenant = await world.tenant((project) => project.with({ policy: { minRotationInterval: '0s' } }));
    const keys = new KeysOfAllShapes(tenant);
    await keys.#writeSource(world);
    const issuedFirst = ['rotated', 'revoked'].map((name) => keys.checkout.named(name));
    for (const key of [...issuedFirst, keys.retained, keys.deleted]) await world.apply(key);
    await whenAllReady(world);
    await keys.apply(world);
    await world.apply(keys.rotated);
    await whenAllReady(world);
    await keys.#whenRotated(world);
    keys.deletedData = named(await delivered(world, dataOf, tenant), 'deleted');
    for (const name of ['deleted', 'retained']) {
      await world.remove(API_KEYS, { namespace: tenant.authors, name });
      await world.gone(API_KEYS, { namespace: tenant.authors, name });
    }
    return keys;
  }

  /** All that are declared, but for the one that is rotated. */
  async apply(world: KeyWorld): Promise<void> {
    for (const key of [this.checkout, this.webhook, this.legacy, this.revoked]) await world.apply(key);
    await world.apply(this.signing);
  }

  async #writeSource(world: KeyWorld): Promise<void> {
    const labels = { 'keywright.dev/allow-import': 'true' };
    const metadata = { namespace: this.tenant.authors, name: SOURCE, labels };
    const token = Buffer.from(`legacy_live_${randomBytes(24).toString('hex')}`).toString('base64');
    await world.apply({ apiVersion: 'v1', kind: 'Secret', metadata, data: { token } } as Secret);
  }

  /** The new version is delivered beside the old one, whose end is known, and nothing else is sealed. */
  async #whenRotated(world: KeyWorld): Promise<void> {
    const { authors, project } = this.tenant;
    await eventually(async () => {
      const { status } = await world.key(`${authors}/rotated`);
      expect(status).toMatchObject({ state: 'Rotating', version: 2, deployment: { success: true } });
      for (const { versions } of status?.environments ?? []) expect(versions?.[1]?.retireAt).toBeDefined();
      expect(sealedIn(await world.record(project, 'rotated'))).toEqual(['production/1/token', 'staging/1/token']);
    });
  }
}

/** Resolves when every key of the cluster is Ready. */
export async function whenAllReady({ client }: KeyWorld): Promise<void> {
  await eventually(async () => {
    const keys = [...(await client.list(API_KEYS)).items, ...(await client.list(CRYPTO_KEYS)).items];
    const waiting = keys.filter((key) => {
      const ready = conditionOf(key);
      return ready?.status !== 'True' || ready.observedGeneration !== key.metadata.generation;
    });
    expect(waiting.map((key) => [key.metadata.name, conditionOf(key)])).toEqual([]);
  });
}

/** What every delivered Secret is, by "<namespace>/<name>". @param tenant Absent: of the whole cluster. */
export async function delivered<T>(
  { client }: Pick<KeyWorld, 'client'>,
  view: (secret: Secret) => T,
  tenant?: Tenant,
): Promise<Readonly<Record<string, T>>> {
  const of = tenant === undefined ? '' : `,keywright.dev/project=${tenant.project}`;
  const { items } = await client.list(SECRETS, { labelSelector: `keywright.dev/managed=true${of}` });
  return Object.fromEntries(items.map((secret) => [refOf(secret), view(secret)]));
}

/** Those Secrets that have one of these names. */
export function named<T>(
  secrets: Readonly<Record<string, T>>,
  ...names: readonly string[]
): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(secrets).filter(([ref]) => names.includes(ref.split('/')[1] ?? '')));
}

export const dataOf = ({ data }: Secret): Secret['data'] => data;
export const versionOf = ({ metadata }: Secret): string | undefined => metadata.resourceVersion;

/** The newest version number of each key, by the name of its record. */
export async function lastVersions({ client }: KeyWorld): Promise<Readonly<Record<string, number>>> {
  const fieldSelector = 'type=keywright.dev/record';
  const { items } = await client.list(SECRETS, { namespace: OPERATOR_NAMESPACE, fieldSelector });
  return Object.fromEntries(items.map((record) => [record.metadata.name, ledgerOf(record).lastVersion]));
}

function refOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { expect } from 'vitest';
import type { CryptoKey, CryptoKeySpec } from '../../../src/api/generated/crypto-key.ts';
import { CRYPTO_KEYS, KEY_PROJECTS } from '../../../src/api/resources.ts';
import { IMPORT_NAME } from '../../../src/installation/import-secret.ts';
import type { Condition } from '../../../src/kube/objects/conditions.ts';
import type { Secret } from '../../../src/kube/objects/objects.ts';
import { CONFIG_MAPS } from '../../../src/kube/objects/resource.ts';
import { recordName } from '../../../src/sealing/record.ts';
import { readImportRecipient, sealImportMessage } from '../../../src/sealing/seal-import.ts';
import type { ImportContext } from '../../../src/sealing/import-context.ts';
import { eventually } from '../../support/harness/eventually.ts';
import { conditionOf, ledgerOf, type KeyWorld, type Tenant } from '../../support/key-world.ts';
import { OPERATOR_NAMESPACE } from '../../support/operator.ts';

const SLOW = { timeoutMs: 20_000 };
/** The name of every key and source here; each test has a tenant of its own. */
export const NAME = 'partner';
export const PASSPHRASE = 'Passphrase of a partner';

/** What imported keys are spoken of with. Every key is called "partner" and imports `prod.pem` of a Secret of that name. */
export class ImportedKeys {
  readonly #world: KeyWorld;
  constructor(world: KeyWorld) {
    this.#world = world;
  }

  /** @param spec With `import: undefined` for a key that is minted. */
  async apply(
    { project, authors: namespace }: Tenant,
    spec: { readonly [Field in keyof CryptoKeySpec]?: CryptoKeySpec[Field] | undefined },
  ): Promise<void> {
    await this.#world.apply({
      apiVersion: 'keywright.dev/v1alpha1',
      kind: 'CryptoKey',
      metadata: { name: NAME, namespace },
      spec: {
        project,
        type: 'PrivateKey',
        environments: [{ name: 'staging' }],
        import: { secretKeyRef: { name: NAME, key: 'prod.pem' } },
        ...spec,
      },
    } as CryptoKey);
  }

  /** Puts a value where keys import it from. */
  async source({ authors: namespace }: Tenant, value: string | Uint8Array): Promise<void> {
    const metadata = { namespace, name: NAME, labels: { 'keywright.dev/allow-import': 'true' } };
    const data = { 'prod.pem': Buffer.from(value).toString('base64') };
    await this.#world.apply({ apiVersion: 'v1', kind: 'Secret', metadata, data } as Secret);
  }

  async whenKey(
    { authors: namespace }: Tenant,
    wanted: Partial<Pick<Condition, 'status' | 'reason'>>,
    type = 'Ready',
  ): Promise<CryptoKey> {
    return await eventually(async () => {
      const key = await this.#world.client.get(CRYPTO_KEYS, { namespace, name: NAME });
      const condition = conditionOf(key, type);
      expect(condition?.observedGeneration).toBe(key.metadata.generation);
      expect(condition).toMatchObject(wanted);
      return key;
    }, SLOW);
  }

  async whenReady(tenant: Tenant): Promise<CryptoKey> {
    return await this.whenKey(tenant, { status: 'True' });
  }

  async version(tenant: Tenant): Promise<number> {
    return ledgerOf(await this.record(tenant)).lastVersion;
  }

  async record({ project }: Tenant): Promise<Secret> {
    return await this.#world.secret(OPERATOR_NAMESPACE, recordName({ project, kind: 'CryptoKey', name: NAME }));
  }

  /** Seals as `keywright seal` does, for the key of the tenant in every environment. */
  async seal(
    { project, authors: namespace }: Tenant,
    field: ImportContext['field'],
    value: string,
    notAfter: Date = new Date(Date.now() + 24 * 3_600_000),
  ): Promise<string> {
    const recipient = await eventually(async () => {
      const { status } = await this.#world.client.get(KEY_PROJECTS, { name: project });
      const { data } = await this.#world.client.get(CONFIG_MAPS, { namespace: OPERATOR_NAMESPACE, name: IMPORT_NAME });
      const found = await readImportRecipient(data?.['import-key.asc'] ?? '', new Date());
      if (found === undefined || found.fingerprint !== status?.importKey?.fingerprint) throw new Error('No import key');
      return found;
    });
    const context = { project, kind: 'CryptoKey', namespace, name: NAME, environment: '*', field };
    return await sealImportMessage(recipient, context, Buffer.from(value), { now: new Date(), notAfter });
  }
}

export function ecKey(): string {
  return pkcs8(generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey);
}

export function pkcs8(key: KeyObject): string {
  return key.export({ format: 'pem', type: 'pkcs8' }).toString();
}

/** The same key under PASSPHRASE. */
export function locked(key: KeyObject): string {
  const options = { format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: PASSPHRASE } as const;
  return key.export(options).toString();
}

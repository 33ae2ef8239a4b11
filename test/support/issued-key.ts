import { API_KEYS } from '../../src/api/resources.ts';
import type { ApiKey } from '../../src/api/generated/api-key.ts';
import type { ObjectRef } from '../../src/kube/client/client.ts';
import type { Secret } from '../../src/kube/objects/objects.ts';
import { SECRETS, type Resource } from '../../src/kube/objects/resource.ts';
import type { Ledger } from '../../src/sealing/ledger.ts';
import { apiKey, type ApiKeyBuilder, type KeyProjectBuilder } from './builders.ts';
import { tokenOf, type KeyWorld, type Tenant } from './key-world.ts';

const NAME = 'checkout';

/** What `tokens` says where no Secret is. */
export const NO_TOKENS: readonly string[] = ['', '', ''];

/** The key "checkout" of a project of its own, delivered to staging, eu and us. */
export class IssuedKey {
  readonly tenant: Tenant;
  /** As it was applied, to be changed and applied again. */
  readonly builder: ApiKeyBuilder;
  readonly ref: string;
  readonly #world: KeyWorld;

  private constructor(world: KeyWorld, tenant: Tenant, builder: ApiKeyBuilder) {
    this.#world = world;
    this.tenant = tenant;
    this.builder = builder;
    this.ref = `${tenant.authors}/${NAME}`;
  }

  /** Applies it and resolves when it is Ready. */
  static async issue(
    world: KeyWorld,
    change: (key: ApiKeyBuilder) => ApiKeyBuilder = (key) => key,
    changeProject?: (project: KeyProjectBuilder) => KeyProjectBuilder,
  ): Promise<IssuedKey> {
    const key = await IssuedKey.declare(world, change, changeProject);
    await world.whenReady(key.ref);
    return key;
  }

  /** Applies it and waits for nothing. */
  static async declare(
    world: KeyWorld,
    change: (key: ApiKeyBuilder) => ApiKeyBuilder = (key) => key,
    changeProject?: (project: KeyProjectBuilder) => KeyProjectBuilder,
  ): Promise<IssuedKey> {
    const tenant = await world.tenant(changeProject);
    const plain = apiKey(`${tenant.authors}/${NAME}`, tenant.project).environment('staging').environment('production');
    const key = new IssuedKey(world, tenant, change(plain));
    await world.apply(key.builder);
    return key;
  }

  /** The tokens in staging, eu and us; empty where there is no Secret. */
  async tokens(name: string = NAME): Promise<readonly string[]> {
    const secrets = await Promise.all(
      this.#namespaces().map((namespace) => this.#world.get(SECRETS, { namespace, name })),
    );
    return secrets.map((secret) => (secret === undefined ? '' : tokenOf(secret)));
  }

  object(): Promise<ApiKey> {
    return this.#world.key(this.ref);
  }

  record(): Promise<Secret> {
    return this.#world.record(this.tenant.project, NAME);
  }

  ledger(): Promise<Ledger> {
    return this.#world.ledger(this.tenant.project, NAME);
  }

  /** Deletes it and resolves when it is gone. */
  async remove(): Promise<void> {
    const ref = { namespace: this.tenant.authors, name: NAME };
    await this.#world.remove(API_KEYS, ref);
    await this.#world.gone(API_KEYS, ref);
  }

  /** Takes its finalizers off and deletes it, as an admin in despair does. */
  forceOff(): Promise<void> {
    return forceOff(this.#world, API_KEYS, { namespace: this.tenant.authors, name: NAME });
  }

  async removeSecrets(): Promise<void> {
    for (const namespace of this.#namespaces()) await this.#world.remove(SECRETS, { namespace, name: NAME });
  }

  #namespaces(): readonly string[] {
    const { staging, eu, us } = this.tenant;
    return [staging, eu, us];
  }
}

export async function forceOff(world: KeyWorld, resource: Resource, ref: ObjectRef): Promise<void> {
  await world.edit(resource, ref, (object) => ({ ...object, metadata: { ...object.metadata, finalizers: [] } }));
  await world.remove(resource, ref);
  await world.gone(resource, ref);
}

/** What a POST of the same Secret would carry. */
export function bodyOf({ metadata, type, data }: Secret): Secret {
  const { name, namespace, labels, annotations } = metadata;
  const kept = {
    name,
    ...(namespace && { namespace }),
    ...(labels && { labels }),
    ...(annotations && { annotations }),
  };
  return { apiVersion: 'v1', kind: 'Secret', metadata: kept, type: type ?? '', data: data ?? {} };
}

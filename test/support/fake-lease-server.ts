import { ApiError } from '../../src/kube/errors/api-error.ts';
import type { KubeClient } from '../../src/kube/client/client.ts';
import type { KubeObject, Lease } from '../../src/kube/objects/objects.ts';

type Verb = 'get' | 'create' | 'update';

/**
 * One Lease behind scripted connections, for faults that a real API server does not produce on demand. It knows no more
 * of the API than resourceVersion, 404 and 409; what those mean is checked against the real server in
 * test/integration/kube/leader-election.test.ts.
 */
export class FakeLeaseServer {
  lease: Lease | undefined;
  /** Each request that was applied or refused, as "<client> <verb>". */
  readonly requests: string[] = [];
  #resourceVersion = 0;

  /**
   * @param onRequest Awaited before a request is applied: throw to lose the request, wait to delay it.
   * @param onAnswer Awaited after it was applied: throw to lose the answer.
   */
  client(
    name: string,
    onRequest: (verb: Verb) => Promise<void> | void = () => {},
    onAnswer: (verb: Verb) => Promise<void> | void = () => {},
  ): KubeClient {
    const exchange = async (verb: Verb, apply: () => Lease): Promise<Lease> => {
      await onRequest(verb);
      this.requests.push(`${name} ${verb}`);
      const lease = apply();
      await onAnswer(verb);
      return lease;
    };
    const client: Pick<KubeClient, Verb> = {
      get: <T extends KubeObject>() => exchange('get', () => this.#existing()) as Promise<unknown> as Promise<T>,
      create: <T extends KubeObject>(_resource: unknown, object: T) =>
        exchange('create', () => this.#create(object)) as Promise<unknown> as Promise<T>,
      update: <T extends KubeObject>(_resource: unknown, object: T) =>
        exchange('update', () => this.#update(object)) as Promise<unknown> as Promise<T>,
    };
    return client as KubeClient;
  }

  /** Writes past all clients, as a person with kubectl would. */
  edit(change: (lease: Lease) => Lease): void {
    this.#store(change(this.#existing()));
  }

  #existing(): Lease {
    if (this.lease === undefined) throw new ApiError({ status: 404, reason: 'NotFound', message: 'not found' });
    return this.lease;
  }

  #create(lease: Lease): Lease {
    if (this.lease !== undefined) throw new ApiError({ status: 409, reason: 'AlreadyExists', message: 'exists' });
    return this.#store(lease);
  }

  #update(lease: Lease): Lease {
    if (this.#existing().metadata.resourceVersion !== lease.metadata.resourceVersion) {
      throw new ApiError({ status: 409, reason: 'Conflict', message: 'the object has been modified' });
    }
    return this.#store(lease);
  }

  #store(lease: Lease): Lease {
    this.#resourceVersion += 1;
    this.lease = { ...lease, metadata: { ...lease.metadata, resourceVersion: String(this.#resourceVersion) } };
    return this.lease;
  }
}

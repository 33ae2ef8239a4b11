import type { KubeClient } from './client.ts';

/**
 * A client that asks before each write. Reads pass.
 *
 * The check is made once, when the call begins: keep deadlines short enough that a write which waits for a retry
 * does not outlive the answer.
 *
 * @param assertMayWrite Throws to refuse; the write then rejects with what it threw, and nothing is sent.
 */
export function fencedClient(client: KubeClient, assertMayWrite: () => void): KubeClient {
  return {
    get: (resource, ref, options) => client.get(resource, ref, options),
    list: (resource, options) => client.list(resource, options),
    watch: (resource, options) => client.watch(resource, options),
    async create(resource, object, options) {
      assertMayWrite();
      return client.create(resource, object, options);
    },
    async update(resource, object, options) {
      assertMayWrite();
      return client.update(resource, object, options);
    },
    async updateStatus(resource, object, options) {
      assertMayWrite();
      return client.updateStatus(resource, object, options);
    },
    async patch(resource, ref, patch, options) {
      assertMayWrite();
      return client.patch(resource, ref, patch, options);
    },
    async delete(resource, ref, preconditions, options) {
      assertMayWrite();
      return client.delete(resource, ref, preconditions, options);
    },
  };
}

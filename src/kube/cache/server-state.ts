import type { KubeClient } from '../client/client.ts';
import type { KubeObject } from '../objects/objects.ts';
import type { Resource } from '../objects/resource.ts';
import type { Selection } from './list-pages.ts';

/** The server's state is older than what it told before: its storage was restored from a backup. */
export class OlderStateError extends Error {
  override readonly name = 'OlderStateError';
}

export interface StateQuestion<Raw extends KubeObject> {
  readonly client: Pick<KubeClient, 'list'>;
  readonly resource: Resource<Raw>;
  readonly selection: Selection;
  /** What was seen last. */
  readonly resourceVersion: string;
  readonly signal: AbortSignal;
}

/**
 * Asks with the smallest list there is. A watch would not tell: asked to go on from a version that is still to come, the
 * API server is silent until it gets there, and what happens before is never sent.
 *
 * @throws {OlderStateError} if the server has not come as far as `resourceVersion`; otherwise what the list throws.
 */
export async function assertStateNotOlder<Raw extends KubeObject>(question: StateQuestion<Raw>): Promise<void> {
  const { client, resource, selection, resourceVersion, signal } = question;
  const { resourceVersion: present } = await client.list(resource, {
    ...selection,
    metadataOnly: true,
    limit: 1,
    signal,
  });
  if (isOlder(present, resourceVersion)) {
    throw new OlderStateError(`The server is at version ${present} and was at ${resourceVersion}`);
  }
}

/** Versions of one kind are ordered where they are numbers; of others only equality says something. */
export function isOlder(one: string, other: string): boolean {
  return [one, other].every((version) => /^\d+$/.test(version)) && BigInt(one) < BigInt(other);
}

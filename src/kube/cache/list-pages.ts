import { isGone, isTooLarge } from '../errors/api-error.ts';
import type { KubeClient, ListOptions, ListPage } from '../client/client.ts';
import type { KubeObject } from '../objects/objects.ts';
import type { Resource } from '../objects/resource.ts';

/** Room for one page of the largest objects over a slow line; the default of a call would cut it off. */
const PAGE_DEADLINE_MS = 60_000;

/** Which objects of a kind are listed and watched. */
export type Selection = Pick<ListOptions, 'namespace' | 'labelSelector' | 'fieldSelector' | 'metadataOnly'>;

export interface ListPagesOptions<Raw extends KubeObject> {
  readonly client: Pick<KubeClient, 'list'>;
  readonly resource: Resource<Raw>;
  readonly selection: Selection;
  readonly pageSize: number;
  /** Called for each page, so that its objects can be trimmed before the next one comes. */
  readonly onPage: (items: readonly Raw[]) => void;
  /** The list starts afresh: what pages brought so far is void. */
  readonly onRestart: () => void;
  readonly signal: AbortSignal;
}

/**
 * Lists page by page, in smaller pages once the objects of one are too large for an answer. When a continue token
 * has expired, starts again in one unpaged request: a list so long that its token expires would only expire again.
 *
 * @returns The resourceVersion to watch from.
 */
export async function listPages<Raw extends KubeObject>(options: ListPagesOptions<Raw>): Promise<string> {
  const { onPage, onRestart } = options;
  let { pageSize } = options;
  let continueToken: string | undefined;
  for (;;) {
    try {
      const page = await requestPage(options, {
        limit: pageSize,
        ...(continueToken !== undefined && { continueToken }),
      });
      onPage(page.items);
      if (page.continueToken === undefined) return page.resourceVersion;
      ({ continueToken } = page);
    } catch (error) {
      if (isTooLarge(error) && pageSize > 1) {
        pageSize = Math.floor(pageSize / 2);
      } else if (isGone(error) && continueToken !== undefined) {
        onRestart();
        const all = await requestPage(options, {});
        onPage(all.items);
        return all.resourceVersion;
      } else throw error;
    }
  }
}

function requestPage<Raw extends KubeObject>(
  { client, resource, selection, signal }: ListPagesOptions<Raw>,
  paging: Pick<ListOptions, 'limit' | 'continueToken'>,
): Promise<ListPage<Raw>> {
  return client.list(resource, { ...selection, ...paging, signal, deadlineMs: PAGE_DEADLINE_MS });
}

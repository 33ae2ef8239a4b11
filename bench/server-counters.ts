import { apiRequest, type ApiConnection } from '../test/support/cluster/api-request.ts';
import { samplesOf } from '../test/support/prometheus-text.ts';
import { rounded } from './table.ts';

/** Requests the API server has answered, by "<verb> <resource>[/<subresource>]", for example "POST secrets". */
export type RequestCounts = ReadonlyMap<string, number>;

/** Everything the API server has answered so far, whoever asked. */
export async function requestCounts(admin: ApiConnection): Promise<RequestCounts> {
  const { status, body } = await apiRequest(admin, { path: '/metrics', timeoutMs: 30_000 });
  if (status !== 200) throw new Error(`The API server's /metrics was answered ${status}`);
  const counts = new Map<string, number>();
  for (const { labels, value } of samplesOf(body, 'apiserver_request_total')) {
    const { verb = '', resource = '', subresource = '', code = '' } = labels;
    const what = `${verb} ${resource}${subresource === '' ? '' : `/${subresource}`}${code.startsWith('2') ? '' : ` ${code}`}`;
    counts.set(what, (counts.get(what) ?? 0) + value);
  }
  return counts;
}

/** What was answered between two looks; nothing that stayed as it was. */
export function countedBetween(before: RequestCounts, after: RequestCounts): RequestCounts {
  return new Map(
    Array.from(after, ([what, count]) => [what, count - (before.get(what) ?? 0)] as const).filter(
      ([, count]) => count > 0,
    ),
  );
}

const WRITE = /^(POST|PUT|PATCH|APPLY|DELETE|DELETECOLLECTION) (\S+)/;

/** The kinds an operator's work consists of. Lease and events are apart: they are not about any one key. */
export interface WriteCounts {
  /** Of ApiKeys, records and delivered Secrets, by "<verb> <resource>". */
  readonly keys: ReadonlyMap<string, number>;
  readonly projects: number;
  readonly events: number;
  readonly leases: number;
  /** Writes of the above that the server refused, leases apart. */
  readonly refused: number;
}

export function writeCounts(counts: RequestCounts): WriteCounts {
  const keys = new Map<string, number>();
  const sums = { projects: 0, events: 0, leases: 0, refused: 0 };
  for (const [what, count] of counts) {
    const [, , resource = ''] = WRITE.exec(what) ?? [];
    if (resource === 'leases') sums.leases += count;
    else if (resource === 'events') sums.events += count;
    else if (resource.startsWith('keyprojects')) sums.projects += count;
    else if (resource.startsWith('apikeys') || resource === 'secrets') keys.set(what, count);
    if (resource !== '' && resource !== 'leases' && / \d+$/.test(what)) sums.refused += count;
  }
  return { keys, ...sums };
}

/** Of ApiKeys, records and delivered Secrets. */
export function totalWrites({ keys }: WriteCounts): number {
  return [...keys.values()].reduce((sum, count) => sum + count, 0);
}

/** The same by verb, for one of so many keys: "4 POST secrets, 2 PUT apikeys/status". */
export function writesByVerb({ keys: writes }: WriteCounts, keys: number): string {
  const verbs = [...writes].map(([what, count]) => `${rounded(count / keys)} ${what}`);
  return verbs.toSorted().join(', ');
}

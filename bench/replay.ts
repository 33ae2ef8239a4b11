import type { ApiAnswer, ApiRequest, RequestVerb, Transport } from '../src/kube/exchange.ts';
import { recordName } from '../src/sealing/record.ts';
import type { RecordedRequest } from './recording-proxy.ts';

/** Keys that are replayed side by side: as many as the operator's pool has connections. */
const REPLAY_WAYS = 16;

/** A request of a recorded key with names and versions left out. */
interface Step {
  readonly method: ApiRequest['method'];
  readonly path: string;
  readonly accept: string;
  readonly contentType: string | undefined;
  readonly body: string;
  /** What it reads or writes, the same for all steps about one object. */
  readonly object: string;
}

/** What the operator asks for one key, in its order. */
export type Recipe = readonly Step[];

const NAME = '\u0001NAME\u0001';
const RECORD = '\u0001RECORD\u0001';
const UID = '\u0001UID\u0001';
const VERSION = '\u0001VERSION\u0001';

/**
 * One recipe per key from what was recorded. Events are left out: the operator writes them in the background, at
 * most four at a time and after the fact, so a key's time does not hang on them.
 */
export function recipesOf(
  requests: readonly RecordedRequest[],
  project: string,
  names: readonly string[],
): readonly Recipe[] {
  return names.map((name) => {
    const record = recordName({ project, kind: 'ApiKey', name });
    return requests
      .filter(({ path, body }) => [name, record].some((word) => path.includes(word) || body.includes(word)))
      .filter(({ path }) => !path.includes('/events'))
      .map((request) => stepOf(request, name, record));
  });
}

function stepOf({ method, path, accept, contentType, body }: RecordedRequest, name: string, record: string): Step {
  const without = (text: string): string => text.replaceAll(name, NAME).replaceAll(record, RECORD);
  const parsed =
    body === ''
      ? undefined
      : (JSON.parse(body) as { metadata?: { uid?: string; resourceVersion?: string; name?: string } });
  const { uid, resourceVersion } = parsed?.metadata ?? {};
  let template = without(body);
  if (uid !== undefined) template = template.replace(`"uid":"${uid}"`, `"uid":"${UID}"`);
  if (resourceVersion !== undefined) {
    template = template.replace(`"resourceVersion":"${resourceVersion}"`, `"resourceVersion":"${VERSION}"`);
  }
  const collection = method === 'POST' ? `${path}/${parsed?.metadata?.name ?? ''}` : path;
  return {
    method: method as Step['method'],
    path: without(path),
    accept,
    contentType,
    body: template,
    object: without(collection.replace('/status', '').replace(/\?.*/, '')),
  };
}

/** Where an object stands: what the next write to it has to name. */
interface Version {
  readonly uid: string;
  readonly resourceVersion: string;
}

/**
 * Does for each name what the operator was seen to do for a key, 16 keys side by side and nothing else: no caches, no
 * planning, no sealing. Only names and versions are filled in.
 *
 * @returns Milliseconds from the first request to the last answer.
 * @throws if the server refuses what the operator was granted.
 */
export async function replay(
  transport: Transport,
  recipes: readonly Recipe[],
  project: string,
  objects: ReadonlyMap<string, Version>,
): Promise<number> {
  const startedMs = performance.now();
  const remaining = [...objects].entries();
  const worker = async (): Promise<void> => {
    for (const [index, [name, version]] of remaining) {
      const recipe = recipes[index % recipes.length] ?? [];
      await replayKey(transport, recipe, name, recordName({ project, kind: 'ApiKey', name }), version);
    }
  };
  await Promise.all(Array.from({ length: REPLAY_WAYS }, worker));
  return performance.now() - startedMs;
}

async function replayKey(
  transport: Transport,
  recipe: Recipe,
  name: string,
  record: string,
  declared: Version,
): Promise<void> {
  const versions = new Map<string, Version>();
  for (const step of recipe) {
    const { uid, resourceVersion } = versions.get(step.object) ?? declared;
    const filled = (text: string): string => text.replaceAll(NAME, name).replaceAll(RECORD, record);
    const body = filled(step.body).replace(UID, uid).replace(VERSION, resourceVersion);
    const answer = await transport.exchange(requestOf(step, filled(step.path), body), AbortSignal.timeout(30_000));
    const isExpected = answer.status < 300 || (step.method === 'GET' && answer.status === 404);
    if (!isExpected) throw new Error(`Replay: ${step.method} ${step.path} was answered ${answer.status}`);
    if (step.method !== 'GET') versions.set(step.object, versionOf(answer));
  }
}

function requestOf({ method, accept, contentType }: Step, path: string, body: string): ApiRequest {
  const verbs: Readonly<Record<ApiRequest['method'], RequestVerb>> = {
    GET: 'get',
    POST: 'create',
    PUT: 'update',
    PATCH: 'patch',
    DELETE: 'delete',
  };
  const head = { verb: verbs[method], group: '', resource: '', method, path, accept, maxBytes: 8 * 1024 * 1024 };
  return contentType === undefined ? head : { ...head, contentType, body };
}

function versionOf({ body }: ApiAnswer): Version {
  const { metadata } = JSON.parse(body.toString()) as { metadata: Version };
  return metadata;
}

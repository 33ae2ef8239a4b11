import type { ApiRequest, RequestVerb } from '../src/kube/transport/exchange.ts';
import { recordName } from '../src/sealing/record.ts';
import type { RecordedRequest } from './recording-proxy.ts';

/** A request of a recorded key with names and versions left out. */
export interface Step {
  readonly method: ApiRequest['method'];
  readonly path: string;
  readonly accept: string;
  readonly contentType: string | undefined;
  readonly body: string;
  /** The path of what it reads or writes, without a query. */
  readonly object: string;
}

/** What the operator asks for one key, each in its order. */
export interface Recipe {
  readonly steps: readonly Step[];
  /** Written in the background: a key's time does not hang on them. */
  readonly events: readonly Step[];
}

/** What fills a recipe: one key, and where the object of the step stands. */
export interface Filling {
  readonly name: string;
  readonly record: string;
  readonly uid: string;
  readonly resourceVersion: string;
}

// No request holds a control character.
const NAME = '\u0001NAME\u0001';
const RECORD = '\u0001RECORD\u0001';
const UID = '\u0001UID\u0001';
const VERSION = '\u0001VERSION\u0001';

const VERBS: Readonly<Record<ApiRequest['method'], RequestVerb>> = {
  GET: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** One recipe per recorded key. */
export function recipesOf(
  requests: readonly RecordedRequest[],
  project: string,
  names: readonly string[],
): readonly Recipe[] {
  return names.map((name) => {
    const record = recordName({ project, kind: 'ApiKey', name });
    const own = requests.filter(({ path, body }) =>
      [name, record].some((word) => path.includes(word) || body.includes(word)),
    );
    const isEvent = ({ path }: RecordedRequest): boolean => path.includes('/events');
    return {
      steps: own.filter((request) => !isEvent(request)).map((request) => stepOf(request, name, record)),
      events: own.filter(isEvent).map((request) => stepOf(request, name, record)),
    };
  });
}

/** Requests for one key, events apart. */
export function requestsPerKey(recipes: readonly Recipe[]): number {
  return recipes.reduce((sum, { steps }) => sum + steps.length, 0) / recipes.length;
}

/** The path of the object that the step is about for one key. */
export function objectOf({ object }: Step, names: Pick<Filling, 'name' | 'record'>): string {
  return fill(object, names);
}

/** The request for one key. */
export function requestOf({ method, path, accept, contentType, body }: Step, filling: Filling): ApiRequest {
  const filled = (text: string): string => fill(text, filling);
  const head = { verb: VERBS[method], group: '', resource: '', method, path: filled(path), accept };
  const limit = { maxBytes: 8 * 1024 * 1024 };
  if (contentType === undefined) return { ...head, ...limit };
  const versioned = filled(body).replace(UID, filling.uid).replace(VERSION, filling.resourceVersion);
  return { ...head, ...limit, contentType, body: versioned };
}

function fill(text: string, { name, record }: Pick<Filling, 'name' | 'record'>): string {
  return text.replaceAll(NAME, name).replaceAll(RECORD, record);
}

function stepOf({ method, path, accept, contentType, body }: RecordedRequest, name: string, record: string): Step {
  const anonymous = (text: string): string => text.replaceAll(name, NAME).replaceAll(record, RECORD);
  const { metadata } = (body === '' ? {} : JSON.parse(body)) as { metadata?: Readonly<Record<string, string>> };
  const unversioned = anonymous(body)
    .replace(`"uid":"${metadata?.['uid']}"`, `"uid":"${UID}"`)
    .replace(`"resourceVersion":"${metadata?.['resourceVersion']}"`, `"resourceVersion":"${VERSION}"`);
  const object = method === 'POST' ? `${path}/${metadata?.['name']}` : path.replace('/status', '').replace(/\?.*/, '');
  return {
    method: method as Step['method'],
    path: anonymous(path),
    accept,
    contentType,
    body: unversioned,
    object: anonymous(object),
  };
}

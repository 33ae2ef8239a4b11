import type { CallSubject } from './answer.ts';
import type { ApiRequest, RequestVerb } from '../transport/exchange.ts';
import { objectKey } from '../objects/objects.ts';
import type { Resource } from '../objects/resource.ts';

/** A request in the terms of the Kubernetes API. */
export interface ApiCall {
  readonly verb: RequestVerb;
  readonly method: ApiRequest['method'];
  readonly resource: Resource;
  /** What the call is about, for messages. A name is absent for a whole collection. */
  readonly ref: { readonly namespace?: string | undefined; readonly name?: string };
  readonly path: string;
  /** @default {"application/json"} */
  readonly accept?: string;
  /** Media type of `body`. @default {"application/json"} */
  readonly contentType?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
}

const JSON_TYPE = 'application/json';

/** The server refuses objects over 3 MiB; managedFields and indentation come on top. */
const MAX_OBJECT_BYTES = 8 * 1024 * 1024;
const MAX_LIST_BYTES = 64 * 1024 * 1024;

export function toApiRequest(call: ApiCall): ApiRequest {
  const { verb, method, resource, path, accept = JSON_TYPE, contentType = JSON_TYPE, body } = call;
  return {
    verb,
    group: resource.group,
    resource: resource.plural,
    method,
    path,
    accept,
    maxBytes: verb === 'list' ? MAX_LIST_BYTES : MAX_OBJECT_BYTES,
    ...(body === undefined ? {} : { contentType, body: JSON.stringify(body) }),
  };
}

export function subjectOf({ verb, resource, ref: { namespace, name } }: ApiCall): CallSubject {
  const key =
    name === undefined ? namespace : objectKey({ metadata: namespace === undefined ? { name } : { namespace, name } });
  return {
    action: [verb, resource.plural, key].filter((part) => part !== undefined).join(' '),
    isSensitive: resource.group === '' && resource.plural === 'secrets',
  };
}

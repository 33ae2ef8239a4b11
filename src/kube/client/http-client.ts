import type { Clock, Random } from '../../clock.ts';
import { isRecord, parsedAnswer } from './answer.ts';
import { type ApiCall, subjectOf, toApiRequest } from './api-call.ts';
import { ConnectionError } from '../errors/api-error.ts';
import type { CallOptions, KubeClient, ListOptions, ListPage } from './client.ts';
import { DEFAULT_DEADLINE_MS, withDeadline } from '../transport/deadline.ts';
import type { Transport } from '../transport/exchange.ts';
import type { KubeObject } from '../objects/objects.ts';
import { collectionPath, creationPath, objectPath } from './request-path.ts';
import type { Resource } from '../objects/resource.ts';
import type { Attempt, RetryBudget } from './retry-attempts.ts';
import { retryReads } from './retry-reads.ts';
import { retryRefused } from './retry-refused.ts';
import { watchEvents } from './watch-events.ts';

export interface KubeClientOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
}

const METADATA_LIST_TYPE = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

/** A client that keeps the promises of KubeClient over HTTP. */
export function createKubeClient({ transport, clock, random }: KubeClientOptions): KubeClient {
  /** Makes a call under its deadline, with the retries that its verb allows. */
  function answered(call: ApiCall, { deadlineMs = DEFAULT_DEADLINE_MS, signal }: CallOptions): Promise<JsonObject> {
    const request = toApiRequest(call);
    const attempt: Attempt<JsonObject> = async (attemptSignal) =>
      parsedAnswer(await transport.exchange(request, attemptSignal), subjectOf(call), clock.now());
    return withDeadline({ clock, deadlineMs, signal }, (callSignal, deadlineAtMs) => {
      const budget: RetryBudget = { clock, random, deadlineAtMs };
      const patient = retryRefused(attempt, budget);
      return (request.method === 'GET' ? retryReads(patient, budget) : patient)(callSignal);
    });
  }

  async function objectFrom<T extends KubeObject>(call: ApiCall, options: CallOptions = {}): Promise<T> {
    return asObject<T>(await answered(call, options), call);
  }

  return {
    async get(resource, ref, options) {
      return objectFrom({ verb: 'get', method: 'GET', resource, ref, path: objectPath(resource, ref) }, options);
    },

    async list<T extends KubeObject>(resource: Resource<T>, options: ListOptions = {}): Promise<ListPage<T>> {
      const { namespace, labelSelector, fieldSelector, limit, continueToken, resourceVersion } = options;
      const query = { labelSelector, fieldSelector, limit, continue: continueToken, resourceVersion };
      const path = collectionPath(resource, namespace, query);
      const accept = options.metadataOnly === true ? { accept: METADATA_LIST_TYPE } : {};
      const call: ApiCall = { verb: 'list', method: 'GET', resource, ref: { namespace }, path, ...accept };
      return asPage<T>(await answered(call, options), call);
    },

    watch: (resource, options) => watchEvents(resource, options, { transport, clock, random }),

    async create(resource, object, options) {
      const path = creationPath(resource, object.metadata.namespace);
      return objectFrom(
        { verb: 'create', method: 'POST', resource, ref: object.metadata, path, body: object },
        options,
      );
    },

    async update(resource, object, options) {
      assertConditional(object);
      const path = objectPath(resource, object.metadata);
      return objectFrom({ verb: 'update', method: 'PUT', resource, ref: object.metadata, path, body: object }, options);
    },

    async updateStatus(resource, object, options) {
      assertConditional(object);
      const path = objectPath(resource, object.metadata, { subresource: 'status' });
      const call = {
        verb: 'update-status',
        method: 'PUT',
        resource,
        ref: object.metadata,
        path,
        body: object,
      } as const;
      return objectFrom(call, options);
    },

    async patch(resource, ref, patch, options = {}) {
      const path = objectPath(resource, ref);
      const contentType = 'application/merge-patch+json';
      return objectFrom({ verb: 'patch', method: 'PATCH', resource, ref, path, contentType, body: patch }, options);
    },

    async delete(resource, ref, preconditions, options = {}) {
      const path = objectPath(resource, ref);
      const { uid, resourceVersion } = preconditions;
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid, resourceVersion } };
      await answered({ verb: 'delete', method: 'DELETE', resource, ref, path, body }, options);
    },
  };
}

type JsonObject = Record<string, unknown>;

function assertConditional({ metadata }: KubeObject): void {
  if ((metadata.resourceVersion ?? '') === '') {
    throw new TypeError('Cannot update an object: metadata.resourceVersion must be set');
  }
}

function asObject<T extends KubeObject>(body: JsonObject, call: ApiCall): T {
  if (!isRecord(body['metadata'])) throw malformed(call, 'an object');
  return body as unknown as T;
}

function asPage<T extends KubeObject>(body: JsonObject, call: ApiCall): ListPage<T> {
  const { items, metadata } = body;
  // Go writes an empty slice as null here and there.
  if (!(Array.isArray(items) || items === null) || !isRecord(metadata)) throw malformed(call, 'a list');
  const { resourceVersion, continue: continueToken } = metadata;
  if (typeof resourceVersion !== 'string') throw malformed(call, 'a list');
  const page = { items: (items ?? []) as readonly T[], resourceVersion };
  return typeof continueToken === 'string' && continueToken !== '' ? { ...page, continueToken } : page;
}

function malformed(call: ApiCall, expected: string): ConnectionError {
  return new ConnectionError('malformed', `Could not ${subjectOf(call).action}: the answer is not ${expected}`);
}

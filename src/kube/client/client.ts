import type { KubeObject } from '../objects/objects.ts';
import type { Resource } from '../objects/resource.ts';

/** Names one object. `namespace` is present exactly for namespaced kinds. */
export interface ObjectRef {
  readonly namespace?: string;
  readonly name: string;
}

export interface CallOptions {
  /** Aborts the call; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Whole-call deadline in milliseconds, retries included. @default {15000} */
  readonly deadlineMs?: number;
}

export interface ListOptions extends CallOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Page size; the page's `continue` is set while there is more. */
  readonly limit?: number;
  readonly continueToken?: string;
  readonly resourceVersion?: string;
  /** Ask for PartialObjectMetadata: spec, status and data never leave the server. */
  readonly metadataOnly?: boolean;
}

export interface ListPage<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
  readonly continueToken?: string;
}

/** `deadlineMs` bounds the opening of the watch; `signal` ends it at any time. */
export interface WatchOptions extends CallOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Absent: start with synthetic ADDED events of everything that exists (WatchList). */
  readonly resourceVersion?: string;
  /** Stream the initial state too, ended by a bookmark annotated k8s.io/initial-events-end. */
  readonly sendInitialEvents?: boolean;
  readonly timeoutSeconds: number;
  readonly metadataOnly?: boolean;
  /** Called when the server has agreed to the watch, which may then be silent for long. */
  readonly onOpen?: () => void;
}

/** One line of a watch, unchecked beyond its shape. ERROR events are thrown as ApiError instead. */
export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: T;
}

export interface DeletePreconditions {
  readonly uid: string;
  readonly resourceVersion: string;
}

/**
 * The verbs of the Kubernetes API, one HTTP exchange each (plus retries that cannot repeat an effect).
 *
 * Every implementation promises:
 * - A failed call rejects with ApiError (the server answered), ConnectionError (it did not, so a write
 *   may or may not have been applied) or the signal's reason.
 * - Reads are retried on connection faults, 429 and 5xx until the deadline; writes only on 429 and on 503
 *   with Retry-After, both of which say that the server did not start the work.
 * - An object that is written is sent as given: no field is added, dropped or reordered.
 *
 * https://kubernetes.io/docs/reference/using-api/api-concepts/
 */
export interface KubeClient {
  get<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef, options?: CallOptions): Promise<T>;
  list<T extends KubeObject>(resource: Resource<T>, options?: ListOptions): Promise<ListPage<T>>;
  /** Ends when the server closes the stream; throws ApiError for an ERROR event, ConnectionError for a cut. */
  watch<T extends KubeObject>(resource: Resource<T>, options: WatchOptions): AsyncIterable<WatchEvent<T>>;
  create<T extends KubeObject>(resource: Resource<T>, object: T, options?: CallOptions): Promise<T>;
  /** PUT. `object.metadata.resourceVersion` must be set: an unconditional update is refused with a TypeError. */
  update<T extends KubeObject>(resource: Resource<T>, object: T, options?: CallOptions): Promise<T>;
  /** PUT of the status subresource; the same rule for resourceVersion. */
  updateStatus<T extends KubeObject>(resource: Resource<T>, object: T, options?: CallOptions): Promise<T>;
  /** JSON merge patch, RFC 7396. */
  patch<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef, patch: unknown, options?: CallOptions): Promise<T>;
  delete<T extends KubeObject>(
    resource: Resource<T>,
    ref: ObjectRef,
    preconditions: DeletePreconditions,
    options?: CallOptions,
  ): Promise<void>;
}

import { apiRequest, type ApiResponse } from '../../support/cluster/api-request.ts';
import { adminConnection } from '../../support/harness.ts';
import type { Declared } from './objects.ts';

/** One fault as the API server reports it. */
export interface Cause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}

/** Faults the API server finds in a create or, with `stored`, in a change of that object. Nothing is stored. */
export async function faultsOf(object: Declared, stored?: Declared): Promise<readonly Cause[]> {
  const path = collectionPath(object);
  const call =
    stored === undefined
      ? { method: 'POST', path: `${path}?dryRun=All`, body: object }
      : { method: 'PUT', path: `${path}/${stored.metadata.name}?dryRun=All`, body: changed(object, stored) };
  const { status, body } = await apiRequest(await adminConnection(), call);
  // A name is found taken only after the object was found valid.
  if (status < 300 || status === 409) return [];
  const refusal = JSON.parse(body) as { readonly details?: { readonly causes?: readonly Cause[] } };
  if (status !== 422 || refusal.details?.causes === undefined)
    throw new Error(`Expected faults, got ${status}: ${body}`);
  // The API server adds this one when faults in the schema keep it from asking the rules.
  return refusal.details.causes.filter(({ field }) => field !== '<nil>');
}

/** Stores the object and returns what the API server made of it. */
export async function stored(object: Declared): Promise<Declared> {
  return answered(await call('POST', collectionPath(object), object));
}

/** What is stored under the name of `object`. */
export async function read(object: Declared): Promise<Declared> {
  return answered(await call('GET', objectPath(object)));
}

/** Replaces the status, as the controller does. */
export async function withStatus(object: Declared, status: unknown): Promise<Declared> {
  return answered(await call('PUT', `${objectPath(object)}/status`, { ...object, status }));
}

/** Server-side apply under a field manager of the test's own. */
export async function applied(object: Declared): Promise<Declared> {
  const path = `${objectPath(object)}?fieldManager=author&force=true`;
  return answered(await call('PATCH', path, object, 'application/apply-patch+yaml'));
}

/** Removes an object whose kind has no namespace of the test's to go with. */
export async function removed(object: Declared): Promise<void> {
  await call('DELETE', objectPath(object));
}

/** Where the kind of `object` is listed, in its namespace if it has one. */
export function collectionPath({ apiVersion, kind, metadata }: Declared): string {
  const namespace = metadata.namespace;
  const scope = namespace === undefined ? '' : `/namespaces/${namespace}`;
  return `/apis/${apiVersion}${scope}/${kind.toLowerCase()}s`;
}

function objectPath(object: Declared): string {
  return `${collectionPath(object)}/${object.metadata.name}`;
}

function changed(object: Declared, storedObject: Declared): Declared {
  return { ...object, metadata: storedObject.metadata };
}

async function call(method: string, path: string, body?: Declared, contentType?: string): Promise<ApiResponse> {
  return apiRequest(await adminConnection(), {
    method,
    path,
    ...(body === undefined ? {} : { body }),
    ...(contentType === undefined ? {} : { contentType }),
  });
}

function answered({ status, body }: ApiResponse): Declared {
  if (status >= 300) throw new Error(`The API server answered ${status}: ${body}`);
  return JSON.parse(body) as Declared;
}

import type { ObjectRef } from './client.ts';
import type { Resource } from '../objects/resource.ts';

/** Query parameters; undefined ones are left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** Path of all objects of a kind, in one namespace or, without one, everywhere. */
export function collectionPath(resource: Resource, namespace?: string, query?: Query): string {
  const { group, version, plural, namespaced } = resource;
  if (namespace !== undefined && !namespaced) throw invalidPath(`${plural} are not namespaced`);
  const root = group === '' ? '/api' : `/apis/${segment('group', group)}`;
  const scope = namespace === undefined ? '' : `/namespaces/${segment('namespace', namespace)}`;
  return `${root}/${segment('version', version)}${scope}/${segment('plural', plural)}${queryString(query)}`;
}

/** Path that objects of a kind are created at. A namespaced kind needs a namespace. */
export function creationPath(resource: Resource, namespace: string | undefined): string {
  assertScope(resource, namespace);
  return collectionPath(resource, namespace);
}

export interface ObjectPathOptions {
  readonly subresource?: 'status';
}

export function objectPath(
  resource: Resource,
  { namespace, name }: ObjectRef,
  { subresource }: ObjectPathOptions = {},
): string {
  assertScope(resource, namespace);
  const suffix = subresource === undefined ? '' : `/${subresource}`;
  return `${collectionPath(resource, namespace)}/${segment('name', name)}${suffix}`;
}

function assertScope({ plural, namespaced }: Resource, namespace: string | undefined): void {
  if (namespaced && namespace === undefined) throw invalidPath(`one of the ${plural} needs a namespace`);
}

/**
 * Names may come from users. One with a slash or dots would address another object, with this operator's rights.
 * The rule is that of IsValidPathSegmentName, widened by what no name may contain anyway.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#path-segment-names
 */
const SAFE_SEGMENT = /^[A-Za-z0-9._:@~+-]{1,253}$/;

function segment(what: string, value: string): string {
  if (!SAFE_SEGMENT.test(value) || value === '.' || value === '..') {
    throw invalidPath(`${what} is empty, too long or has characters that no path segment may have`);
  }
  return encodeURIComponent(value);
}

function queryString(query: Query | undefined): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}

function invalidPath(why: string): TypeError {
  return new TypeError(`Cannot build a request path: ${why}`);
}

import { ApiError } from '../../../src/kube/errors/api-error.ts';
import type { KubeClient, ObjectRef } from '../../../src/kube/client/client.ts';
import type { KubeObject } from '../../../src/kube/objects/objects.ts';

/** One expected call and its answer: a value, an error, or a function of what was sent. */
export interface Step {
  readonly call: string;
  readonly answer: unknown;
}

/** A client that expects exactly these calls in this order, written "<verb> <name>" or "list". */
export function scriptedClient(steps: readonly Step[]): {
  readonly client: KubeClient;
  readonly rest: () => readonly Step[];
} {
  const rest = [...steps];
  const answer = async (call: string, sent?: unknown): Promise<unknown> => {
    const step = rest.shift();
    if (step?.call !== call) throw new Error(`Expected call "${step?.call ?? 'none'}", got "${call}"`);
    const value: unknown =
      typeof step.answer === 'function' ? (step.answer as (sent: unknown) => unknown)(sent) : step.answer;
    if (value instanceof Error) throw value;
    return value;
  };
  const byName = (verb: string) => (_resource: unknown, ref: ObjectRef) => answer(`${verb} ${ref.name}`);
  const byBody = (verb: string) => (_resource: unknown, object: KubeObject) =>
    answer(`${verb} ${object.metadata.name}`, object);
  const client = {
    get: byName('get'),
    list: (_resource: unknown, options: unknown) => answer('list', options),
    create: byBody('create'),
    update: byBody('update'),
    delete: (_resource: unknown, ref: ObjectRef, preconditions: unknown) => answer(`delete ${ref.name}`, preconditions),
  };
  return { client: client as unknown as KubeClient, rest: () => rest };
}

export const notFound: ApiError = new ApiError({ status: 404, reason: 'NotFound', message: 'gone' });
export const alreadyExists: ApiError = new ApiError({ status: 409, reason: 'AlreadyExists', message: 'there' });
export const conflict: ApiError = new ApiError({ status: 409, reason: 'Conflict', message: 'newer' });
export const forbidden: ApiError = new ApiError({ status: 403, reason: 'Forbidden', message: 'no' });

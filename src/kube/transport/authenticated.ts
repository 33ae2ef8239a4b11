import { abortable } from './abortable.ts';
import type { Credentials, Identity } from './credentials.ts';
import type { ApiRequest } from './exchange.ts';

/**
 * Sends with the current identity, and once more with a newer one if the server answered 401. That is safe for
 * writes too: an unauthenticated request is refused before it does anything.
 */
export function authenticated<A extends { readonly status: number }>(
  send: (request: ApiRequest, identity: Identity, signal: AbortSignal) => Promise<A>,
  credentials: Credentials,
): (request: ApiRequest, signal: AbortSignal) => Promise<A> {
  return async (request, signal) => {
    const identity = await abortable(credentials.current(), signal);
    const answer = await send(request, identity, signal);
    if (answer.status !== 401) return answer;

    const renewed = await abortable(credentials.renewed(identity), signal);
    return renewed === identity ? answer : send(request, renewed, signal);
  };
}

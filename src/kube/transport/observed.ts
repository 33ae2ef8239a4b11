import type { Clock } from '../../clock.ts';
import { ConnectionError } from '../errors/api-error.ts';
import type { Identity } from './credentials.ts';
import type { ApiRequest, RequestObservation } from './exchange.ts';

type Send<A> = (request: ApiRequest, identity: Identity, signal: AbortSignal) => Promise<A>;

/** Reports each request that was sent, with its outcome and how long it took. */
export function observed<A extends { readonly status: number }>(
  send: Send<A>,
  clock: Clock,
  onRequest: (observation: RequestObservation) => void,
): Send<A> {
  return async (request, identity, signal) => {
    const { verb, group, resource } = request;
    const startedMs = clock.monotonicMs();
    const report = (code: string): void =>
      onRequest({ verb, group, resource, code, durationMs: clock.monotonicMs() - startedMs });
    try {
      const answer = await send(request, identity, signal);
      report(String(answer.status));
      return answer;
    } catch (error) {
      report(error instanceof ConnectionError ? error.code : 'aborted');
      throw error;
    }
  };
}

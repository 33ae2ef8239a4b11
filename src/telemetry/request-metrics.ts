import { Counter, Histogram, type Registry } from 'prom-client';
import type { RequestObservation, RequestVerb } from '../kube/transport/exchange.ts';

/** The hooks of the transport to the API server. */
export interface RequestMetrics {
  onRequest(observation: RequestObservation): void;
  /** A TLS handshake was completed. */
  onConnect(): void;
}

const METHODS: Readonly<Record<RequestVerb, string>> = {
  get: 'GET',
  list: 'GET',
  watch: 'GET',
  create: 'POST',
  update: 'PUT',
  'update-status': 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
};

/** Of rest_client_request_duration_seconds in k8s.io/component-base. */
const DURATION_BUCKETS = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];

export function createRequestMetrics(registry: Registry, host: string): RequestMetrics {
  const registers = [registry];
  const requests = new Counter({
    name: 'rest_client_requests_total',
    help: 'Number of HTTP requests to the API server, by status code (or kind of failure), method and host.',
    labelNames: ['code', 'method', 'host'],
    registers,
  });
  const durations = new Histogram({
    name: 'rest_client_request_duration_seconds',
    help: 'Time until the API server answered, by verb and host. A watch counts until it is accepted.',
    labelNames: ['verb', 'host'],
    buckets: DURATION_BUCKETS,
    registers,
  });
  const handshakes = new Counter({
    name: 'keywright_tls_handshakes_total',
    help: 'Number of TLS handshakes with the API server. Grows beyond pool size and watches only when connections break.',
    registers,
  });
  return {
    onRequest: ({ verb, code, durationMs }) => {
      requests.inc({ code, method: METHODS[verb], host });
      durations.observe({ verb, host }, durationMs / 1_000);
    },
    onConnect: () => handshakes.inc(),
  };
}

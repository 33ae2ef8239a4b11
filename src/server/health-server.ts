import type { Clock } from '../clock.ts';
import { type HealthCheck, healthReport } from './health-check.ts';
import { HttpListener, type Page, plain, type Routes } from './http-listener.ts';

export interface HealthServerOptions {
  /** Failing ones ask the kubelet to restart the process: `/livez`. */
  readonly liveness: readonly HealthCheck[];
  /** Failing ones keep the process out of service: `/readyz`. */
  readonly readiness: readonly HealthCheck[];
  /** The text of `/metrics`. */
  readonly metrics: { readonly contentType: string; readonly render: () => Promise<string> };
  /** Absent: no health endpoint. */
  readonly healthPort?: number | undefined;
  /** Absent: no metrics endpoint. Equal to `healthPort` and not 0: one listener serves both. */
  readonly metricsPort?: number | undefined;
  /** Absent: every address. */
  readonly address?: string | undefined;
  readonly clock: Clock;
}

/** Ports that are listened on; they differ from the wanted ones where those were 0. */
export interface ListeningPorts {
  readonly health?: number;
  readonly metrics?: number;
}

/** How long `stop` waits for answers under way, in milliseconds. */
const CLOSE_GRACE_MS = 1_000;

/**
 * Serves `/livez`, `/readyz` (200 or 500, with `?verbose` or on failure one line per check) and `/metrics`. Needs no
 * authentication and shows nothing that would want one.
 */
export class HealthServer {
  readonly #options: HealthServerOptions;
  #listeners: readonly HttpListener[] = [];

  constructor(options: HealthServerOptions) {
    this.#options = options;
  }

  /** Resolves once all ports are open. On an error none is left open. */
  async start(): Promise<ListeningPorts> {
    const { healthPort, metricsPort, address, clock } = this.#options;
    const listen = (port: number | undefined, routes: Routes): Promise<number | undefined> => {
      if (port === undefined) return Promise.resolve(undefined);
      const listener = new HttpListener({ routes, port, address, clock });
      this.#listeners = [...this.#listeners, listener];
      return listener.listen();
    };
    const isShared = healthPort !== undefined && healthPort === metricsPort && healthPort !== 0;
    try {
      const health = await listen(
        healthPort,
        new Map([...this.#healthRoutes(), ...(isShared ? this.#metricsRoutes() : [])]),
      );
      const metrics = isShared ? health : await listen(metricsPort, new Map(this.#metricsRoutes()));
      return { ...(health === undefined ? {} : { health }), ...(metrics === undefined ? {} : { metrics }) };
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Closes all ports; answers under way get one second. */
  async stop(): Promise<void> {
    await Promise.all(this.#listeners.map((listener) => listener.close(CLOSE_GRACE_MS)));
    this.#listeners = [];
  }

  #healthRoutes(): Routes {
    const { liveness, readiness } = this.#options;
    return new Map([
      ['/livez', (query) => healthPage('livez', liveness, query)],
      ['/readyz', (query) => healthPage('readyz', readiness, query)],
    ]);
  }

  #metricsRoutes(): Routes {
    const { contentType, render } = this.#options.metrics;
    return new Map([['/metrics', async () => ({ status: 200, contentType, body: await render() })]]);
  }
}

function healthPage(endpoint: string, checks: readonly HealthCheck[], query: URLSearchParams): Page {
  const { healthy, text } = healthReport(endpoint, checks);
  if (!healthy) return plain(500, text);
  return plain(200, query.has('verbose') ? text : 'ok');
}

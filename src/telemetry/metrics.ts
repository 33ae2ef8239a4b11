import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Clock } from '../clock.ts';
import { createControllerMetrics, type ControllerMetrics } from './controller-metrics.ts';
import { createInstallationMetrics, type InstallationMetrics } from './installation-metrics.ts';
import { createKeyMetrics, type KeyMetrics } from './key-metrics.ts';
import { createLeaderMetrics, type LeaderMetrics } from './leader-metrics.ts';
import { createRequestMetrics, type RequestMetrics } from './request-metrics.ts';
import { createWatchMetrics, type WatchMetrics } from './watch-metrics.ts';
import { createWorkQueueMetrics, type WorkQueueMetrics } from './work-queue-metrics.ts';

export interface MetricsOptions {
  /** Parallel reconciles by name of the controller, for example "api-key". Each has one queue of the same name. */
  readonly workers: Readonly<Record<string, number>>;
  /** "host:port" of the API server. */
  readonly apiServerHost: string;
  readonly leaseName: string;
  readonly version: string;
  readonly clock: Clock;
}

/**
 * The metrics of one process. Those that controller-runtime and client-go have too carry their names and labels, so
 * that existing dashboards and alerts work; our own start with `keywright_`. No label holds the name of an object,
 * and every label value known beforehand is there from the start with 0, so that a first increase can be seen.
 */
export interface Metrics {
  readonly requests: RequestMetrics;
  readonly workQueues: WorkQueueMetrics;
  readonly controllers: ControllerMetrics;
  readonly leader: LeaderMetrics;
  readonly watches: WatchMetrics;
  readonly keys: KeyMetrics;
  readonly installation: InstallationMetrics;
  /** Of the text `render` returns. */
  readonly contentType: string;
  /** All metrics in the Prometheus text format 0.0.4. */
  render(): Promise<string>;
}

/** Gauges of prom-client that end in "_total", which promlint allows counters only. Their split by type stays. */
const MISNAMED = ['nodejs_active_resources_total', 'nodejs_active_handles_total', 'nodejs_active_requests_total'];

/** @see https://prometheus.io/docs/practices/naming/ */
export function createMetrics(options: MetricsOptions): Metrics {
  const { workers, apiServerHost, leaseName, version, clock } = options;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  new Gauge({
    name: 'keywright_build_info',
    help: 'Always 1; the version of the running program is a label.',
    labelNames: ['version'],
    registers: [registry],
  }).set({ version }, 1);

  return {
    requests: createRequestMetrics(registry, apiServerHost),
    workQueues: createWorkQueueMetrics(registry, Object.keys(workers)),
    controllers: createControllerMetrics(registry, workers),
    leader: createLeaderMetrics(registry, leaseName),
    watches: createWatchMetrics(registry, clock),
    keys: createKeyMetrics(registry),
    installation: createInstallationMetrics(registry),
    contentType: registry.contentType,
    render: () => registry.metrics(),
  };
}

import { Gauge, type Registry } from 'prom-client';
import type { Clock } from '../clock.ts';

export interface WatchMetrics {
  /**
   * Reports an informer from now on.
   *
   * @param resource What it watches, as Kubernetes names it, for example "secrets". Of several informers of one
   *   resource the one furthest behind is reported.
   * @param lastActivityMs Monotonic time of its last event, bookmark or list; not reported while not finite.
   */
  track(resource: string, lastActivityMs: () => number): void;
}

export function createWatchMetrics(registry: Registry, clock: Clock): WatchMetrics {
  const tracked = new Map<string, (() => number)[]>();
  new Gauge({
    name: 'keywright_watch_last_activity_timestamp_seconds',
    help: 'Unix time of the last event, bookmark or list of a watch, by resource; of several the oldest. Healthy watches are never minutes old.',
    labelNames: ['resource'],
    registers: [registry],
    collect() {
      const startOfMonotonicMs = clock.now().getTime() - clock.monotonicMs();
      for (const [resource, watches] of tracked) {
        const atMs = startOfMonotonicMs + Math.min(...watches.map((lastActivityMs) => lastActivityMs()));
        if (Number.isFinite(atMs)) this.set({ resource }, atMs / 1_000);
      }
    },
  });
  return {
    track: (resource, lastActivityMs) => void tracked.set(resource, [...(tracked.get(resource) ?? []), lastActivityMs]),
  };
}

import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { ControllerObserver, ReconcileResult } from '../kube/queue/controller-observer.ts';

/** The controller_runtime_* metrics. */
export interface ControllerMetrics {
  /** The observer to hand to the controller of that name. */
  observerFor(controller: string): ControllerObserver;
}

/** Of controller-runtime: 5 ms to 60 s. */
const DURATION_BUCKETS = [
  [0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9],
  [1, 1.25, 1.5, 1.75, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60],
].flat();

/** Every result, so that none is missing from the start. */
const RESULTS: Readonly<Record<ReconcileResult, true>> = {
  success: true,
  requeue_after: true,
  error: true,
  cancelled: true,
};

export function createControllerMetrics(
  registry: Registry,
  workers: Readonly<Record<string, number>>,
): ControllerMetrics {
  const registers = [registry];
  const totals = new Counter({
    name: 'controller_runtime_reconcile_total',
    help: 'Number of reconciles, by controller and result.',
    labelNames: ['controller', 'result'],
    registers,
  });
  const durations = new Histogram({
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'Time one reconcile took, by controller.',
    labelNames: ['controller'],
    buckets: DURATION_BUCKETS,
    registers,
  });
  const gauge = (name: string, help: string): Gauge<'controller'> =>
    new Gauge({ name, help, labelNames: ['controller'], registers });
  const active = gauge('controller_runtime_active_workers', 'Number of workers that are reconciling, by controller.');
  const max = gauge('controller_runtime_max_concurrent_reconciles', 'Number of workers, by controller.');
  const failures = failureCounters(registry);

  for (const [controller, count] of Object.entries(workers)) {
    for (const result of Object.keys(RESULTS)) totals.inc({ controller, result }, 0);
    for (const counter of Object.values<Counter<'controller'>>({ ...failures })) counter.inc({ controller }, 0);
    durations.zero({ controller });
    active.set({ controller }, 0);
    max.set({ controller }, count);
  }
  return {
    observerFor: (controller) => ({
      started: () => active.inc({ controller }),
      finished: (result, durationMs) => {
        active.dec({ controller });
        totals.inc({ controller, result });
        durations.observe({ controller }, durationMs / 1_000);
        if (result === 'error') failures.errors.inc({ controller });
      },
      terminal: () => failures.terminal.inc({ controller }),
      panicked: () => failures.panics.inc({ controller }),
      timedOut: () => failures.timeouts.inc({ controller }),
    }),
  };
}

interface FailureCounters {
  readonly errors: Counter<'controller'>;
  readonly terminal: Counter<'controller'>;
  readonly panics: Counter<'controller'>;
  readonly timeouts: Counter<'controller'>;
}

function failureCounters(registry: Registry): FailureCounters {
  const counter = (name: string, help: string): Counter<'controller'> =>
    new Counter({ name, help, labelNames: ['controller'], registers: [registry] });
  return {
    errors: counter('controller_runtime_reconcile_errors_total', 'Number of reconciles that failed, by controller.'),
    terminal: counter(
      'controller_runtime_terminal_reconcile_errors_total',
      'Number of reconciles that failed in a way only an edit can help, by controller.',
    ),
    panics: counter(
      'controller_runtime_reconcile_panics_total',
      'Number of reconciles that failed by a fault of the program, by controller.',
    ),
    timeouts: counter(
      'controller_runtime_reconcile_timeouts_total',
      'Number of reconciles that were stopped because they took too long, by controller.',
    ),
  };
}

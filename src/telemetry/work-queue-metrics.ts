import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { WorkQueueObserver } from '../kube/queue/work-queue-observer.ts';

/** What is read from a queue at each scrape. */
export interface QueueState {
  readonly depth: number;
  readonly unfinishedWorkMs: number;
  readonly longestRunningMs: number;
}

/** The workqueue_* metrics of client-go, labelled with the queue's name and its controller, which are the same. */
export interface WorkQueueMetrics {
  /** The observer to hand to the queue of that name. */
  observerFor(name: string): WorkQueueObserver;
  /** Reads this queue's gauges from now on. */
  track(name: string, queue: QueueState): void;
}

/** Decades from 10 ns to 1000 s, as in client-go. */
const DURATION_BUCKETS = Array.from({ length: 12 }, (_, index) => Number(`1e${index - 8}`));
const labelNames = ['name', 'controller'] as const;
type Labels = Readonly<Record<(typeof labelNames)[number], string>>;

export function createWorkQueueMetrics(registry: Registry, names: readonly string[]): WorkQueueMetrics {
  const tracked = new Map<string, QueueState>();
  registerGauges(registry, tracked);
  const common = { labelNames, registers: [registry] };
  const adds = new Counter({
    name: 'workqueue_adds_total',
    help: 'Number of keys that became ready in the queue.',
    ...common,
  });
  const retries = new Counter({
    name: 'workqueue_retries_total',
    help: 'Number of keys added with a delay, after a failure or for a later look.',
    ...common,
  });
  const queued = new Histogram({
    name: 'workqueue_queue_duration_seconds',
    help: 'Time a key was ready before a worker took it.',
    buckets: DURATION_BUCKETS,
    ...common,
  });
  const worked = new Histogram({
    name: 'workqueue_work_duration_seconds',
    help: 'Time a worker held a key.',
    buckets: DURATION_BUCKETS,
    ...common,
  });
  for (const name of names) {
    for (const counter of [adds, retries]) counter.inc(labelsOf(name), 0);
    for (const histogram of [queued, worked]) histogram.zero(labelsOf(name));
  }
  return {
    observerFor: (name) => {
      const labels = labelsOf(name);
      return {
        added: () => adds.inc(labels),
        retried: () => retries.inc(labels),
        taken: (queuedMs) => queued.observe(labels, queuedMs / 1_000),
        finished: (workedMs) => worked.observe(labels, workedMs / 1_000),
      };
    },
    track: (name, queue) => void tracked.set(name, queue),
  };
}

function registerGauges(registry: Registry, tracked: ReadonlyMap<string, QueueState>): void {
  const register = (name: string, help: string, read: (queue: QueueState) => number): void => {
    new Gauge({
      name,
      help,
      labelNames,
      registers: [registry],
      collect() {
        for (const [queueName, queue] of tracked) this.set(labelsOf(queueName), read(queue));
      },
    });
  };
  register('workqueue_depth', 'Number of keys that are ready.', ({ depth }) => depth);
  register(
    'workqueue_unfinished_work_seconds',
    'Sum of the times that the runs under way have taken so far. A steady rise shows stuck workers.',
    ({ unfinishedWorkMs }) => unfinishedWorkMs / 1_000,
  );
  register(
    'workqueue_longest_running_processor_seconds',
    'Time the oldest run under way has taken so far.',
    ({ longestRunningMs }) => longestRunningMs / 1_000,
  );
}

function labelsOf(name: string): Labels {
  return { name, controller: name };
}

import { eventually } from './harness/eventually.ts';
import type { RunningOperator } from './operator.ts';
import { sumOf } from './prometheus-text.ts';

/** Has the operator look at everything without a change, and resolves when it has nothing left to do. */
export async function resynced(operator: Pick<RunningOperator, 'metricsText' | 'resync'>): Promise<void> {
  const looks = (text: string): number => sumOf(text, 'controller_runtime_reconcile_total', { controller: 'key' });
  const before = looks(await operator.metricsText());
  operator.resync();
  await eventually(async () => {
    const text = await operator.metricsText();
    if (looks(text) <= before) throw new Error('No key was looked at');
    const open = sumOf(text, 'workqueue_depth') + sumOf(text, 'controller_runtime_active_workers');
    if (open > 0) throw new Error('There is something left to do');
  });
}

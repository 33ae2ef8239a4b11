import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../support/harness/eventually.ts';
import type { OperatorProcess } from '../support/operator.ts';
import { sumOf } from '../support/prometheus-text.ts';
import type { WriteProxy } from '../support/write-proxy.ts';
import type { OperatorPair } from './operator-pair.ts';

/** Nothing was written for this long: nobody works any more. */
const QUIET_MS = 1_000;
const TIMEOUT_MS = 60_000;

/** Has the leader look at everything, and returns what it wrote that is neither an event nor the lease. */
export async function writesOfResync(
  proxy: WriteProxy,
  operators: OperatorPair,
  keys: number,
): Promise<readonly string[]> {
  const leader = await operators.whenLed();
  await whenQuiet(proxy);
  proxy.recount();
  const before = await passes(leader);
  leader.resync();
  await eventually(
    async () => {
      const made = (await passes(leader)) - before;
      if (made < keys) throw new Error(`${made} of ${keys} keys were looked at again`);
    },
    { timeoutMs: TIMEOUT_MS },
  );
  await whenQuiet(proxy);
  return proxy.writes.map((write) => `a resync wrote: ${write}`);
}

async function whenQuiet(proxy: WriteProxy): Promise<void> {
  for (let before = -1; before !== proxy.writes.length;) {
    before = proxy.writes.length;
    await pause(QUIET_MS);
  }
}

async function passes(operator: OperatorProcess): Promise<number> {
  return sumOf(await operator.metricsText(), 'controller_runtime_reconcile_total', { controller: 'key' });
}

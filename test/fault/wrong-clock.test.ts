/** A machine whose clock is an hour off: keys end and rotate by the time of the API server, and never early. */
import { expect, test } from 'vitest';
import type { ApiKey } from '../../src/api/generated/api-key.ts';
import { ServerClock } from '../../src/kube/transport/server-clock.ts';
import { eventually } from '../support/harness/eventually.ts';
import type { InProcessOptions } from '../support/operator.ts';
import { WarpedClock } from '../support/warped-clock.ts';
import type { DeliveryStage } from './delivery-stage.ts';
import { shareStage } from './shared-stage.ts';

const HOUR_MS = 3_600_000;
const AHEAD = { name: 'ahead', jumpMs: HOUR_MS };
const BEHIND = { name: 'behind', jumpMs: -HOUR_MS };

let stage: DeliveryStage;
shareStage((opened) => {
  stage = opened;
});

/** As main.ts does it. */
function on(machine: WarpedClock): Pick<InProcessOptions, 'dependencies'> {
  const clock = new ServerClock(machine);
  return { dependencies: { clock, onServerTime: (time) => clock.observe(time) } };
}

async function whenAt(name: string, state: string, version: number): Promise<ApiKey> {
  return await eventually(async () => {
    const key = await stage.key(name);
    expect(key.status).toMatchObject({ state, version, observedGeneration: key.metadata.generation });
    return key;
  });
}

/** One key in an overlap of half an hour, one that expires then, and one that rotates then. */
async function deliverWhatEndsInHalfAnHour(): Promise<void> {
  await stage.applyProject({ policy: { minRotationInterval: '0s' } });
  await stage.applyKey({ rotation: { overlap: '30m' } }, 'overlapping');
  await stage.applyKey({ expiresAt: new Date(Date.now() + HOUR_MS / 2).toISOString() }, 'expiring');
  await stage.applyKey({ rotation: { interval: '30m', overlap: '0s' } }, 'rotating');
  for (const name of ['overlapping', 'expiring', 'rotating']) await stage.whenDelivered(name);
  await stage.applyKey({ rotation: { trigger: 'drill', overlap: '30m' } }, 'overlapping');
  await eventually(async () => {
    const { status } = await whenAt('overlapping', 'Rotating', 2);
    const versions = status?.environments?.flatMap((environment) => environment.versions ?? []) ?? [];
    const ends = versions.flatMap(({ state, retireAt }) => (state === 'Retiring' ? [retireAt] : []));
    expect(ends).toEqual([expect.any(String), expect.any(String)]);
  });
  await stage.whenQuiet();
}

test.each([AHEAD, BEHIND])(
  'Nothing ends when the clock of a running operator is put an hour $name',
  async ({ jumpMs }) => {
    const machine = new WarpedClock();
    await using operator = await stage.operator(on(machine));
    await deliverWhatEndsInHalfAnHour();
    machine.jump(jumpMs);
    expect(await stage.writesOfResync(operator)).toMatchObject({ counted: [] });
    machine.jump(-jumpMs);
    expect(await stage.writesOfResync(operator)).toMatchObject({ counted: [] });
    await whenAt('overlapping', 'Rotating', 2);
    await whenAt('expiring', 'Active', 1);
    await whenAt('rotating', 'Active', 1);
  },
);

test.each([AHEAD, BEHIND])(
  'Nothing ends when an operator starts with a clock that is an hour $name',
  async ({ jumpMs }) => {
    {
      await using _operator = await stage.operator();
      await deliverWhatEndsInHalfAnHour();
    }
    const machine = new WarpedClock();
    machine.jump(jumpMs);
    await using operator = await stage.operator(on(machine));
    expect(await stage.writesOfResync(operator)).toMatchObject({ counted: [] });
    await whenAt('overlapping', 'Rotating', 2);
  },
);

test.each([AHEAD, BEHIND])(
  'An operator whose clock is an hour $name stores the time of the server and ends an overlap in time',
  async ({ jumpMs }) => {
    const machine = new WarpedClock();
    machine.jump(jumpMs);
    await using _operator = await stage.operator(on(machine));
    await stage.applyProject({ policy: { minRotationInterval: '0s' } });
    await stage.applyKey();
    await stage.whenDelivered();
    await stage.applyKey({ rotation: { trigger: 'drill', overlap: '1s' } });
    const { status } = await whenAt('checkout', 'Active', 2);
    for (const time of [status?.createdAt, status?.rotatedAt]) {
      expect(Math.abs(Date.parse(time ?? '') - Date.now())).toBeLessThan(HOUR_MS / 2);
    }
  },
);

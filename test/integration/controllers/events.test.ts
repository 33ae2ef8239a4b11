import { afterAll, beforeAll, expect, test } from 'vitest';
import { KEY_PROJECTS } from '../../../src/api/resources.ts';
import { SECRETS } from '../../../src/kube/objects/resource.ts';
import { eventually } from '../../support/harness/eventually.ts';
import { KeyWorld } from '../../support/key-world.ts';
import { issued } from './checkout.ts';

let world: KeyWorld;

beforeAll(async () => {
  world = await KeyWorld.start();
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

test('a KeyProject has events in the namespace default, of what holds it and of when it is well', async () => {
  const { project } = await issued(world);
  await eventually(async () => {
    expect(await world.events({ name: project })).toEqual([
      { type: 'Normal', reason: 'Mapped', note: 'Every namespace is there' },
    ]);
  });
  await world.remove(KEY_PROJECTS, { name: project });
  await eventually(async () => {
    const events = await world.events({ name: project });
    const note = expect.stringMatching(/^Keys that use this project hold it: 1;/) as string;
    expect(events).toContainEqual({ type: 'Warning', reason: 'InUse', note });
  });
});

test('an ordinary first issue has two events', async () => {
  const { authors } = await issued(world);
  await eventually(async () => {
    const events = await world.events({ namespace: authors, name: 'checkout' });
    expect(events.map(({ reason }) => reason).toSorted()).toEqual(['Delivered', 'Minted']);
  });
});

test('each namespace whose Secret is put back has an event of its own', async () => {
  const { authors, eu, us, ref } = await issued(world);
  for (const namespace of [eu, us]) {
    await world.remove(SECRETS, { namespace, name: 'checkout' });
    await eventually(async () => expect(await world.hasSecret(namespace, 'checkout')).toBe(true));
    await world.whenReady(ref);
  }
  await eventually(async () => {
    const events = await world.events({ namespace: authors, name: 'checkout' });
    const repairs = events.filter(({ reason }) => reason === 'DriftRepaired').map(({ note }) => note);
    expect(repairs.toSorted()).toEqual(
      [eu, us].map(
        (namespace) => `Put back what had been changed or deleted: Secret "checkout" in namespace "${namespace}"`,
      ),
    );
  });
});

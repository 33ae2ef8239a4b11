import fc from 'fast-check';
import type { KeyEdits } from '../../../support/world/edits.ts';
import { goodEvent, worldEvent, type WorldEvent } from '../../../support/world/events.ts';
import type { Command } from '../../../support/world/operator.ts';

const PASS: Command = { kind: 'pass' };
const event = (one: WorldEvent): Command => ({ kind: 'event', event: one });
const only = (...names: readonly string[]): Command =>
  event({ kind: 'editKey', spec: { environments: names.map((name) => ({ name })) } });

function command(edits: KeyEdits): fc.Arbitrary<Command> {
  return fc.oneof(
    { weight: 10, arbitrary: worldEvent(edits.any).map(event) },
    { weight: 6, arbitrary: fc.constant(PASS) },
    { weight: 2, arbitrary: fc.nat(7).map((stopAfter): Command => ({ kind: 'crash', stopAfter })) },
    { weight: 1, arbitrary: fc.nat(7).map((stopAfter): Command => ({ kind: 'pause', stopAfter })) },
    { weight: 2, arbitrary: fc.constantFrom<Command>({ kind: 'resume' }, { kind: 'latePost' }) },
  );
}

/** Some commands, with a pass after each when `passes` says so. */
function stretch(edits: KeyEdits): fc.Arbitrary<readonly Command[]> {
  return fc
    .tuple(fc.array(command(edits), { maxLength: 5, size: 'max' }), fc.boolean())
    .map(([commands, passes]) => (passes ? commands.flatMap((one) => [one, PASS]) : commands));
}

/** What chance alone would rarely put together. */
function story(some: fc.Arbitrary<readonly Command[]>, { absences }: KeyEdits): fc.Arbitrary<readonly Command[]> {
  return fc.oneof(
    { weight: 3, arbitrary: some },
    // A record comes back as it was before what happened since.
    {
      weight: 1,
      arbitrary: fc
        .tuple(some, fc.constantFrom<readonly Command[]>([], [event({ kind: 'wipeStatus' })], [PASS]))
        .map(([since, after]) => [
          PASS,
          event({ kind: 'backUp' }),
          ...since,
          PASS,
          event({ kind: 'restore' }),
          ...after,
          PASS,
        ]),
    },
    // A key is deleted and applied again, inside its window or after it.
    {
      weight: 1,
      arbitrary: fc
        .tuple(some, fc.constantFrom(0, 0.5, 30))
        .map(([since, hours]) => [
          PASS,
          event({ kind: 'deleteKey' }),
          ...since,
          event({ kind: 'pass', hours }),
          event({ kind: 'applyKey' }),
          PASS,
        ]),
    },
    // An environment leaves and comes back.
    {
      weight: 1,
      arbitrary: fc
        .tuple(some, fc.constantFrom(0, 0.5, 30), fc.constantFrom(...absences))
        .map(([since, hours, { before, meanwhile }]) => [
          ...before.map(event),
          PASS,
          only('staging'),
          PASS,
          ...since,
          event({ kind: 'pass', hours }),
          ...meanwhile.map(event),
          only('staging', 'production'),
          PASS,
        ]),
    },
    // One environment has gone, and the next is issued before it comes back.
    {
      weight: 1,
      arbitrary: some.map((since) => [
        PASS,
        only('staging'),
        PASS,
        event({ kind: 'pass', hours: 30 }),
        PASS,
        event({ kind: 'editKey', spec: { suspended: true } }),
        only('production'),
        PASS,
        ...since,
        event({ kind: 'editKey', spec: { suspended: false } }),
        PASS,
        only('staging', 'production'),
        PASS,
      ]),
    },
    // What a process sent before it died arrives after the next one has moved on.
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom(3, 4), some)
        .map(([stopAfter, since]): Command[] => [
          { kind: 'crash', stopAfter },
          ...since,
          PASS,
          { kind: 'latePost' },
          PASS,
        ]),
    },
  );
}

/** Some stories one after the other, a hundred steps and more. */
export function history(edits: KeyEdits): fc.Arbitrary<readonly Command[]> {
  return fc
    .array(story(stretch(edits), edits), { minLength: 1, maxLength: 6, size: 'max' })
    .map((stories) => stories.flat());
}

/** What people and their pipelines do when nothing is wrong: nobody's Secret is in the way, and every namespace is there. */
export function goodPath(edits: KeyEdits): fc.Arbitrary<readonly Command[]> {
  return fc.array(
    fc.oneof(
      { weight: 6, arbitrary: goodEvent(edits.good).map(event) },
      { weight: 4, arbitrary: fc.constant(PASS) },
      { weight: 1, arbitrary: fc.nat(7).map((stopAfter): Command => ({ kind: 'crash', stopAfter })) },
    ),
    { minLength: 1, maxLength: 20, size: 'max' },
  );
}

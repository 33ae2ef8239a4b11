import fc from 'fast-check';
import { goodEvent, worldEvent, type WorldEvent } from '../../../support/world-events.ts';
import type { Command } from '../../../support/world-operator.ts';

const PASS: Command = { kind: 'pass' };
const event = (one: WorldEvent): Command => ({ kind: 'event', event: one });

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 10, arbitrary: worldEvent.map(event) },
  { weight: 6, arbitrary: fc.constant(PASS) },
  { weight: 2, arbitrary: fc.nat(7).map((stopAfter): Command => ({ kind: 'crash', stopAfter })) },
  { weight: 1, arbitrary: fc.nat(7).map((stopAfter): Command => ({ kind: 'pause', stopAfter })) },
  { weight: 2, arbitrary: fc.constantFrom<Command>({ kind: 'resume' }, { kind: 'latePost' }) },
);

/** Some commands, with a pass after each when `passes` says so. */
const stretch: fc.Arbitrary<readonly Command[]> = fc
  .tuple(fc.array(command, { maxLength: 5, size: 'max' }), fc.boolean())
  .map(([commands, passes]) => (passes ? commands.flatMap((one) => [one, PASS]) : commands));

/** What chance alone would rarely put together. */
const story: fc.Arbitrary<readonly Command[]> = fc.oneof(
  { weight: 3, arbitrary: stretch },
  // A record comes back as it was before what happened since.
  {
    weight: 1,
    arbitrary: fc
      .tuple(stretch, fc.constantFrom<readonly Command[]>([], [event({ kind: 'wipeStatus' })], [PASS]))
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
      .tuple(stretch, fc.constantFrom(0, 0.5, 30))
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
      .tuple(stretch, fc.constantFrom(0, 0.5, 30))
      .map(([since, hours]) => [
        PASS,
        event({ kind: 'editKey', spec: { environments: [{ name: 'staging' }] } }),
        PASS,
        ...since,
        event({ kind: 'pass', hours }),
        event({ kind: 'editKey', spec: { environments: [{ name: 'staging' }, { name: 'production' }] } }),
        PASS,
      ]),
  },
  // What a process sent before it died arrives after the next one has moved on.
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(3, 4), stretch)
      .map(([stopAfter, since]): Command[] => [
        { kind: 'crash', stopAfter },
        ...since,
        PASS,
        { kind: 'latePost' },
        PASS,
      ]),
  },
);

/** Some stories one after the other, a hundred steps and more. */
export const history: fc.Arbitrary<readonly Command[]> = fc
  .array(story, { minLength: 1, maxLength: 6, size: 'max' })
  .map((stories) => stories.flat());

/** What people and their pipelines do when nothing is wrong: nobody's Secret is in the way, and every namespace is there. */
export const goodPath: fc.Arbitrary<readonly Command[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: goodEvent.map(event) },
    { weight: 4, arbitrary: fc.constant(PASS) },
    { weight: 1, arbitrary: fc.nat(7).map((stopAfter): Command => ({ kind: 'crash', stopAfter })) },
  ),
  { minLength: 1, maxLength: 20, size: 'max' },
);

import { describe, expect, test } from 'vitest';
import { nextLookMs } from '../../../../src/controllers/key/next-look.ts';
import { placeKey } from '../../../../src/controllers/planning/secret-view.ts';
import { spreadMs } from '../../../../src/controllers/planning/spread.ts';
import {
  apiKeyOf,
  clusterOf,
  digest,
  EU,
  foreignSecret,
  held,
  hoursFromNow,
  keyProjectOf,
  observing,
  owed,
  present,
  productionEntry,
  projectFacts,
  recordOf,
  reported,
  settled,
  stagingEntry,
  US,
  versionEntry,
} from '../../../support/facts.ts';
import { checkout } from '../../../support/sealing.ts';
import type { KeyObjectFacts } from '../../../../src/controllers/planning/key-rules.ts';

const HOUR_MS = 3_600_000;
const STALLED_MS = 300_000;
/** What a wait of the settled key becomes when keys are spread. */
const spread = (waitMs: number | undefined): number | undefined =>
  waitMs === undefined ? undefined : waitMs + spreadMs(checkout, waitMs, 1_000);
const production = (changes: Parameters<typeof productionEntry>[0]): Partial<KeyObjectFacts> => ({
  record: recordOf({ environments: [stagingEntry(), productionEntry(changes)] }),
});

describe('nextLookMs', () => {
  test('is undefined for a settled key: only a change of some object can change anything', () => {
    expect(nextLookMs(settled())).toBeUndefined();
  });

  test.each<{ name: string; given: Partial<KeyObjectFacts>; want: number | undefined }>([
    {
      name: 'the end of a recovery window',
      given: production({ state: 'Withdrawn', destroyAt: hoursFromNow(3), places: [] }),
      want: 3 * HOUR_MS,
    },
    {
      name: 'the end of an overlap',
      given: production({
        versions: [
          versionEntry('production', 2),
          versionEntry('production', 1, { state: 'Retiring', retireAt: hoursFromNow(2) }),
        ],
      }),
      want: 2 * HOUR_MS,
    },
    {
      name: 'the end of a signing secret that waits',
      given: production({
        versions: [
          versionEntry('production', 1, {
            signingSecret: { id: 'x', hash: `sha256:${digest('x')}`, destroyAt: hoursFromNow(1) },
          }),
        ],
      }),
      want: HOUR_MS,
    },
    {
      name: 'the end of a back-off after a loss',
      given: production({
        versions: [versionEntry('production', 2, { cause: 'MaterialLost', createdAt: hoursFromNow(0) })],
      }),
      want: 60_000,
    },
    {
      name: 'the expiry of the key, once it was warned of',
      given: { object: { ...settled().object, spec: apiKeyOf({ expiresAt: hoursFromNow(0.1) }).spec } },
      want: 0.1 * HOUR_MS,
    },
    {
      name: 'the moment the expiry is warned of',
      given: { object: { ...settled().object, spec: apiKeyOf({ expiresAt: hoursFromNow(5) }).spec } },
      want: 3.8 * HOUR_MS,
    },
    {
      name: 'the moment the expiry is near enough to be shown with its time',
      given: { object: { ...settled().object, spec: apiKeyOf({ expiresAt: hoursFromNow(50) }).spec } },
      want: 2 * HOUR_MS,
    },
    {
      name: 'the warning of the expiry of one environment',
      given: {
        object: {
          ...settled().object,
          spec: apiKeyOf({ environments: [{ name: 'staging', expiresAt: hoursFromNow(4) }] }).spec,
        },
      },
      want: 3 * HOUR_MS,
    },
    {
      name: 'the soonest of several moments',
      given: {
        ...production({ state: 'Withdrawn', destroyAt: hoursFromNow(3), places: [] }),
        object: { ...settled().object, spec: apiKeyOf({ expiresAt: hoursFromNow(5) }).spec },
      },
      want: 3 * HOUR_MS,
    },
    {
      name: 'five minutes while a place is owed',
      given: production({ places: [held(EU), owed(US)] }),
      want: STALLED_MS,
    },
    {
      name: 'nothing that has passed',
      given: production({ state: 'Withdrawn', destroyAt: hoursFromNow(-1), places: [] }),
      want: undefined,
    },
    { name: 'nothing for an orphan', given: { object: undefined }, want: undefined },
    {
      name: 'the end of the window of a tombstone',
      given: { object: undefined, ...production({ state: 'Withdrawn', destroyAt: hoursFromNow(3), places: [] }) },
      want: 3 * HOUR_MS,
    },
  ])('is $name', ({ given, want }) => {
    expect(nextLookMs({ ...settled(), ...given })).toBe(want === STALLED_MS ? want : spread(want));
  });

  test('is never early and at most a second late, so that keys that are due together do not come all at once', () => {
    const waits = Array.from({ length: 1_000 }, (_, index) => {
      const identity = { ...checkout, name: `key-${index}` };
      const given = production({ state: 'Withdrawn', destroyAt: hoursFromNow(3), places: [] });
      return nextLookMs({ ...settled(), ...given, identity }) ?? 0;
    });
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(3 * HOUR_MS);
    expect(Math.max(...waits)).toBeLessThan(3 * HOUR_MS + 1_000);
    expect(new Set(waits).size).toBeGreaterThan(500);
  });

  test('is 5 s after the creation of a key whose project is there and not claimed', () => {
    const metadata = { ...apiKeyOf().metadata, creationTimestamp: hoursFromNow(0) };
    const fresh = settled({ object: apiKeyOf({}, { metadata }), project: { kind: 'Unclaimed' } });
    expect(nextLookMs(fresh)).toBe(spread(5_000));
  });

  test('is five minutes while Ready is False', () => {
    const conflict = settled({
      observations: observing(settled(), { [placeKey(held(EU))]: present(foreignSecret(held(EU))) }),
    });
    expect(nextLookMs(reported(conflict))).toBe(STALLED_MS);
  });

  test('is the end of the grace while a young key waits for its namespaces', () => {
    const object = apiKeyOf({}, { metadata: { ...apiKeyOf().metadata, creationTimestamp: hoursFromNow(-0.01) } });
    const project = projectFacts(keyProjectOf(), clusterOf({ [EU]: undefined }));
    expect(nextLookMs(reported(settled({ object, project })))).toBe(spread(24_000));
  });

  test('is not the end of the grace of a young key that is ready', () => {
    const object = apiKeyOf({}, { metadata: { ...apiKeyOf().metadata, creationTimestamp: hoursFromNow(-0.01) } });
    expect(nextLookMs(reported(settled({ object })))).toBeUndefined();
  });
});

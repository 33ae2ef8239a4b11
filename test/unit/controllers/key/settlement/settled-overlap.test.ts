import { describe, expect, test } from 'vitest';
import { EU, hoursFromNow, productionEntry, recordOf, US, versionEntry } from '../../../../support/facts.ts';
import {
  edited,
  entryOf,
  everywhereV2,
  overlapping,
  proving,
  publishedAt,
  recordChange,
  rolledBack,
  shownV1,
  shownV2,
  versionsOf,
} from './rolled-back.ts';

describe('planSettlement in an overlap', () => {
  test.each([
    { name: 'that the record knows as current', versions: [versionEntry('production', 1)], proven: everywhereV2 },
    { name: 'that the record does not know', versions: [], proven: everywhereV2 },
    {
      name: 'that the record does not know and one namespace still has',
      versions: [],
      proven: [proving(EU, 'production', 2), proving(US, 'production', 1)],
    },
  ])('keeps a version $name in its overlap, as a believed status shows it', ({ versions, proven }) => {
    const record = recordOf({ environments: [productionEntry({ versions })] });
    const shown = { ...shownV1, state: 'Retiring', retireAt: hoursFromNow(3) } as const;
    const change = recordChange(rolledBack(proven, { record, ...publishedAt(9, shownV2, shown) }));
    expect(versionsOf(change)).toEqual([
      [2, 'Current'],
      [1, 'Retiring'],
    ]);
    expect(entryOf(change, 'production')?.versions[1]).toMatchObject({ hash: shownV1.hash, retireAt: hoursFromNow(3) });
  });

  test.each([
    { name: 'that the record knows as current', known: {}, begins: {} },
    {
      name: 'that the record knows as retiring',
      known: { state: 'Retiring', retireAt: hoursFromNow(3) } as const,
      begins: { retireAt: hoursFromNow(3) },
    },
  ])(
    'keeps a version $name in its overlap where Secrets carry it beside their own and no status is believed',
    ({ known, begins }) => {
      const first = versionEntry('production', 1);
      const record = recordOf({ environments: [productionEntry({ versions: [{ ...first, ...known }] })] });
      const change = recordChange(rolledBack([overlapping(EU), overlapping(US)], { record }));
      expect(entryOf(change, 'production')?.versions).toMatchObject([
        { version: 2, state: 'Current' },
        { version: 1, state: 'Retiring', hash: first.hash, ...begins },
      ]);
    },
  );

  test.each([
    {
      name: 'that somebody put beside a proof of ours',
      carrier: edited(overlapping(EU), overlapping(EU).digests),
      state: 'Current',
    },
    { name: 'that the ledger had given up', carrier: overlapping(EU), state: 'Retired' },
  ] as const)('keeps no version in an overlap by a token $name', ({ carrier, state }) => {
    const record = recordOf({
      environments: [productionEntry({ versions: [versionEntry('production', 1, { state })] })],
    });
    const change = recordChange(rolledBack([carrier, proving(US, 'production', 2)], { record }));
    expect(versionsOf(change)[1]).toEqual([1, state === 'Current' ? 'Revoked' : state]);
  });

  test('revokes a version in its overlap where no status is believed and no Secret carries it', () => {
    const versions = [versionEntry('production', 1, { state: 'Retiring', retireAt: hoursFromNow(3) })];
    const record = recordOf({ environments: [productionEntry({ versions })] });
    expect(versionsOf(recordChange(rolledBack(everywhereV2, { record })))).toEqual([
      [2, 'Current'],
      [1, 'Revoked'],
    ]);
  });
});

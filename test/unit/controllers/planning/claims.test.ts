import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { claimOf, compareClaims, type Claim } from '../../../../src/controllers/planning/claims.ts';
import { checkout } from '../../../support/sealing.ts';

const SINCE = '2027-03-01T11:00:00Z';
const claim: Claim = claimOf(checkout, SINCE);

describe('compareClaims', () => {
  test.each<{ name: string; other: Claim; want: number }>([
    { name: 'an older claim first', other: { ...claim, owner: 'ApiKey/a/a', since: '2027-03-01T11:00:01Z' }, want: -1 },
    { name: 'of one second the owner that sorts first', other: { ...claim, owner: 'ApiKey/z/z' }, want: -1 },
    { name: 'of one owner the project that sorts first', other: { ...claim, project: 'z' }, want: -1 },
    {
      name: 'a time by its value, however it is written',
      other: { ...claim, since: '2027-03-01T12:00:00+01:00' },
      want: 0,
    },
  ])('puts $name', ({ other, want }) => {
    expect(Math.sign(compareClaims(claim, other))).toBe(want);
    expect(Math.sign(compareClaims(other, claim)) + want).toBe(0);
  });

  test('gives any number of claims one winner, in whatever order they are seen', () => {
    const owner = fc.constantFrom('ApiKey/a/x', 'ApiKey/b/x', 'ApiKey/b/y');
    const project = fc.constantFrom('one', 'other');
    const since = fc.constantFrom(SINCE, '2027-03-01T11:00:01Z');
    const key = ({ owner: of, project: by }: Claim): string => `${by}/${of}`;
    const claims = fc.uniqueArray(fc.record({ owner, project, since }), { minLength: 2, selector: key });
    const pair = claims.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })));
    fc.assert(
      fc.property(pair, ([all, shuffled]) => {
        const [first] = all.toSorted(compareClaims);
        expect(shuffled.toSorted(compareClaims)[0]).toEqual(first);
        // Each key looks at the others' first claim only, and all but one see an earlier one.
        const winners = all.filter((own) => {
          const [other] = all.filter((each) => each !== own).toSorted(compareClaims);
          return other === undefined || compareClaims(own, other) < 0;
        });
        expect(winners).toEqual([first]);
      }),
    );
  });
});

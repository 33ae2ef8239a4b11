import { describe, expect, test } from 'vitest';
import type { ApiKeyStatus } from '../../../../src/api/generated/api-key.ts';
import { isRepair, newConflicts, writeResult } from '../../../../src/controllers/key/delivery-counts.ts';
import type { DeliveryTarget } from '../../../../src/controllers/planning/place-state.ts';
import type { SecretView } from '../../../../src/controllers/planning/secret-view.ts';
import {
  apiKeyOf,
  digest,
  EU,
  foreignSecret,
  held,
  secretView,
  settled,
  US,
  versionEntry,
  wantedOf,
} from '../../../support/facts.ts';

const wanted = wantedOf(held(EU), 'production', versionEntry('production', 1));
const { object } = settled();

describe('isRepair', () => {
  test('is a write where status already called the version delivered', () => {
    expect(isRepair({ object }, wanted)).toBe(true);
  });

  test.each<[string, Parameters<typeof isRepair>]>([
    ['the first delivery', [{ object: apiKeyOf() }, wanted]],
    ['another version', [{ object }, wantedOf(held(EU), 'production', versionEntry('production', 2))]],
    [
      'a namespace that is new',
      [{ object }, wantedOf(held('payments-prod-ap'), 'production', versionEntry('production', 1))],
    ],
    [
      'what an edit of the key asks for',
      [{ object: { ...object, metadata: { ...object.metadata, generation: 2 } } }, wanted],
    ],
    ['a write for a key without its object', [{ object: undefined }, wanted]],
  ])('is not %s', (_name, given) => {
    expect(isRepair(...given)).toBe(false);
  });
});

describe('writeResult', () => {
  const ours = secretView(wanted);
  const overlapping = { ...ours, digests: { ...ours.digests, 'previous.token': digest('the one before') } };
  const fresh = { ...settled(), object: apiKeyOf() };

  test.each<{ name: string; given: Parameters<typeof writeResult>; want: string }>([
    { name: 'a first delivery', given: [fresh, target('Create', undefined)], want: 'created' },
    { name: 'another version', given: [fresh, target('Update', ours)], want: 'updated' },
    { name: 'a Secret that was deleted', given: [settled(), target('Create', undefined)], want: 'repaired' },
    { name: 'a Secret that was edited', given: [settled(), target('Update', ours)], want: 'repaired' },
    {
      name: 'a superseded version that is taken out after its time',
      given: [settled(), target('Update', overlapping)],
      want: 'updated',
    },
    {
      name: 'a Secret that was edited as well when that time was over',
      given: [settled(), target('Update', { ...overlapping, labels: {} })],
      want: 'repaired',
    },
    {
      name: 'a Secret of somebody else, which carries consent or would not be replaced',
      given: [fresh, target('Update', foreignSecret(held(EU)))],
      want: 'adopted',
    },
    {
      name: 'one of another type that took the place of ours',
      given: [settled(), target('Recreate', foreignSecret(held(EU), { type: 'example.com/other' }))],
      want: 'adopted',
    },
  ])('is $want for $name', ({ given, want }) => {
    expect(writeResult(...given)).toBe(want);
  });

  function target(verb: DeliveryTarget['verb'], replaces: SecretView | undefined): DeliveryTarget {
    return { verb, wanted, source: { kind: 'Sealed' }, replaces };
  }
});

describe('newConflicts', () => {
  const statusOf = (...rows: readonly [namespace: string, reason: string][]): ApiKeyStatus => ({
    environments: [
      {
        name: 'production',
        state: 'Active',
        success: false,
        namespaces: rows.map(([name, reason]) => ({ name, success: false, reason, lastTransitionTime: '' })),
      },
    ],
  });
  const both = statusOf([EU, 'SecretConflict'], [US, 'SecretConflict']);

  test.each<{ name: string; before?: ApiKeyStatus; after: ApiKeyStatus; want: number }>([
    { name: 'every namespace of a key that was never looked at', after: both, want: 2 },
    { name: 'a namespace that joins', before: statusOf([EU, 'SecretConflict']), after: both, want: 1 },
    {
      name: 'a namespace refused for another reason before',
      before: statusOf([EU, 'Forbidden']),
      after: both,
      want: 2,
    },
    { name: 'none that was told already', before: both, after: both, want: 0 },
    { name: 'none that fails for another reason', after: statusOf([EU, 'Forbidden']), want: 0 },
    { name: 'none that is over', before: both, after: {}, want: 0 },
  ])('counts $name', ({ before, after, want }) => {
    expect(newConflicts(before, after)).toBe(want);
  });
});

import { length, oneOf, required, type LimitRow } from './limit-rows.ts';
import type { Declared } from './objects.ts';
import { eachOf, type RuleRow } from './rule-rows.ts';

/** What a spec of either kind says of rotation, revocation and deletion. */
type MakeSpec = (spec: Readonly<Record<string, unknown>>) => Declared;

/** Breaks of the rules about durations of a rotation. */
export function rotationRows(make: MakeSpec): readonly RuleRow[] {
  return [
    ...eachOf(
      {
        'an interval in days': '90d',
        'an interval below a minute': '59s',
        'an interval over ten years': '87600h1s',
        'an empty interval': '',
      },
      (interval) => ({
        object: make({ rotation: { interval } }),
        field: 'spec.rotation.interval',
        message: 'must be a duration from 1m to 87600h (ten years), for example 2160h',
      }),
    ),
    ...eachOf(
      {
        'an overlap in days': '1d',
        'an overlap over a year': '8760h1s',
        'an empty overlap': '',
        'a negative overlap': '-1h',
      },
      (overlap) => ({
        object: make({ rotation: { overlap } }),
        field: 'spec.rotation.overlap',
        message: 'must be a duration of at most 8760h (one year), for example 24h, 90m or 0s',
      }),
    ),
  ];
}

/** An imported token changes with its source, not by time. */
export function importedIntervalRows(make: MakeSpec): readonly RuleRow[] {
  const source = { secretKeyRef: { name: 'checkout-old', key: 'token' } };
  const row = (name: string, spec: Readonly<Record<string, unknown>>): RuleRow => ({
    name,
    object: make({ ...spec, rotation: { interval: '24h' } }),
    field: 'spec.rotation',
    message:
      'must not have interval beside an import, because nobody mints a new version in its place; a new token in the source of the import rotates the key',
  });
  return [
    row('an interval beside an import', { import: source }),
    row('an interval beside an import of an environment', { environments: [{ name: 'staging', import: source }] }),
  ];
}

/** Objects near those rules that must be accepted. */
export function acceptedLifecycles(make: MakeSpec): Readonly<Record<string, Declared>> {
  return {
    'the shortest interval beside no overlap': make({ rotation: { interval: '1m', overlap: '0s' } }),
    'the longest interval and overlap': make({ rotation: { interval: '87600h', overlap: '8760h' } }),
    'an empty trigger': make({ rotation: { trigger: '' } }),
    'a revocation of the first version': make({ revocation: { reason: 'Compromised', throughVersion: 1 } }),
  };
}

const duration = (n: number): string => (n > 32 ? '1'.repeat(n) : '1h');

export function lifecycleLimits(make: MakeSpec): readonly LimitRow[] {
  const revocation = (value: object): Declared => make({ revocation: { reason: 'Retired', ...value } });
  return [
    length('spec.rotation.interval', 32, (interval) => make({ rotation: { interval } }), duration),
    length('spec.rotation.overlap', 32, (overlap) => make({ rotation: { overlap } }), duration),
    length('spec.rotation.trigger', 128, (trigger) => make({ rotation: { trigger } })),
    required('spec.revocation.reason', revocation({}), make({ revocation: {} })),
    oneOf('spec.revocation.reason', ['Unspecified', 'Compromised', 'Superseded', 'Retired'], (reason) =>
      revocation({ reason }),
    ),
    {
      field: 'spec.revocation.throughVersion',
      limit: 'minimum',
      accepted: revocation({ throughVersion: 1 }),
      refused: revocation({ throughVersion: 0 }),
      message: 'Invalid value: 0: spec.revocation.throughVersion in body should be greater than or equal to 1',
    },
    oneOf('spec.deletionPolicy', ['Delete', 'Retain'], (deletionPolicy) => make({ deletionPolicy })),
  ];
}

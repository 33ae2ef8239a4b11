import { describe, expect, test } from 'vitest';
import { ROTATE_ANNOTATION } from '../../../../src/api/labels.ts';
import {
  environmentExpiry,
  expiryMs,
  isRotateAnnotationTooLong,
  outputTargets,
  presentTriggers,
  recoveryWindowMs,
  targetEnvironments,
} from '../../../../src/controllers/key/spec.ts';
import { apiKeyOf, hoursFromNow, keyProjectOf, NOW } from '../../../support/facts.ts';

const HOUR_MS = 3_600_000;

describe('recoveryWindowMs', () => {
  test.each([
    { given: {}, want: 24 * HOUR_MS },
    { given: { recoveryWindow: '0s' }, want: 0 },
    { given: { recoveryWindow: '90m' }, want: 1.5 * HOUR_MS },
  ])('of $given is $want', ({ given, want }) => {
    expect(recoveryWindowMs(apiKeyOf(given).spec, 24 * HOUR_MS)).toBe(want);
  });
});

describe('presentTriggers', () => {
  const annotated = (text: string): ReturnType<typeof apiKeyOf> => {
    const key = apiKeyOf();
    return { ...key, metadata: { ...key.metadata, annotations: { [ROTATE_ANNOTATION]: text } } };
  };

  test.each([
    { name: 'none without a text', key: apiKeyOf(), want: 0 },
    { name: 'none for an empty one', key: annotated(''), want: 0 },
    { name: 'one for 128 characters', key: annotated('x'.repeat(128)), want: 1 },
    { name: 'none for 129', key: annotated('x'.repeat(129)), want: 0 },
    { name: 'one for 128 characters outside the BMP', key: annotated('🔑'.repeat(128)), want: 1 },
    {
      name: 'one for as many in spec, as the schema counts',
      key: apiKeyOf({ rotation: { trigger: '🔑'.repeat(128) } }),
      want: 1,
    },
  ])('are $name', ({ key, want }) => {
    expect(presentTriggers(key)).toHaveLength(want);
  });

  test('leave out nothing but an annotation that is too long', () => {
    expect(isRotateAnnotationTooLong(annotated('x'.repeat(129)))).toBe(true);
    expect(isRotateAnnotationTooLong(annotated('🔑'.repeat(128)))).toBe(false);
    expect(isRotateAnnotationTooLong(apiKeyOf())).toBe(false);
  });
});

describe('environmentExpiry', () => {
  test.each([
    { name: 'nothing when neither is set', own: undefined, key: undefined, want: undefined },
    { name: 'the environment’s own', own: hoursFromNow(1), key: undefined, want: hoursFromNow(1) },
    { name: 'the key’s', own: undefined, key: hoursFromNow(2), want: hoursFromNow(2) },
    { name: 'the earlier of both', own: hoursFromNow(3), key: hoursFromNow(2), want: hoursFromNow(2) },
    {
      name: 'the earlier moment, whatever the offset',
      own: '2027-03-01T14:00:00+03:00',
      key: hoursFromNow(0),
      want: '2027-03-01T14:00:00+03:00',
    },
  ])('is $name', ({ own, key, want }) => {
    const environments = [{ name: 'staging', ...(own !== undefined && { expiresAt: own }) }];
    const { spec } = apiKeyOf({ environments, ...(key !== undefined && { expiresAt: key }) });
    expect(environmentExpiry(spec, 'staging')).toBe(want);
  });
});

describe('targetEnvironments', () => {
  const mapped = [
    { name: 'staging', suspended: true, tokenCode: 'test', namespaces: [{ name: 'a', state: 'Live' as const }] },
  ];
  const resolve = (spec: Parameters<typeof apiKeyOf>[0]): unknown =>
    targetEnvironments(apiKeyOf(spec).spec, mapped, NOW);

  test('resolve what the project maps', () => {
    expect(resolve({ environments: [{ name: 'staging' }] })).toEqual([
      {
        name: 'staging',
        expiresAt: undefined,
        expired: false,
        suspended: true,
        namespaces: [{ name: 'a', state: 'Live' }],
        tokenCode: 'test',
      },
    ]);
  });

  test('map an environment the project does not have to no namespace, and still see it expire', () => {
    expect(resolve({ environments: [{ name: 'qa', expiresAt: hoursFromNow(0) }] })).toMatchObject([
      { name: 'qa', expired: true, namespaces: [], tokenCode: '' },
    ]);
  });

  test('expire at the very moment', () => {
    expect(resolve({ environments: [{ name: 'staging', expiresAt: hoursFromNow(0.001) }] })).toMatchObject([
      { expired: false },
    ]);
  });
});

test('expiryMs takes an expiry that cannot be read for one that has passed', () => {
  expect(expiryMs('2099-01-01T00:00:00+24:00')).toBe(0);
  expect(expiryMs('2027-01-01T00:00:00Z')).toBe(Date.parse('2027-01-01T00:00:00Z'));
});

describe('outputTargets', () => {
  test('are one Secret with the key’s name when the spec names none', () => {
    expect(outputTargets(apiKeyOf(), undefined)).toEqual([{ name: 'checkout', secretName: 'checkout' }]);
    expect(outputTargets(apiKeyOf({ outputs: [] }), undefined)).toHaveLength(1);
  });

  test('put the prefix in front of every name, given or default', () => {
    const key = apiKeyOf({ outputs: [{ name: 'app', secretName: 'given' }, { name: 'other' }] });
    const project = keyProjectOf({ policy: { secretNamePrefix: 'key-' } }).spec;
    expect(outputTargets(key, project)).toEqual([
      { name: 'app', secretName: 'key-given' },
      { name: 'other', secretName: 'key-checkout' },
    ]);
  });
});

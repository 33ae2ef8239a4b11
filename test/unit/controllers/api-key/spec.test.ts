import { describe, expect, test } from 'vitest';
import { isScopeAllowed, tokenPrefix } from '../../../../src/controllers/api-key/spec.ts';
import { apiKeyOf, keyProjectOf } from '../../../support/facts.ts';

describe('isScopeAllowed', () => {
  test.each([
    { scope: 'charges.read', allowed: undefined, want: false },
    { scope: 'charges.read', allowed: [], want: false },
    { scope: 'charges.read', allowed: ['charges.read'], want: true },
    { scope: 'charges.read', allowed: ['charges.*'], want: true },
    { scope: 'charges.read', allowed: ['*'], want: true },
    { scope: 'charges.read', allowed: ['charges'], want: false },
    { scope: 'charges', allowed: ['charges.*'], want: false },
    { scope: 'refunds.read', allowed: ['charges.*', 'refunds.write'], want: false },
  ])('answers $want for $scope under $allowed', ({ scope, allowed, want }) => {
    expect(isScopeAllowed(scope, allowed)).toBe(want);
  });
});

describe('tokenPrefix', () => {
  test.each([
    { type: 'Secret', want: 'acme_sk_test' },
    { type: 'Publishable', want: 'acme_pk_test' },
  ] as const)('of a $type key is $want', ({ type, want }) => {
    expect(tokenPrefix(apiKeyOf({ type }).spec, keyProjectOf().spec, 'test')).toBe(want);
  });
});

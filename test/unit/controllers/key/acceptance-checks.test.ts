import { describe, expect, test } from 'vitest';
import type { ApiKeySpec } from '../../../../src/api/generated/api-key.ts';
import type { KeyProjectSpec } from '../../../../src/api/generated/key-project.ts';
import { acceptanceViolation } from '../../../../src/controllers/key/acceptance-checks.ts';
import {
  apiKeyOf,
  hoursFromNow,
  keyProjectOf,
  ledgerOf,
  MINTED_AT,
  owed,
  productionEntry,
  projectFacts,
  recordOf,
  settled,
} from '../../../support/facts.ts';
import type { DeclaredFacts } from '../../../../src/controllers/planning/key-rules.ts';

type Given = Partial<DeclaredFacts> | ((facts: DeclaredFacts) => Partial<DeclaredFacts>);

const fresh: Partial<DeclaredFacts> = { record: { kind: 'Absent' }, provenSequence: 0 };
const project = (spec: Partial<KeyProjectSpec>): Partial<DeclaredFacts> => ({
  project: projectFacts(keyProjectOf(spec)),
});
const policy = (changes: NonNullable<KeyProjectSpec['policy']>): Partial<DeclaredFacts> =>
  project({ policy: { scopes: ['charges.*'], ...changes } });
const key = (spec: Partial<ApiKeySpec>): Partial<DeclaredFacts> => ({ object: apiKeyOf(spec) });
const elsewhere = ledgerOf({ namespace: 'other-config' });

function violationOf(given: Given): ReturnType<typeof acceptanceViolation> {
  const facts = settled();
  return acceptanceViolation({ ...facts, ...(typeof given === 'function' ? given(facts) : given) });
}

describe('acceptanceViolation', () => {
  test('accepts the settled key, and the same one before its first mint', () => {
    expect(violationOf({})).toBeUndefined();
    expect(violationOf(fresh)).toBeUndefined();
  });

  test.each<{ name: string; given: Given; reason: string; message: string }>([
    {
      name: 'a project that does not exist',
      given: { project: { kind: 'Missing' } },
      reason: 'ProjectNotFound',
      message:
        'KeyProject "payments" does not exist; ask the platform team, or correct spec.project. What is delivered stays',
    },
    {
      name: 'a project that is not claimed yet',
      given: { project: { kind: 'Unclaimed' } },
      reason: 'Pending',
      message: 'Waiting for the KeyProject to be claimed',
    },
    {
      name: 'a name that another namespace has',
      given: { record: recordOf(elsewhere) },
      reason: 'DuplicateName',
      message:
        'Project "payments" already has the ApiKey "checkout", declared in another namespace; choose another name',
    },
    {
      name: 'a name whose tombstone in another namespace still owes a Secret',
      given: {
        record: recordOf({
          ...elsewhere,
          phase: 'Withdrawn',
          environments: [productionEntry({ state: 'Withdrawn', places: [owed('somewhere')] })],
        }),
      },
      reason: 'DuplicateName',
      message:
        'Project "payments" already has the ApiKey "checkout", declared in another namespace; choose another name',
    },
    {
      name: 'a name whose tombstone in another namespace may still be recovered',
      given: {
        record: recordOf({
          ...elsewhere,
          phase: 'Withdrawn',
          environments: [productionEntry({ state: 'Withdrawn', places: [], destroyAt: hoursFromNow(1) })],
        }),
      },
      reason: 'DuplicateName',
      message:
        'Project "payments" already has the ApiKey "checkout", declared in another namespace; choose another name',
    },
    {
      name: 'an author namespace the project does not list',
      given: project({ authorNamespaces: ['other'] }),
      reason: 'NamespaceNotAllowed',
      message:
        'KeyProject "payments" does not list namespace "payments-config" in spec.authorNamespaces; declare the key in one it lists, or ask the platform team to add this one',
    },
    {
      name: 'a project that lists no author namespace',
      given: () => {
        const { authorNamespaces: _none, ...spec } = keyProjectOf().spec;
        return { project: projectFacts(keyProjectOf({}, { spec })) };
      },
      reason: 'NamespaceNotAllowed',
      message:
        'KeyProject "payments" does not list namespace "payments-config" in spec.authorNamespaces; declare the key in one it lists, or ask the platform team to add this one',
    },
    {
      name: 'a project that is being deleted',
      given: {
        project: projectFacts(
          keyProjectOf({}, { metadata: { ...keyProjectOf().metadata, deletionTimestamp: MINTED_AT } }),
        ),
      },
      reason: 'ProjectTerminating',
      message:
        'The KeyProject is being deleted; what is delivered stays, nothing new is minted. Ask the platform team whether it is meant to go',
    },
    {
      name: 'another type than the ledger remembers',
      given: { record: recordOf({ type: 'Publishable' }) },
      reason: 'TypeMismatch',
      message: 'This key was issued as Publishable; its type cannot change, declare a key of another name',
    },
    {
      name: 'an environment the project does not have',
      given: key({ environments: [{ name: 'staging' }, { name: 'qa' }] }),
      reason: 'EnvironmentNotFound',
      message: 'KeyProject "payments" has no environment "qa"; it has: staging, production',
    },
    {
      name: 'a type the policy does not list',
      given: policy({ apiKeyTypes: ['Publishable'] }),
      reason: 'PolicyViolation',
      message: "The project's policy does not allow keys of type Secret; it allows: Publishable",
    },
    {
      name: 'a scope the policy does not grant',
      given: key({ scopes: ['charges.read', 'refunds.read'] }),
      reason: 'PolicyViolation',
      message: 'The project\'s policy does not allow scope "refunds.read"; it allows: charges.*',
    },
    {
      name: 'a scope where the policy grants many, of which it names eight',
      given: { ...policy({ scopes: 'abcdefghi'.split('') }), ...key({ scopes: ['x'] }) },
      reason: 'PolicyViolation',
      message: 'The project\'s policy does not allow scope "x"; it allows: a, b, c, d, e, f, g, h, …',
    },
    {
      name: 'any scope where the policy grants none',
      given: () => {
        const { policy: _none, ...spec } = keyProjectOf().spec;
        return { project: projectFacts(keyProjectOf({}, { spec })) };
      },
      reason: 'PolicyViolation',
      message: 'The project\'s policy does not allow scope "charges.read"; it allows: none',
    },
    {
      name: 'a recoverable key where the policy forbids them',
      given: { ...policy({ allowRecoverable: false }), ...key({ recoverable: true }) },
      reason: 'PolicyViolation',
      message: "The project's policy does not allow recoverable keys; remove spec.recoverable",
    },
    {
      name: 'no expiry where the policy limits validity',
      given: policy({ maxValidity: '24h' }),
      reason: 'PolicyViolation',
      message: 'The project\'s policy limits validity to 24h; set spec.expiresAt for environment "staging" within it',
    },
    {
      name: 'a limit of the policy that cannot be read',
      given: { ...policy({ maxValidity: 'a year' }), ...key({ expiresAt: hoursFromNow(20) }) },
      reason: 'PolicyViolation',
      message: "The project's policy.maxValidity is not a duration such as 8760h; ask the platform team to correct it",
    },
    {
      name: 'an expiry beyond the limit, counted from the issue of the key',
      given: { ...policy({ maxValidity: '24h' }), ...key({ expiresAt: hoursFromNow(24) }) },
      reason: 'PolicyViolation',
      message: 'The project\'s policy limits validity to 24h; set spec.expiresAt for environment "staging" within it',
    },
    {
      name: 'an expiry beyond the limit in one environment',
      given: {
        ...policy({ maxValidity: '24h' }),
        ...key({ environments: [{ name: 'staging', expiresAt: hoursFromNow(20) }, { name: 'production' }] }),
      },
      reason: 'PolicyViolation',
      message:
        'The project\'s policy limits validity to 24h; set spec.expiresAt for environment "production" within it',
    },
    {
      name: 'a Secret name that the prefix makes too long',
      given: {
        ...policy({ secretNamePrefix: 'key-' }),
        ...key({ outputs: [{ name: 'app', secretName: 'x'.repeat(250) }] }),
      },
      reason: 'PolicyViolation',
      message:
        'With the project\'s prefix the Secret name of output "app" exceeds 253 characters; choose a shorter secretName',
    },
    {
      name: 'an interval below the least of the policy',
      given: { ...policy({ minRotationInterval: '1h' }), ...key({ rotation: { interval: '59m', overlap: '0s' } }) },
      reason: 'PolicyViolation',
      message: "The project's policy lets keys rotate every 1h at most; set spec.rotation.interval to that or more",
    },
    {
      name: 'an interval below five minutes without a policy for that',
      given: key({ rotation: { interval: '4m59s', overlap: '0s' } }),
      reason: 'PolicyViolation',
      message: "The project's policy lets keys rotate every 5m at most; set spec.rotation.interval to that or more",
    },
    {
      name: 'one key more than the policy allows',
      given: { ...fresh, ...policy({ maxKeys: 2 }), otherKeysInProject: 2 },
      reason: 'TooManyKeys',
      message:
        'KeyProject "payments" already has 2 keys, the most its policy allows; delete one, or ask the platform team to raise policy.maxKeys',
    },
    {
      name: 'the thousand and first key without a policy for that',
      given: { ...fresh, otherKeysInProject: 1000 },
      reason: 'TooManyKeys',
      message:
        'KeyProject "payments" already has 1000 keys, the most its policy allows; delete one, or ask the platform team to raise policy.maxKeys',
    },
    {
      name: 'a new name in a project that remembers ten times its keys',
      given: { ...fresh, ...policy({ maxKeys: 2 }), recordsInProject: 20 },
      reason: 'TooManyKeys',
      message:
        'KeyProject "payments" remembers 20 key names, the most it may; declare the key under one of them, or ask the platform team to raise policy.maxKeys',
    },
    {
      name: 'a tombstone brought back into a full project',
      given: { record: recordOf({ phase: 'Withdrawn' }), ...policy({ maxKeys: 2 }), otherKeysInProject: 2 },
      reason: 'TooManyKeys',
      message:
        'KeyProject "payments" already has 2 keys, the most its policy allows; delete one, or ask the platform team to raise policy.maxKeys',
    },
  ])('refuses $name', ({ given, reason, message }) => {
    expect(violationOf(given)).toEqual({ reason, message });
  });

  test.each<{ name: string; given: Given }>([
    {
      name: 'a name whose tombstone in another namespace is settled',
      given: {
        record: recordOf({
          ...elsewhere,
          phase: 'Withdrawn',
          environments: [productionEntry({ state: 'Withdrawn', places: [] })],
        }),
      },
    },
    {
      name: 'an interval of five minutes without a policy for that',
      given: key({ rotation: { interval: '5m', overlap: '0s' } }),
    },
    {
      name: 'any interval where the policy sets no least',
      given: { ...policy({ minRotationInterval: '0s' }), ...key({ rotation: { interval: '1m', overlap: '0s' } }) },
    },
    {
      name: 'an expiry just within the limit',
      given: { ...policy({ maxValidity: '24h' }), ...key({ expiresAt: hoursFromNow(23) }) },
    },
    {
      name: 'an expiry within the limit counted from now, before the first mint',
      given: { ...fresh, ...policy({ maxValidity: '24h' }), ...key({ expiresAt: hoursFromNow(24) }) },
    },
    {
      name: 'a Secret name of 253 characters with the prefix',
      given: {
        ...policy({ secretNamePrefix: 'key-' }),
        ...key({ outputs: [{ name: 'app', secretName: 'x'.repeat(249) }] }),
      },
    },
    {
      name: 'a key that is there already, in a full project',
      given: { ...policy({ maxKeys: 1 }), otherKeysInProject: 5 },
    },
    {
      name: 'the last new name that a project may remember',
      given: { ...fresh, ...policy({ maxKeys: 2 }), recordsInProject: 19 },
    },
    {
      name: 'a name that is remembered, in a project that remembers as many as it may',
      given: { record: recordOf({ phase: 'Withdrawn' }), ...policy({ maxKeys: 2 }), recordsInProject: 20 },
    },
    { name: 'a key without scopes', given: key({ scopes: [] }) },
    { name: 'a recoverable key where the policy says nothing', given: key({ recoverable: true }) },
    { name: 'a type the policy lists', given: policy({ apiKeyTypes: ['Secret'] }) },
  ])('accepts $name', ({ given }) => {
    expect(violationOf(given)).toBeUndefined();
  });

  test('tells the author whose name it is before what may be asked for', () => {
    const given = {
      record: recordOf({ ...elsewhere, type: 'Publishable' }),
      ...project({ environments: [{ name: 'other' }] }),
      ...key({ scopes: ['x'] }),
    };
    expect(violationOf(given)?.reason).toBe('DuplicateName');
  });

  test('tells nobody who may not write whether a name is taken', () => {
    const given = { record: recordOf(elsewhere), ...project({ authorNamespaces: [] }) };
    expect(violationOf(given)?.reason).toBe('NamespaceNotAllowed');
  });

  test('tells the author who may write before what may be asked for', () => {
    const given = { ...project({ authorNamespaces: [] }), ...key({ scopes: ['x'], environments: [{ name: 'qa' }] }) };
    expect(violationOf(given)?.reason).toBe('NamespaceNotAllowed');
  });

  test('tells of a project on its way out after everything that is wrong with the key itself', () => {
    const metadata = { ...keyProjectOf().metadata, deletionTimestamp: MINTED_AT };
    const given = { project: projectFacts(keyProjectOf({}, { metadata })), ...key({ environments: [{ name: 'qa' }] }) };
    expect(violationOf(given)?.reason).toBe('EnvironmentNotFound');
  });
});

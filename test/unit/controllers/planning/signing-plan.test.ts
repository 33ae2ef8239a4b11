import { describe, expect, test } from 'vitest';
import type { MintFacts } from '../../../../src/controllers/planning/mint-checks.ts';
import { planSigningSecret, type SigningEdit } from '../../../../src/controllers/planning/signing-plan.ts';
import type { SigningSecretEntry } from '../../../../src/sealing/ledger.ts';
import {
  ABSENT,
  digest,
  EU,
  held,
  hoursFromNow,
  mintFactsOf,
  present,
  productionEntry,
  secretView,
  versionEntry,
  wantedOf,
} from '../../../support/facts.ts';

const settled = mintFactsOf('production');
const secret: SigningSecretEntry = { id: 'whs_1', hash: `sha256:${digest('whsec')}` };
const waiting: SigningSecretEntry = { ...secret, destroyAt: hoursFromNow(1) };
const over: SigningSecretEntry = { ...secret, destroyAt: hoursFromNow(0) };
const order = { environment: 'production', version: 1, cause: 'FirstIssue' } as const;
const ref = { environment: 'production', version: 1, field: 'signingSecret' } as const;
const wants = { wantsSigningSecret: true };
const suspended = { target: { ...settled.target, suspended: true } };

function plan(given: Partial<MintFacts>, before: SigningSecretEntry | undefined): SigningEdit & { unchanged: boolean } {
  const version = versionEntry('production', 1, before === undefined ? {} : { signingSecret: before });
  const entry = productionEntry({ versions: [version] });
  const edit = planSigningSecret({ ...settled, ...given }, entry);
  return { ...edit, unchanged: edit.entry === entry };
}

describe('planSigningSecret', () => {
  test.each<{ name: string; given: Partial<MintFacts>; before: SigningSecretEntry | undefined }>([
    { name: 'neither wanted nor there', given: {}, before: undefined },
    { name: 'wanted and there', given: wants, before: secret },
    { name: 'not wanted and waiting', given: {}, before: waiting },
    { name: 'wanted by a suspended key', given: { ...wants, mayMint: false }, before: undefined },
    { name: 'wanted in a suspended environment', given: { ...wants, ...suspended }, before: undefined },
    { name: 'waiting and wanted in a suspended environment', given: { ...wants, ...suspended }, before: waiting },
    { name: 'no longer wanted in a suspended environment', given: suspended, before: secret },
  ])('changes nothing when one is $name', ({ given, before }) => {
    expect(plan(given, before)).toMatchObject({ unchanged: true, signing: undefined, drop: [] });
  });

  test.each<{
    name: string;
    given: Partial<MintFacts>;
    before: SigningSecretEntry | undefined;
    after: SigningSecretEntry | undefined;
    edit: Omit<SigningEdit, 'entry'>;
  }>([
    {
      name: 'mints one when it is wanted',
      given: wants,
      before: undefined,
      after: undefined,
      edit: { signing: order, drop: [] },
    },
    {
      name: 'mints another one when the old one waited too long',
      given: wants,
      before: over,
      after: undefined,
      edit: { signing: order, drop: [] },
    },
    {
      name: 'brings the same one back inside the window',
      given: wants,
      before: waiting,
      after: secret,
      edit: { signing: undefined, drop: [] },
    },
    {
      name: 'brings the same one back to a suspended key',
      given: { ...wants, mayMint: false },
      before: waiting,
      after: secret,
      edit: { signing: undefined, drop: [] },
    },
    {
      name: 'keeps one that is no longer wanted for the window',
      given: {},
      before: secret,
      after: { ...secret, destroyAt: hoursFromNow(24) },
      edit: { signing: undefined, drop: [] },
    },
    {
      name: 'destroys one at once when the window is zero',
      given: { recoveryWindowMs: 0 },
      before: secret,
      after: undefined,
      edit: { signing: undefined, drop: [ref] },
    },
    {
      name: 'destroys one when its window is over',
      given: {},
      before: over,
      after: undefined,
      edit: { signing: undefined, drop: [ref] },
    },
    {
      name: 'destroys one when its window is over in a suspended environment',
      given: suspended,
      before: over,
      after: undefined,
      edit: { signing: undefined, drop: [ref] },
    },
    {
      name: 'destroys one whose window is over although a suspended key wants it',
      given: { ...wants, mayMint: false },
      before: over,
      after: undefined,
      edit: { signing: undefined, drop: [ref] },
    },
  ])('$name', ({ given, before, after, edit }) => {
    const { entry, unchanged, ...rest } = plan(given, before);
    expect(unchanged).toBe(false);
    expect(entry.versions[0]?.signingSecret).toEqual(after);
    expect(rest).toEqual(edit);
  });

  describe('of one whose bytes nothing holds any more', () => {
    const nowhere: Pick<MintFacts, 'observe'> = { observe: () => ABSENT };
    const lost = { signing: { ...order, cause: 'MaterialLost' }, drop: [] };

    test('mints another one for the same version', () => {
      const { entry, unchanged: _unchanged, ...edit } = plan({ ...wants, ...nowhere }, secret);
      expect(edit).toEqual(lost);
      expect(entry.versions).toEqual([versionEntry('production', 1)]);
    });

    test('mints another one although the window is open', () => {
      expect(plan({ ...wants, ...nowhere }, waiting)).toMatchObject(lost);
    });

    test.each<{ name: string; given: Partial<MintFacts> }>([
      { name: 'it is sealed', given: { ...nowhere, isSealed: ({ field }) => field === 'signingSecret' } },
      { name: 'a place cannot be read', given: { observe: () => ({ kind: 'Unreachable', cause: 'Forbidden' }) } },
      { name: 'only the cache shows it gone', given: { observe: () => ({ kind: 'Absent', live: false }) } },
      {
        name: 'one Secret carries it',
        given: {
          observe: (place) => {
            const version = versionEntry('production', 1, { signingSecret: secret });
            return place.namespace === EU ? present(secretView(wantedOf(held(EU), 'production', version))) : ABSENT;
          },
        },
      },
      { name: 'the key is suspended', given: { ...nowhere, mayMint: false } },
      { name: 'the environment is suspended', given: { ...nowhere, ...suspended } },
    ])('mints none while $name', ({ given }) => {
      expect(plan({ ...wants, ...given }, secret)).toMatchObject({ unchanged: true, signing: undefined, drop: [] });
    });
  });

  describe('of a version that retires', () => {
    function planRetiring(given: Partial<MintFacts>, before: SigningSecretEntry | undefined): SigningEdit {
      const state = { state: 'Retiring', retireAt: hoursFromNow(1) } as const;
      const retiring = versionEntry('production', 1, { ...state, ...(before && { signingSecret: before }) });
      const current = versionEntry('production', 2, given.wantsSigningSecret === true ? { signingSecret: secret } : {});
      return planSigningSecret({ ...settled, ...given }, productionEntry({ versions: [current, retiring] }));
    }

    test.each<{
      name: string;
      given: Partial<MintFacts>;
      before: SigningSecretEntry | undefined;
      after: SigningSecretEntry | undefined;
      drop?: SigningEdit['drop'];
    }>([
      { name: 'stays while it is wanted', given: wants, before: secret, after: secret },
      { name: 'is never minted', given: wants, before: undefined, after: undefined },
      {
        name: 'is never minted anew',
        given: { ...wants, observe: () => ABSENT, isSealed: ({ version }) => version === 2 },
        before: secret,
        after: secret,
      },
      {
        name: 'waits for the window when it is no longer wanted',
        given: {},
        before: secret,
        after: { ...secret, destroyAt: hoursFromNow(24) },
      },
      { name: 'goes on waiting', given: {}, before: waiting, after: waiting },
      { name: 'is the same inside the window', given: wants, before: waiting, after: secret },
      { name: 'goes when its window is over', given: {}, before: over, after: undefined, drop: [ref] },
      { name: 'does not come back after its window', given: wants, before: over, after: undefined, drop: [ref] },
      { name: 'stays in a suspended environment', given: suspended, before: secret, after: secret },
    ])('$name', ({ given, before, after, drop = [] }) => {
      const edit = planRetiring(given, before);
      expect(edit.entry.versions.map(({ signingSecret }) => signingSecret)).toEqual([
        given.wantsSigningSecret === true ? secret : undefined,
        after,
      ]);
      expect(edit).toMatchObject({ signing: undefined, drop });
    });
  });

  test('changes nothing where no version is current', () => {
    const entry = productionEntry({ versions: [] });
    expect(planSigningSecret({ ...settled, ...wants }, entry)).toEqual({ entry, signing: undefined, drop: [] });
  });
});

import { describe, expect, test } from 'vitest';
import type { KeyIdentity } from '../../../src/sealing/ledger.ts';
import {
  signStatusLedger,
  verifyStatusLedger,
  type EnvironmentView,
  type StatusView,
  type VersionView,
} from '../../../src/sealing/status-mac.ts';
import { checkout, recordContext } from '../../support/sealing.ts';

const context = recordContext();
const version: VersionView = {
  version: 2,
  state: 'Retiring',
  keyId: 'k7f2m9q4x1z8',
  hash: `sha256:${'ab'.repeat(32)}`,
  createdAt: '2027-01-01T00:00:00Z',
  expiresAt: '2027-06-30T00:00:00Z',
  retireAt: '2027-01-03T00:00:00Z',
  ofKind: ['acme_sk_live_k7f2m9q4x1z8_***', 'whs_1'],
};
const production: EnvironmentView = { name: 'production', state: 'Rotating', versions: [version] };
const staging: EnvironmentView = { name: 'staging', state: 'Pending', versions: [] };
const view: StatusView = {
  state: 'Rotating',
  createdAt: '2027-01-01T00:00:00Z',
  accepted: ['charges.read', 'charges.write'],
  environments: [production, staging],
};
const frozen = { sequence: 42, mac: 'mac-1.YcaX-tmiw30PVnUIAUS_2vZp2Nt2ls2MpBElu8Zvq-E' };

describe('signStatusLedger', () => {
  test('writes the frozen MAC', () => {
    expect(signStatusLedger(context, checkout, 42, view)).toEqual(frozen);
  });
});

describe('verifyStatusLedger', () => {
  const verifies = (shown: StatusView): boolean => verifyStatusLedger(context, checkout, frozen, shown);

  test('takes what was signed', () => {
    expect(verifies(view)).toBe(true);
  });

  test.each(['project', 'kind', 'namespace', 'name'] as const)('refuses the status of another %s', (field) => {
    const other = { ...checkout, [field]: 'other' } as KeyIdentity;
    expect(verifyStatusLedger(context, other, frozen, view)).toBe(false);
  });

  test.each([41, 43, -1, Number.NaN])('refuses the sequence edited to %d', (sequence) => {
    expect(verifyStatusLedger(context, checkout, { ...frozen, sequence }, view)).toBe(false);
  });

  test('refuses the status of another installation', () => {
    const elsewhere = recordContext({ installation: 'ff112233445566778899aabbccddeeff' });
    expect(verifyStatusLedger(elsewhere, checkout, frozen, view)).toBe(false);
  });

  const inVersion = (changes: Partial<VersionView>): StatusView => ({
    ...view,
    environments: [{ ...production, versions: [{ ...version, ...changes }] }, staging],
  });
  const edits = Object.keys(version).map((field) => ({
    name: `the ${field} of a version`,
    edited: inVersion({ [field]: field === 'version' ? 3 : 'edited' }),
  }));

  test.each<{ name: string; edited: StatusView }>([
    ...edits,
    { name: 'the end of the overlap taken away', edited: inVersion({ retireAt: undefined }) },
    { name: 'the expiry taken away', edited: inVersion({ expiresAt: undefined }) },
    { name: 'a version number that is none', edited: inVersion({ version: 2.5 }) },
    { name: 'a text that is no Unicode', edited: inVersion({ hash: '\uD800' }) },
    { name: 'the state', edited: { ...view, state: 'Active' } },
    { name: 'the state taken away', edited: { ...view, state: undefined } },
    { name: 'the age', edited: { ...view, createdAt: '2028-01-01T00:00:00Z' } },
    { name: 'a scope more', edited: { ...view, accepted: [...view.accepted, 'refunds.write'] } },
    { name: 'a scope less', edited: { ...view, accepted: ['charges.read'] } },
    { name: 'two scopes as one', edited: { ...view, accepted: ['charges.readcharges.write'] } },
    {
      name: 'a scope that became an environment',
      edited: {
        ...view,
        accepted: ['charges.read'],
        environments: [{ name: 'charges.write', state: '', versions: [] }, production, staging],
      },
    },
    { name: 'the name of an environment', edited: { ...view, environments: [{ ...production, name: 'x' }, staging] } },
    {
      name: 'the state of an environment',
      edited: { ...view, environments: [{ ...production, state: 'Active' }, staging] },
    },
    { name: 'an environment less', edited: { ...view, environments: [production] } },
    { name: 'the order of environments', edited: { ...view, environments: [staging, production] } },
    {
      name: 'a version more',
      edited: { ...view, environments: [{ ...production, versions: [version, { ...version, version: 1 }] }, staging] },
    },
    {
      name: 'a version moved to another environment',
      edited: {
        ...view,
        environments: [
          { ...production, versions: [] },
          { ...staging, versions: [version] },
        ],
      },
    },
  ])('refuses an edit: $name', ({ edited }) => {
    expect(verifies(edited)).toBe(false);
  });
});

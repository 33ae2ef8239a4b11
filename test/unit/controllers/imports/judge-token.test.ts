import { beforeEach, describe, expect, test } from 'vitest';
import { judgeToken } from '../../../../src/controllers/imports/judge-token.ts';
import { tokenReservation } from '../../../../src/controllers/imports/known-tokens.ts';
import { isSameKey } from '../../../../src/controllers/planning/claims.ts';
import { Reservations } from '../../../../src/controllers/shared/reservations.ts';
import type { KeyPorts } from '../../../../src/controllers/shared/ports.ts';
import { hashToken } from '../../../../src/keys/hash.ts';
import type { Ledger, VersionState } from '../../../../src/sealing/ledger.ts';
import { revokedMark, revokedMarks } from '../../../../src/sealing/revoked-versions.ts';
import { Peppers } from '../../../../src/sealing/peppers.ts';
import { keyedTokenHash } from '../../../../src/sealing/token-hash.ts';
import { ledgerOf, productionEntry, stagingEntry, versionEntry } from '../../../support/facts.ts';
import { checkout, keyBytes } from '../../../support/sealing.ts';

const token = Buffer.from('legacy_q8RkX2vTz5LmPw0JcYf7NhGd3BsKaU9e');
const formerPepper = { id: 'pepper-1', bytes: keyBytes(99) } as const;
const former = new Peppers([{ ...formerPepper, state: 'Hashing' }]);
const peppers = new Peppers([
  { id: 'pepper-2', bytes: keyBytes(7), state: 'Hashing' },
  { ...formerPepper, state: 'Matching' },
]);
const holder = { identity: checkout, environment: 'production' };
const other = { ...checkout, name: 'refunds' };

let reservations: Reservations;
beforeEach(() => (reservations = new Reservations()));

/** What is said of the token while these ledgers are stored. */
function judged(ledgers: readonly Partial<Ledger>[], isValid = true): ReturnType<typeof judgeToken> {
  const records = ledgers.map((ledger) => ({ secret: { ledger: ledgerOf(ledger) } }));
  const hashesOf = ({ secret: { ledger } }: (typeof records)[number]): readonly string[] => [
    ...ledger.environments.flatMap(({ versions }) => versions.map(({ hash }) => hash)),
    ...(ledger.revokedMarks ?? []),
  ];
  const ports = {
    caches: {
      records: {
        lister: {
          byIndex: (_index: string, hash: string) => records.filter((record) => hashesOf(record).includes(hash)),
        },
      },
    },
    installation: {
      peppers,
      readRecord: ({ ledger }: { ledger: Ledger }) => ({ state: isValid ? 'valid' : 'invalid', ledger }),
    },
    reservations,
  } as unknown as KeyPorts;
  const own = records.map(({ secret }) => secret.ledger).filter((ledger) => isSameKey(ledger, checkout));
  return judgeToken(ports, holder, token, new Set(own.flatMap((ledger) => [...revokedMarks(ledger)])));
}

function withVersion(hash: string, state: VersionState): Pick<Ledger, 'environments'> {
  return { environments: [productionEntry({ versions: [versionEntry('production', 1, { hash, state })] })] };
}

const mine = keyedTokenHash(peppers, token);
const revoked = versionEntry('staging', 1, { hash: mine, state: 'Revoked' });
const revocation = { reason: 'Compromised', since: '2027-03-01T12:00:00Z', throughVersion: 1 } as const;
const accepted = { kind: 'Read', sourceHash: mine };

describe('judgeToken', () => {
  test.each<[string, Partial<Ledger>]>([
    ['nobody has', withVersion(hashToken('another'), 'Current')],
    ['another key imported and gave up', { ...other, ...withVersion(mine, 'Retired') }],
    ['this environment had before', withVersion(mine, 'Retired')],
    ['this environment has under a former pepper', withVersion(keyedTokenHash(former, token), 'Retiring')],
  ])('takes a token that %s', (_name, ledger) => {
    expect(judged([ledger])).toEqual(accepted);
  });

  test.each<[string, Partial<Ledger>]>([
    ['another key imported', { ...other, ...withVersion(mine, 'Current') }],
    [
      'another key imported under a former pepper',
      { ...other, ...withVersion(keyedTokenHash(former, token), 'Current') },
    ],
    ['another key still accepts', { ...other, ...withVersion(mine, 'Retiring') }],
    ['another key had revoked', { ...other, ...withVersion(mine, 'Revoked') }],
    ['another key had revoked as it retired', { ...other, ...withVersion(mine, 'Retired'), revocation }],
    ['another key had revoked long ago', { ...other, environments: [], revokedMarks: [revokedMark({ hash: mine })] }],
    ['a key of this name in another project has', { ...checkout, project: 'billing', ...withVersion(mine, 'Current') }],
    ['we minted', { ...other, ...withVersion(hashToken(token), 'Current') }],
    ['we minted and retired', { ...other, ...withVersion(hashToken(token), 'Retired') }],
    ['we minted for this environment', withVersion(hashToken(token), 'Current')],
    [
      'another environment of the key has',
      { environments: [{ ...productionEntry({ versions: [versionEntry('x', 1, { hash: mine })] }), name: 'staging' }] },
    ],
  ])('refuses a token that %s, without saying whose it is', (_name, ledger) => {
    const answer = judged([ledger]);
    expect(answer).toMatchObject({ kind: 'Refused', reason: 'DuplicateKey' });
    expect(JSON.stringify(answer)).not.toMatch(/refunds|billing|staging/);
  });

  test.each<[string, Partial<Ledger>]>([
    ['was revoked', withVersion(mine, 'Revoked')],
    ['was revoked under a former pepper', withVersion(keyedTokenHash(former, token), 'Revoked')],
    ['was minted here and revoked', withVersion(hashToken(token), 'Revoked')],
    ['had retired before its number was taken back', { ...withVersion(mine, 'Retired'), revocation }],
    ['another environment of the key had revoked', { environments: [stagingEntry({ versions: [revoked] })] }],
    ['was revoked long ago', { environments: [], revokedMarks: [revokedMark({ hash: mine })] }],
    [
      'was revoked long ago under a former pepper',
      { environments: [], revokedMarks: [revokedMark({ hash: keyedTokenHash(former, token) })] },
    ],
    ['was minted here and revoked long ago', { revokedMarks: [revokedMark({ hash: hashToken(token) })] }],
  ])('refuses a token that %s', (_name, ledger) => {
    expect(judged([ledger])).toMatchObject({ kind: 'Refused', reason: 'RevokedMaterial' });
  });

  test.each([
    ['under the pepper of now', mine],
    ['under a former pepper', keyedTokenHash(former, token)],
  ])('tells by which mark a revoked token is known %s', (_name, hash) => {
    expect(judged([withVersion(hash, 'Revoked')])).toMatchObject({ marks: [revokedMark({ hash })] });
  });

  test('refuses a token that another key is about to import, and no longer when it gave that up', () => {
    reservations.reserve(other, [tokenReservation(mine)]);
    expect(judged([])).toMatchObject({ kind: 'Refused', reason: 'DuplicateKey' });
    reservations.release(other, [tokenReservation(mine)]);
    expect(judged([])).toEqual(accepted);
  });

  test('takes what this key itself is about to import', () => {
    reservations.reserve(checkout, [tokenReservation(mine)]);
    expect(judged([])).toEqual(accepted);
  });

  test('believes no ledger that does not verify', () => {
    expect(judged([{ ...other, ...withVersion(mine, 'Current') }], false)).toEqual(accepted);
  });
});

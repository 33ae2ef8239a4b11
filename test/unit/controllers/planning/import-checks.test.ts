import { describe, expect, test } from 'vitest';
import { Reason } from '../../../../src/api/conditions.ts';
import { judgedImports, sourceRefusals } from '../../../../src/controllers/planning/import-checks.ts';
import type { ImportFacts } from '../../../../src/controllers/planning/import-facts.ts';
import type { PolicyFacts } from '../../../../src/controllers/planning/key-rules.ts';
import {
  cryptoEnvironment,
  cryptoFacts,
  cryptoRecord,
  cryptoVersion,
  keyedHash,
} from '../../../support/partner-key.ts';

const read: ImportFacts = { kind: 'Read', sourceHash: keyedHash('a'), algorithm: 'EC-P256' };
const missing: ImportFacts = { kind: 'Missing', reason: Reason.ImportSourceMissing, message: 'It is not there' };
const refused: ImportFacts = { kind: 'Refused', reason: Reason.ImportNotAllowed, message: 'It may not be read' };
const unanswered: ImportFacts = { kind: 'Unanswered', namespace: 'a' };
const unfit: ImportFacts = { kind: 'Read', sourceHash: keyedHash('b'), algorithm: 'EC-P384' };

/** What production has in force. */
const having = (...versions: Parameters<typeof cryptoEnvironment>[1] & object): Partial<PolicyFacts> => ({
  record: cryptoRecord({ environments: [cryptoEnvironment('production', versions)] }),
});
const nothing: Partial<PolicyFacts> = { record: { kind: 'Absent' }, provenSequence: 0 };
const retired = having(cryptoVersion('production', 1, { origin: 'Imported' }, { state: 'Retired' }));
const minted = having(cryptoVersion('production', 1));
const imported = having(cryptoVersion('production', 1, { origin: 'Imported', source: keyedHash('a') }));

const revocation = { reason: 'Compromised', since: '2027-03-01T12:00:00Z', throughVersion: 1 } as const;
const revokedFrom = (...versions: Parameters<typeof cryptoEnvironment>[1] & object): Partial<PolicyFacts> => ({
  record: cryptoRecord({ environments: [cryptoEnvironment('production', versions)], revocation, lastVersion: 2 }),
});
const source = { origin: 'Imported', source: keyedHash('a') } as const;
const revoked = revokedFrom(cryptoVersion('production', 1, source, { state: 'Revoked' }));
const overtaken = revokedFrom(
  cryptoVersion('production', 2, { ...source, source: keyedHash('c') }),
  cryptoVersion('production', 1, source, { state: 'Retired' }),
);
const returned = revokedFrom(
  cryptoVersion('production', 2, source),
  cryptoVersion('production', 1, source, { state: 'Retired' }),
);

describe('A source', () => {
  test.each<{ name: string; facts: Partial<PolicyFacts>; found: ImportFacts; want: Reason | undefined }>([
    { name: 'that holds what fits is fine', facts: nothing, found: read, want: undefined },
    { name: 'that is missing says so', facts: nothing, found: missing, want: missing.reason },
    {
      name: 'that is missing says so where what it held has retired',
      facts: retired,
      found: missing,
      want: missing.reason,
    },
    {
      name: 'that is missing says so where a key was minted before',
      facts: minted,
      found: missing,
      want: missing.reason,
    },
    { name: 'that is gone after it was imported changes nothing', facts: imported, found: missing, want: undefined },
    { name: 'that is refused says why', facts: nothing, found: refused, want: refused.reason },
    { name: 'that is refused after it was imported says why', facts: imported, found: refused, want: refused.reason },
    { name: 'that gives no answer says nothing', facts: imported, found: unanswered, want: undefined },
    { name: 'that holds another algorithm is refused', facts: imported, found: unfit, want: Reason.TypeMismatch },
    { name: 'that holds what was revoked is refused', facts: revoked, found: read, want: Reason.RevokedMaterial },
    {
      name: 'that holds what retired before its number was taken back is refused',
      facts: overtaken,
      found: read,
      want: Reason.RevokedMaterial,
    },
    { name: 'that holds what is in force again is fine', facts: returned, found: read, want: undefined },
  ])('$name', ({ facts, found, want }) => {
    const refusals = sourceRefusals(cryptoFacts({}, { ...facts, imports: new Map([['production', found]]) }));
    expect(refusals.map(({ environment, reason }) => [environment, reason])).toEqual(
      want === undefined ? [] : [['production', want]],
    );
  });

  test('that was imported is not judged by itself again', () => {
    const facts = cryptoFacts(
      { algorithm: 'EC-P521', import: { secretKeyRef: { name: 'partner-keys', key: 'prod.pem' } } },
      { ...imported, imports: new Map([['production', read]]) },
    );
    expect(judgedImports(facts).get('production')).toBe(read);
    expect(facts.violation?.reason).toBe(Reason.TypeMismatch);
  });

  test('that is refused leaves the key accepted', () => {
    expect(cryptoFacts({}, { imports: new Map([['production', refused]]) }).violation).toBeUndefined();
  });

  test('is refused beside others', () => {
    const imports = new Map([
      ['staging', missing],
      ['production', refused],
    ]);
    expect(sourceRefusals(cryptoFacts({}, { ...nothing, imports }))).toEqual([
      { environment: 'staging', reason: missing.reason, message: missing.message },
      { environment: 'production', reason: refused.reason, message: refused.message },
    ]);
  });
});

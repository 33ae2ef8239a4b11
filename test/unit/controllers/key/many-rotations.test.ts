/** What a record remembers of a key that rotates for years, and that this never stops it from rotating. */
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../../../src/sealing/canonical-json.ts';
import { isLedger } from '../../../../src/sealing/ledger-schema.ts';
import { DEAD_VERSIONS_KEPT, TRIGGERS_KEPT, type Ledger, type VersionEntry } from '../../../../src/sealing/ledger.ts';
import { revokedMark, revokedMarks } from '../../../../src/sealing/revoked-versions.ts';
import { API_KEY_WORLD, CRYPTO_KEY_WORLD } from '../../../support/world/kind.ts';
import { Operator } from '../../../support/world/operator.ts';

const ROTATIONS = 300;

function ledgerIn({ world }: Operator): Ledger {
  const { record } = world.server;
  if (record === undefined) throw new RangeError('There is no record');
  return record.ledger;
}

/** Orders one rotation after the other. Every third time what was current is revoked in the same edit. */
function rotateOften(operator: Operator): readonly VersionEntry[] {
  const taken = new Map<string, VersionEntry>();
  operator.passAndRest();
  for (let at = 1; at <= ROTATIONS; at += 1) {
    const { lastVersion, environments } = ledgerIn(operator);
    const isLeaked = at % 3 === 0;
    if (isLeaked) for (const { versions } of environments) for (const one of versions) taken.set(one.hash, one);
    const revocation = isLeaked && { revocation: { reason: 'Compromised' as const, throughVersion: lastVersion } };
    const rotation = { trigger: `order-${at}`, overlap: '0s' };
    operator.run({ kind: 'event', event: { kind: 'editKey', spec: { rotation, ...revocation } } });
    operator.run({ kind: 'event', event: { kind: 'pass', hours: 1 } });
    operator.passAndRest();
  }
  return [...taken.values()];
}

describe.each([API_KEY_WORLD, CRYPTO_KEY_WORLD])('$name that rotated 300 times', (kind) => {
  const operator = new Operator(undefined, kind);
  const taken = rotateOften(operator);
  const ledger = ledgerIn(operator);

  test('followed every order', () => {
    expect(ledger.lastVersion).toBe(ROTATIONS + 1);
    expect(ledger.environments.map(({ versions }) => versions[0]?.state)).toEqual(['Current', 'Current']);
  });

  test('remembers the newest orders and versions, in a record that can be read back', () => {
    expect(isLedger(ledger)).toBe(true);
    expect(ledger.triggers).toHaveLength(TRIGGERS_KEPT);
    expect(ledger.environments.map(({ versions }) => versions.map(({ version }) => version))).toEqual(
      ['staging', 'production'].map(() =>
        Array.from({ length: DEAD_VERSIONS_KEPT + 1 }, (_, at) => ROTATIONS + 1 - at),
      ),
    );
  });

  test('knows everything again that was revoked', () => {
    const marks = revokedMarks(ledger);
    expect(taken.length).toBeGreaterThan(2 * ROTATIONS * 0.9);
    expect(taken.filter((version) => !marks.has(revokedMark(version)))).toEqual([]);
  });

  test('has a ledger that leaves room for two versions of the largest imports', () => {
    expect(canonicalJson(ledger).length).toBeLessThan(100 * 1024);
  });
});

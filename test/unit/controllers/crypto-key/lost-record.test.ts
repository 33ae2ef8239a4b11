import { describe, expect, test } from 'vitest';
import type { CryptoKeySpec } from '../../../../src/api/generated/crypto-key.ts';
import { planKey } from '../../../../src/controllers/key/plan.ts';
import type { DeclaredFacts, JudgedFacts } from '../../../../src/controllers/planning/key-rules.ts';
import type { RecordChange } from '../../../../src/controllers/planning/record-change.ts';
import { present, recordOf } from '../../../support/facts.ts';
import { cryptoEntries, cryptoKeyOf, cryptoKeyStatus, settledCryptoKey } from '../../../support/crypto-facts.ts';

const published = settledCryptoKey();

/** The record is gone; status and every Secret are as they were, and read live. */
function withoutRecord(changes: Partial<DeclaredFacts> = {}): JudgedFacts {
  const { observations, object } = published;
  const seen = [...observations].flatMap(([place, seenThere]) =>
    seenThere.kind === 'Present' ? [[place, present(seenThere.secret)] as const] : [],
  );
  return settledCryptoKey({
    object,
    record: { kind: 'Absent' },
    isLive: true,
    proven: seen.flatMap(([, one]) => (one.kind === 'Present' ? [one.secret] : [])),
    observations: new Map(seen),
    believedStatus: object.status,
    ...changes,
  });
}

function settledBy(facts: JudgedFacts): RecordChange {
  const step = planKey(facts);
  if (step?.kind !== 'WriteRecord') throw new Error(`Planned ${step?.kind ?? 'nothing'}`);
  return step.change;
}

describe('A CryptoKey whose record is gone', () => {
  test('is known again by what was published of it, and its Secrets stay as they are', () => {
    const facts = withoutRecord();
    const change = settledBy(facts);
    expect(change.settles).toBe(true);
    expect(change.ledger.environments.map(({ versions }) => versions[0]?.crypto)).toEqual(
      cryptoEntries().map(({ versions }) => versions[0]?.crypto),
    );
    const rebuilt = { ...facts, record: recordOf(change.ledger), provenSequence: change.ledger.sequence };
    expect(cryptoKeyStatus(rebuilt).environments).toEqual(published.object.status?.environments);
    expect(planKey(rebuilt)?.kind).toBe('WriteStatus');
  });

  test('waits for an admin if nothing was published that can be believed, also without an algorithm in spec', () => {
    const { algorithm: _detected, ...spec } = cryptoKeyOf().spec;
    const imported: CryptoKeySpec = { ...spec, import: { secretKeyRef: { name: 'partner', key: 'prod.pem' } } };
    const step = planKey(withoutRecord({ object: { ...published.object, spec: imported }, believedStatus: undefined }));
    if (step?.kind !== 'WriteStatus') throw new Error(`Planned ${step?.kind ?? 'nothing'}`);
    expect(step.status.conditions).toContainEqual(
      expect.objectContaining({ type: 'Ready', status: 'False', reason: 'RecordRolledBack' }),
    );
  });
});

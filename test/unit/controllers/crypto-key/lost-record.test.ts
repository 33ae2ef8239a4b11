import { describe, expect, test } from 'vitest';
import { ACCEPT_ROLLBACK_ANNOTATION } from '../../../../src/api/labels.ts';
import { planKey } from '../../../../src/controllers/key/plan.ts';
import { planSettlement } from '../../../../src/controllers/key/settlement/settlement-plan.ts';
import type { DeclaredFacts, JudgedFacts } from '../../../../src/controllers/planning/key-rules.ts';
import type { RecordChange } from '../../../../src/controllers/planning/record-change.ts';
import type { SecretView } from '../../../../src/controllers/planning/secret-view.ts';
import { present, recordOf } from '../../../support/facts.ts';
import { cryptoEntries, cryptoKeyStatus, settledCryptoKey } from '../../../support/crypto-facts.ts';

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

  test('waits for an admin if nothing was published that can be believed: its Secrets may hold the only copy', () => {
    const facts = withoutStatus({ kind: 'Absent' });
    const step = planKey(facts);
    if (step?.kind !== 'WriteStatus') throw new Error(`Planned ${step?.kind ?? 'nothing'}`);
    expect(step.status.conditions).toContainEqual(
      expect.objectContaining({
        type: 'Ready',
        status: 'False',
        reason: 'RecordRolledBack',
        message: expect.stringMatching(/^Secret "payments-staging\/checkout" proves version 2/) as string,
      }),
    );
    const reported = { ...facts, object: { ...facts.object, status: step.status } };
    expect(planKey(reported)).toBeUndefined();
  });

  test('waits for an admin, too, beside a record that is older than its version, and keeps what is sealed there', () => {
    expect(planSettlement(withoutStatus(published.record))).toBeUndefined();
  });

  test('gives the version up when an admin accepts that, and not before', () => {
    const { metadata, ...object } = bare;
    const accepting = (sequence: string): Pick<DeclaredFacts, 'object'> => ({
      object: { ...object, metadata: { ...metadata, annotations: { [ACCEPT_ROLLBACK_ANNOTATION]: sequence } } },
    });
    expect(planSettlement(withoutStatus(published.record, accepting('8')))).toBeUndefined();
    expect(planSettlement(withoutStatus(published.record, accepting('9')))?.kind).toBe('WriteRecord');
  });
});

const { status: _lost, ...bare } = published.object;

/** Status is lost, and every Secret proves version 2 at sequence 9. */
function withoutStatus(record: DeclaredFacts['record'], changes: Partial<DeclaredFacts> = {}): JudgedFacts {
  const proven = [...published.observations.values()].flatMap((seen): SecretView[] => {
    if (seen.kind !== 'Present' || seen.secret.proof === undefined) return [];
    return [{ ...seen.secret, proof: { ...seen.secret.proof, version: 2, keyId: 'k00000000002', sequence: 9 } }];
  });
  return settledCryptoKey({
    object: bare,
    record,
    isLive: true,
    proven,
    provenSequence: 9,
    observations: new Map(proven.map((secret) => [`${secret.namespace}/${secret.name}`, present(secret)])),
    believedStatus: undefined,
    ...changes,
  });
}

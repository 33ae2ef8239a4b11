import { describe, expect, test } from 'vitest';
import { applyRecord } from '../../../../src/controllers/key/apply-record.ts';
import { planKey } from '../../../../src/controllers/key/plan.ts';
import { reconcileKey } from '../../../../src/controllers/key/reconcile.ts';
import type { Step } from '../../../../src/controllers/key/step.ts';
import type { DeclaredFacts } from '../../../../src/controllers/planning/key-rules.ts';
import type { MintOrder, RecordChange } from '../../../../src/controllers/planning/record-change.ts';
import { placeKey } from '../../../../src/controllers/planning/secret-view.ts';
import { FirstIssues } from '../../../../src/controllers/shared/first-issues.ts';
import { Failures } from '../../../../src/controllers/shared/failures.ts';
import { Reservations } from '../../../../src/controllers/shared/reservations.ts';
import type { KeyPorts } from '../../../../src/controllers/shared/ports.ts';
import { CRYPTO_KEY_RULES } from '../../../../src/controllers/crypto-key/rules.ts';
import { ApiError } from '../../../../src/kube/errors/api-error.ts';
import { JobError } from '../../../../src/threads/job-error.ts';
import type { KeyIdentity } from '../../../../src/sealing/ledger.ts';
import { cryptoKeyOf, settledCryptoKey, signing } from '../../../support/crypto-facts.ts';
import { held, STAGING } from '../../../support/facts.ts';

const { signal } = new AbortController();
const unissued: Partial<DeclaredFacts> = { record: { kind: 'Absent' }, provenSequence: 0, observations: new Map() };

/** The change that a step writes. */
function changeOf(step: Step | undefined): RecordChange {
  if (step?.kind !== 'WriteRecord') throw new Error(`Planned ${step?.kind ?? 'nothing'}`);
  return step.change;
}

describe('A slow key that is being made', () => {
  const facts = settledCryptoKey({ ...unissued, object: cryptoKeyOf() });
  const making: readonly MintOrder[] = changeOf(planKey(facts)).mints;

  test('is told of in one status write, after which the pass has nothing left to do', () => {
    const step = planKey({ ...facts, making });
    if (step?.kind !== 'WriteStatus') throw new Error(`Planned ${step?.kind ?? 'nothing'}`);
    expect(step.status.conditions).toContainEqual(
      expect.objectContaining({
        type: 'Ready',
        status: 'Unknown',
        message: 'Generating RSA-3072 for environment "staging" (and 1 more)',
      }),
    );
    const reported = { ...facts, object: { ...cryptoKeyOf(), status: step.status } };
    expect(planKey({ ...reported, making })).toBeUndefined();
    // Woken for another cause it asks for its key again, and writes nothing on the way there.
    expect(planKey(reported)?.kind).toBe('WriteRecord');
  });

  test('leaves its places to others as long as nothing is written, also when it could not be made', async () => {
    const reservations = new Reservations();
    let answer = (): undefined => undefined;
    const caches = { records: { lister: { byIndex: () => [], countByIndex: () => 0 } } };
    const desk = { take: () => answer() };
    const ports = { caches, reservations, desk, firstIssues: new FirstIssues() } as unknown as KeyPorts;
    const change = changeOf(planKey(facts));
    const place = placeKey(held(STAGING));
    const result = await applyRecord(ports, change, { facts, stored: undefined }, signal);
    expect(result.facts.making).toEqual(making);
    expect(reservations.ownerOf(place)).toBeUndefined();
    answer = () => {
      throw new JobError('WorkerLost');
    };
    await expect(applyRecord(ports, change, { facts, stored: undefined }, signal)).rejects.toThrow(JobError);
    expect(reservations.ownerOf(place)).toBeUndefined();
  });

  test('is forgotten by the pass after which nothing asks for it', async () => {
    const forgotten: KeyIdentity[] = [];
    const nothing = { lister: { get: () => undefined, byIndex: () => [], countByIndex: () => 0 } };
    const notFound = new ApiError({ status: 404, reason: 'NotFound', message: '' });
    const ports = {
      clock: { now: () => facts.now },
      caches: {
        keys: { ApiKey: nothing, CryptoKey: nothing },
        projects: nothing,
        records: nothing,
        secrets: nothing,
      },
      client: { get: () => Promise.reject(notFound) },
      kinds: { CryptoKey: CRYPTO_KEY_RULES },
      installation: { state: undefined, macContext: undefined },
      firstIssues: new FirstIssues(),
      reservations: new Reservations(),
      desk: { forget: (identity: KeyIdentity) => forgotten.push(identity) },
      judging: { forget: () => {} },
    } as unknown as KeyPorts;
    await reconcileKey(ports, signing, new Failures(), signal);
    expect(forgotten).toEqual([signing]);
  });
});

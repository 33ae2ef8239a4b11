import { describe, expect, test } from 'vitest';
import type { CryptoKeyStatus } from '../../../../src/api/generated/crypto-key.ts';
import { planKey } from '../../../../src/controllers/key/plan.ts';
import type { RecordFacts } from '../../../../src/controllers/planning/key-facts.ts';
import type { DeclaredFacts } from '../../../../src/controllers/planning/key-rules.ts';
import type { Observation, SecretView } from '../../../../src/controllers/planning/secret-view.ts';
import { conditionOf } from '../../../../src/kube/objects/conditions.ts';
import type { CryptoEntry, EnvironmentEntry } from '../../../../src/sealing/ledger.ts';
import {
  cryptoEntries,
  cryptoKeyOf,
  cryptoKeyStatus,
  cryptoVersion,
  settledCryptoKey,
} from '../../../support/crypto-facts.ts';
import {
  ABSENT,
  apiKeyStatus,
  EU,
  present,
  productionEntry,
  recordOf,
  settled,
  stagingEntry,
} from '../../../support/facts.ts';
import { keyedHash } from '../../../support/partner-key.ts';

const KEK = { provider: 'keyring', kekId: 'kek-2' };
const V4 = '0123456789ABCDEF0123456789ABCDEF01234567';
const V6 = `CB186C4F0609A697${'0'.repeat(48)}`;

/** The key in staging and production. */
function entries(staging: Partial<CryptoEntry>, production: Partial<CryptoEntry>): readonly EnvironmentEntry[] {
  return [
    stagingEntry({ versions: [cryptoVersion('staging', 1, staging)] }),
    productionEntry({ versions: [cryptoVersion('production', 1, production)] }),
  ];
}

function sealedBy(record: RecordFacts, kek: typeof KEK | undefined): RecordFacts {
  if (record.kind !== 'Valid') throw new Error('No record');
  return { ...record, sealedBy: kek };
}

test('a suspended CryptoKey promises no verifier that refuses it', () => {
  const suspended = settledCryptoKey({ object: cryptoKeyOf({ suspended: true }) });
  const ready = conditionOf(cryptoKeyStatus(suspended), 'Ready');
  expect(ready).toMatchObject({ status: 'True', reason: 'Suspended' });
  expect(ready?.message).toMatch(/^Suspended: no version is issued, its Secrets stay/);
});

describe('a CryptoKey that its record has lost', () => {
  const { record, observations } = settledCryptoKey();
  const unsealed = record.kind === 'Valid' ? { ...record, sealed: [] } : record;
  const [place = '', seen] = [...observations].find(([key]) => key.startsWith(EU)) ?? [];
  const immutable = (secret: SecretView): Observation => present({ ...secret, immutable: true, labels: {} });
  const ordered = 'The record has lost this key; restore the record, or order another by rotation.trigger';
  const imports = new Map([['production', { kind: 'Read', sourceHash: keyedHash('key') } as const]]);

  test.each<{ name: string; found: Observation; changes?: Partial<DeclaredFacts>; message: string }>([
    { name: 'a Secret that is missing', found: ABSENT, message: ordered },
    {
      name: 'a Secret that can only be made anew',
      found: seen?.kind === 'Present' ? immutable(seen.secret) : ABSENT,
      message: ordered,
    },
    {
      name: 'a Secret that is missing, of a key that is imported',
      found: ABSENT,
      changes: { imports },
      message: 'The record has lost this key; restore the record, or import another',
    },
  ])('says what brings back $name', ({ found, changes = {}, message }) => {
    const lost = settledCryptoKey({
      record: unsealed,
      observations: new Map([...observations, [place, found]]),
      ...changes,
    });
    const rows = cryptoKeyStatus(lost).environments?.flatMap(({ namespaces = [] }) => namespaces) ?? [];
    expect(rows.find(({ name }) => name === EU)).toMatchObject({ success: false, reason: 'DeliveryFailed', message });
  });
});

describe('status.summary of a CryptoKey', () => {
  const aes = { algorithm: 'AES-256', form: 'Raw', bits: 256, fingerprint: undefined } as unknown as CryptoEntry;
  const pgp = { ...aes, algorithm: 'OpenPGP-ECC', form: 'OpenPgpPrivate' } as const;
  const shared = { fingerprint: `SHA256:${'y'.repeat(43)}` };

  test.each<{ name: string; given: readonly EnvironmentEntry[]; want: NonNullable<CryptoKeyStatus['summary']> }>([
    {
      name: 'names the key of the first environment and how many others there are',
      given: cryptoEntries(),
      want: { algorithm: 'RSA-3072', fingerprint: 'SHA256:stagingxxxxx +1', origin: 'Generated' },
    },
    {
      name: 'counts a shared key once',
      given: entries(shared, shared),
      want: { algorithm: 'RSA-3072', fingerprint: 'SHA256:yyyyyyyyyyyy', origin: 'Generated' },
    },
    {
      name: 'counts other algorithms, and calls origins that differ mixed',
      given: entries({ origin: 'Imported' }, { algorithm: 'EC-P256' }),
      want: { algorithm: 'RSA-3072 +1', fingerprint: 'SHA256:stagingxxxxx +1', origin: 'Mixed' },
    },
    {
      name: 'shows the check value of symmetric keys, which are told apart by their hashes',
      given: entries({ ...aes, kcv: 'DC95C0' }, { ...aes, kcv: 'DC95C0' }),
      want: { algorithm: 'AES-256', fingerprint: 'KCV DC95C0 +1', origin: 'Generated' },
    },
    {
      name: 'shows the key id of OpenPGP keys as gpg does',
      given: entries({ ...pgp, openpgpFingerprint: V4 }, { ...pgp, openpgpFingerprint: V4 }),
      want: { algorithm: 'OpenPGP-ECC', fingerprint: 'PGP 89ABCDEF01234567', origin: 'Generated' },
    },
    {
      name: 'shows the key id of newer OpenPGP keys, which is the start of the fingerprint',
      given: entries({ ...pgp, openpgpFingerprint: V6 }, { ...pgp, openpgpFingerprint: V6 }),
      want: { algorithm: 'OpenPGP-ECC', fingerprint: 'PGP CB186C4F0609A697', origin: 'Generated' },
    },
  ])('$name', ({ given, want }) => {
    const { algorithm, fingerprint, origin } = cryptoKeyStatus(settledCryptoKey({}, given)).summary ?? {};
    expect({ algorithm, fingerprint, origin }).toEqual(want);
  });

  test('says nothing of a key that has no version', () => {
    const record: RecordFacts = { kind: 'Absent' };
    expect(cryptoKeyStatus(settledCryptoKey({ record, provenSequence: 0 })).summary).toEqual({ environments: '0/2' });
  });
});

describe('status.quantumVulnerable', () => {
  test('tells of the algorithms that are issued', () => {
    expect(cryptoKeyStatus(settledCryptoKey()).quantumVulnerable).toBe(true);
    const aes = { algorithm: 'AES-256', form: 'Raw', bits: 256 } as const;
    expect(cryptoKeyStatus(settledCryptoKey({}, cryptoEntries(aes))).quantumVulnerable).toBe(false);
  });

  test('tells nothing of the key that another namespace has under this name', () => {
    const { record } = settledCryptoKey();
    if (record.kind !== 'Valid') throw new Error('No record');
    const theirs = { ...record, ledger: { ...record.ledger, namespace: 'someone-else' } };
    expect(cryptoKeyStatus(settledCryptoKey({ record: theirs }))).not.toHaveProperty('quantumVulnerable');
  });
});

describe('status.sealing', () => {
  test('is what the record says of itself, and a KEK that wraps it anew is reported once', () => {
    const facts = settledCryptoKey();
    const rewrapped = { ...facts, record: sealedBy(facts.record, KEK) };
    const step = planKey(rewrapped);
    if (step?.kind !== 'WriteStatus') throw new Error(`Planned ${step?.kind ?? 'nothing'}`);
    expect((step.status as CryptoKeyStatus).sealing).toEqual(KEK);
    expect(planKey({ ...rewrapped, object: { ...facts.object, status: step.status } })).toBeUndefined();
  });

  test('is absent while nothing is sealed', () => {
    const facts = settledCryptoKey();
    expect(cryptoKeyStatus({ ...facts, record: sealedBy(facts.record, undefined) })).not.toHaveProperty('sealing');
  });

  test('stays as it was published while the record does not verify', () => {
    const facts = settledCryptoKey();
    const shown = cryptoKeyStatus({ ...facts, record: sealedBy(facts.record, KEK) });
    const record: RecordFacts = { kind: 'Invalid', problem: 'BadMac', resourceVersion: '1' };
    expect(cryptoKeyStatus({ ...facts, record, believedStatus: shown }).sealing).toEqual(KEK);
  });

  test('is shown of no ApiKey, so that wrapping its record anew writes no status', () => {
    const facts = settled({ record: sealedBy(recordOf(), KEK) });
    expect(apiKeyStatus(facts)).not.toHaveProperty('sealing');
    expect(planKey(facts)).toBeUndefined();
  });
});

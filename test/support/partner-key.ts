import type { CryptoKey, CryptoKeySpec } from '../../src/api/generated/crypto-key.ts';
import { FINALIZER } from '../../src/api/labels.ts';
import { CRYPTO_KEY_RULES } from '../../src/controllers/crypto-key/rules.ts';
import { judged } from '../../src/controllers/key/acceptance-checks.ts';
import type { RecordFacts } from '../../src/controllers/planning/key-facts.ts';
import type { JudgedFacts, PolicyFacts } from '../../src/controllers/planning/key-rules.ts';
import type { CryptoEntry, EnvironmentEntry, KeyIdentity, Ledger, VersionEntry } from '../../src/sealing/ledger.ts';
import {
  INSTALLATION,
  keyProjectOf,
  ledgerOf,
  MINTED_AT,
  NOW,
  productionEntry,
  projectFacts,
  recordOf,
  stagingEntry,
  versionEntry,
} from './facts.ts';

export const partner: KeyIdentity = {
  project: 'payments',
  kind: 'CryptoKey',
  namespace: 'payments-config',
  name: 'partner',
};

export function cryptoKeyOf(spec: Partial<CryptoKeySpec> = {}): CryptoKey {
  return {
    apiVersion: 'keywright.dev/v1alpha1',
    kind: 'CryptoKey',
    metadata: {
      name: partner.name,
      namespace: partner.namespace,
      uid: 'uid-partner',
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: MINTED_AT,
      finalizers: [FINALIZER],
    },
    spec: {
      project: partner.project,
      type: 'KeyPair',
      algorithm: 'EC-P256',
      environments: [{ name: 'staging' }, { name: 'production' }],
      ...spec,
    },
  };
}

/** Keyed, as the hash of everything but a token that we minted. @param label Stands for the bytes. */
export function keyedHash(label: string): string {
  return `hmac-sha256:pepper-1:${Buffer.from(label).toString('hex').padEnd(64, '0').slice(0, 64)}`;
}

export function cryptoEntry(changes: Partial<CryptoEntry> = {}): CryptoEntry {
  return { algorithm: 'EC-P256', form: 'Pkcs8', bits: 256, origin: 'Generated', ...changes };
}

export function cryptoVersion(
  environment: string,
  version: number,
  crypto: Partial<CryptoEntry> = {},
  changes: Partial<VersionEntry> = {},
): VersionEntry {
  const { mask: _token, ...entry } = versionEntry(environment, version);
  return { ...entry, hash: keyedHash(`${environment}-${version}`), crypto: cryptoEntry(crypto), ...changes };
}

export function cryptoEnvironment(
  name: 'staging' | 'production',
  versions: readonly VersionEntry[] = [cryptoVersion(name, 1)],
  changes: Partial<EnvironmentEntry> = {},
): EnvironmentEntry {
  return { ...(name === 'staging' ? stagingEntry() : productionEntry()), versions, ...changes };
}

/** Version 1 is current in staging and in production. */
export function cryptoLedger(changes: Partial<Ledger> = {}): Ledger {
  const environments = [cryptoEnvironment('staging'), cryptoEnvironment('production')];
  return ledgerOf({ ...partner, type: 'KeyPair', environments, ...changes });
}

export function cryptoRecord(ledger: Partial<Ledger> = {}): RecordFacts {
  return recordOf(cryptoLedger(ledger));
}

/** What the planning of a CryptoKey looks at, of which each test changes what it is about. */
export function cryptoFacts(
  spec: Partial<CryptoKeySpec> = {},
  changes: Partial<PolicyFacts> = {},
): JudgedFacts & PolicyFacts {
  const { projectSpec = keyProjectOf().spec, ...others } = changes;
  const facts: PolicyFacts = {
    now: NOW,
    identity: partner,
    rules: CRYPTO_KEY_RULES,
    imports: new Map(),
    installation: 'Ready',
    project: projectFacts(keyProjectOf(projectSpec)),
    projectSpec,
    record: cryptoRecord(),
    isLive: false,
    statusIsSigned: true,
    proven: [],
    provenSequence: 2,
    observations: new Map(),
    claims: new Map(),
    otherKeysInProject: 0,
    recordsInProject: 0,
    kindIsTerminating: false,
    signLedger: (sequence) => ({ sequence, mac: `mac-1.${INSTALLATION}` }),
    believedStatus: undefined,
    object: cryptoKeyOf(spec),
    ...others,
  };
  return { ...facts, ...judged(facts) };
}

import type { CryptoKey, CryptoKeySpec, CryptoKeyStatus } from '../../src/api/generated/crypto-key.ts';
import { CRYPTO_KEY_RULES } from '../../src/controllers/crypto-key/rules.ts';
import { wantedCryptoSecret } from '../../src/controllers/crypto-key/wanted.ts';
import { judged } from '../../src/controllers/key/acceptance-checks.ts';
import { projectStatus } from '../../src/controllers/key/status/status.ts';
import type { DeclaredFacts, JudgedFacts } from '../../src/controllers/planning/key-rules.ts';
import { placeKey, type Observation } from '../../src/controllers/planning/secret-view.ts';
import type { CryptoEntry, EnvironmentEntry, KeyIdentity, Ledger, VersionEntry } from '../../src/sealing/ledger.ts';
import type { MaterialRef } from '../../src/sealing/sealed-material.ts';
import { signStatusLedger } from '../../src/sealing/status-mac.ts';
import {
  apiKeyOf,
  ledgerOf,
  present,
  productionEntry,
  recordOf,
  secretView,
  settled,
  stagingEntry,
  versionEntry,
} from './facts.ts';
import { checkout, recordContext } from './sealing.ts';

export const signing: KeyIdentity = { ...checkout, kind: 'CryptoKey' };

const context = recordContext();

export function cryptoKeyOf(spec: Partial<CryptoKeySpec> = {}, changes: Partial<CryptoKey> = {}): CryptoKey {
  const { metadata } = apiKeyOf();
  const environments = [{ name: 'staging' }, { name: 'production' }];
  return {
    apiVersion: 'keywright.dev/v1alpha1',
    kind: 'CryptoKey',
    metadata,
    spec: { project: checkout.project, type: 'KeyPair', algorithm: 'RSA-3072', environments, ...spec },
    ...changes,
  };
}

function cryptoEntry(environment: string, changes: Partial<CryptoEntry> = {}): CryptoEntry {
  const fingerprint = `SHA256:${environment.padEnd(43, 'x')}`;
  return { algorithm: 'RSA-3072', form: 'Pkcs8', bits: 3072, origin: 'Generated', fingerprint, ...changes };
}

/** A version whose key is of its environment alone. */
export function cryptoVersion(
  environment: string,
  version: number,
  crypto: Partial<CryptoEntry> = {},
  changes: Partial<VersionEntry> = {},
): VersionEntry {
  const { mask: _token, ...entry } = versionEntry(environment, version);
  const hash = `hmac-sha256:pepper-1:${Buffer.from(`${environment}/${version}`).toString('hex').padEnd(64, '0')}`;
  return { ...entry, hash, crypto: cryptoEntry(environment, crypto), ...changes };
}

/** Version 1 of both environments, just as `crypto` says. */
export function cryptoEntries(crypto: Partial<CryptoEntry> = {}): readonly EnvironmentEntry[] {
  return [
    stagingEntry({ versions: [cryptoVersion('staging', 1, crypto)] }),
    productionEntry({ versions: [cryptoVersion('production', 1, crypto)] }),
  ];
}

function cryptoLedger(environments: readonly EnvironmentEntry[]): Ledger {
  return ledgerOf({ ...signing, type: 'KeyPair', environments });
}

/** Everything that is in force is sealed. */
function sealedOf({ environments }: Ledger): readonly MaterialRef[] {
  return environments.flatMap(({ name, versions }) =>
    versions.map(({ version }): MaterialRef => ({ environment: name, version, field: 'material' })),
  );
}

/**
 * An RSA-3072 key pair that is delivered and reported everywhere: version 1 in both environments, of each its own.
 * Each test changes only what it is about; status stays as reported.
 */
export function settledCryptoKey(
  changes: Partial<DeclaredFacts> = {},
  environments: readonly EnvironmentEntry[] = cryptoEntries(),
): JudgedFacts {
  const ledger = cryptoLedger(environments);
  const facts: DeclaredFacts = {
    ...settled(),
    identity: signing,
    rules: CRYPTO_KEY_RULES,
    record: recordOf(ledger, { sealed: sealedOf(ledger) }),
    observations: new Map(delivered(ledger)),
    signLedger: (sequence, view) => signStatusLedger(context, signing, sequence, view),
    object: cryptoKeyOf(),
  };
  const object = { ...facts.object, status: projectStatus(judged(facts)) };
  return judged({ ...facts, object, ...changes });
}

/** The status that a CryptoKey should have. */
export function cryptoKeyStatus(facts: JudgedFacts): CryptoKeyStatus {
  return projectStatus(facts) as CryptoKeyStatus;
}

function delivered({ environments }: Ledger): readonly (readonly [string, Observation])[] {
  return environments.flatMap(({ name, versions, places }) => {
    const current = versions.find(({ state }) => state === 'Current');
    if (current === undefined) return [];
    const owner = { identity: signing, company: 'acme' };
    return places.map((place) => {
      const wanted = wantedCryptoSecret(owner, { place, environment: name, version: current, object: cryptoKeyOf() });
      const { version, keyId } = current;
      const proof = { ...signing, environment: name, version, keyId, sequence: 1, isIntact: true };
      const secret = secretView(wanted, { digests: { 'private.pem': 'digest' }, proof });
      return [placeKey(place), present(secret, false)] as const;
    });
  });
}

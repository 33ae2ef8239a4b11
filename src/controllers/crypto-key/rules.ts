import type { CryptoKeyStatusEnvironmentVersion } from '../../api/generated/crypto-key.ts';
import { CRYPTO_KEYS } from '../../api/resources.ts';
import type { KeyVersionStatus } from '../../api/key-object.ts';
import { ALGORITHMS, type Algorithm } from '../../keys/crypto/algorithm.ts';
import type { MaterialForm } from '../../keys/crypto/material.ts';
import type { CryptoEntry } from '../../sealing/ledger.ts';
import { revokedMark, revokedMarks } from '../../sealing/revoked-versions.ts';
import { currentVersion, isPast } from '../planning/environment-facts.ts';
import { rotationOf } from '../key/lifecycle.ts';
import { entriesOf } from '../planning/key-facts.ts';
import type { JudgedFacts, KeyRules, PolicyFacts, SettlementRules, StatusRules } from '../planning/key-rules.ts';
import type { MaterialOrder } from '../planning/record-change.ts';
import { importChecks, importedKeyIsUnfit } from './import-checks.ts';
import { policyChecks } from './policy-checks.ts';
import { algorithmDiffers, importDeclarations, openPgpOrder, protectedOutputTargets, specOf } from './spec.ts';
import { cryptoKeySummary } from './summary.ts';
import { wantedCryptoSecret } from './wanted.ts';

const status: StatusRules = {
  showsSealing: true,
  accepted: (facts) => quantumVulnerability(facts),
  restricted: () => ({}),
  summary: cryptoKeySummary,
  version: ({ crypto }) => (crypto === undefined ? {} : shownFacts(crypto)),
  acceptedParts: () => [],
  versionParts: (version) => {
    const { algorithm, bits, fingerprint, thumbprint, kcv, openpgpFingerprint, publicKey, origin } =
      shownVersion(version);
    return [algorithm, bits, fingerprint, thumbprint, kcv, openpgpFingerprint, publicKey, origin];
  },
  isNarrower: () => false,
};

/** A version that the record lost is known again by what was published; a Secret does not tell of what it was made. */
const settlement: SettlementRules = {
  fromStatus: (shown) => ({ hash: shown.hash, crypto: publishedFacts(shownVersion(shown)) }),
  signingSecretId: () => undefined,
  fromSecret: () => undefined,
};

export const CRYPTO_KEY_RULES: KeyRules = {
  kind: 'CryptoKey',
  resource: CRYPTO_KEYS,
  materialField: 'material',
  defaultRecoveryWindowMs: 720 * 3_600_000,
  acceptance: [...policyChecks, importedKeyIsUnfit],
  outputs: protectedOutputTargets,
  isRecoverable: () => true,
  wantsSigningSecret: () => false,
  imports: importDeclarations,
  importChecks,
  algorithmDiffers,
  newMaterial,
  wantedSecret: wantedCryptoSecret,
  status,
  settlement,
};

/** A shared key that another environment has already is copied from there, unless it is to be replaced there too. */
function newMaterial(facts: PolicyFacts, { name }: { readonly name: string }): MaterialOrder {
  const imported = facts.imports.get(name);
  const spec = specOf(facts.object);
  const isShared = spec.material === 'Shared';
  if (imported?.kind === 'Read') return { kind: 'Import', sourceHash: imported.sourceHash, isShared };
  const source = isShared ? sharedSource(facts, name) : undefined;
  if (source !== undefined) return source;
  const openpgp = openPgpOrder(spec);
  if (spec.algorithm === undefined) throw new TypeError('Cannot mint a key without an algorithm');
  return { kind: 'Crypto', algorithm: spec.algorithm, isShared, ...(openpgp !== undefined && { openpgp }) };
}

/** One that was withdrawn counts as well while it may come back: there would be two keys then. */
function sharedSource(facts: PolicyFacts, environment: string): MaterialOrder | undefined {
  const { record, object, now } = facts;
  // All environments that rotate do so in one write, and share what it makes.
  if (record.kind !== 'Valid' || rotationOf(facts).cause !== undefined) return undefined;
  const entries = entriesOf(facts);
  const own = entries.find(({ name }) => name === environment);
  // One that could not follow a rotation leaves its own version behind, and what is no newer with it.
  const left = own?.rotationOwed === true ? (currentVersion(own)?.version ?? 0) : 0;
  const isSealed = (name: string, version: number): boolean =>
    record.sealed.some((ref) => ref.environment === name && ref.version === version && ref.field === 'material');
  const revoked = revokedMarks(record.ledger);
  const [source] = entries.flatMap((entry): readonly MaterialOrder[] => {
    const version = currentVersion(entry);
    if (entry.name === environment || isPast(entry.destroyAt, now) || version === undefined) return [];
    // What owes a rotation is about to be replaced, and must not live on elsewhere under a newer number.
    if (entry.rotationOwed === true) return [];
    // Nor what was taken back under the number that it has in another environment.
    if (revoked.has(revokedMark(version))) return [];
    if (version.version <= left || algorithmDiffers(object, version) || !isSealed(entry.name, version.version))
      return [];
    return [{ kind: 'Copy', environment: entry.name, version: version.version }];
  });
  return source;
}

function quantumVulnerability(facts: JudgedFacts): object {
  const algorithms = entriesOf(facts).flatMap((entry) => currentVersion(entry)?.crypto?.algorithm ?? []);
  if (algorithms.length === 0) return {};
  return { quantumVulnerable: algorithms.some((name) => ALGORITHMS[name].quantumVulnerable) };
}

/** Verifiers rely on what was published, and its MAC covers it. */
function publishedFacts(shown: CryptoKeyStatusEnvironmentVersion): CryptoEntry {
  const { bits, origin, fingerprint, thumbprint, kcv, openpgpFingerprint, publicKey } = shown;
  return {
    algorithm: shown.algorithm as Algorithm,
    form: formOf(shown),
    bits,
    origin,
    ...(fingerprint !== undefined && { fingerprint }),
    ...(thumbprint !== undefined && { thumbprint }),
    ...(kcv !== undefined && { kcv }),
    ...(openpgpFingerprint !== undefined && { openpgpFingerprint }),
    ...(publicKey !== undefined && { publicKey }),
  };
}

/** Status does not tell, and only bytes that are sealed have a form: those of this version went with the record. */
function formOf({ kcv, openpgpFingerprint }: CryptoKeyStatusEnvironmentVersion): MaterialForm {
  if (kcv !== undefined) return 'Raw';
  return openpgpFingerprint === undefined ? 'Pkcs8' : 'OpenPgpPrivate';
}

function shownFacts({ form: _stored, source: _hashed, ...facts }: CryptoEntry): object {
  return facts;
}

function shownVersion(version: KeyVersionStatus): CryptoKeyStatusEnvironmentVersion {
  return version as CryptoKeyStatusEnvironmentVersion;
}

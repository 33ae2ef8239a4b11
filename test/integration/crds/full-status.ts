import type { ApiKeyStatus, ApiKeyStatusEnvironment } from '../../../src/api/generated/api-key.ts';
import type { CryptoKeyStatus, CryptoKeyStatusEnvironment } from '../../../src/api/generated/crypto-key.ts';
import type { KeyProjectStatus } from '../../../src/api/generated/key-project.ts';
import type { Condition } from '../../../src/kube/objects/conditions.ts';

const TIME = '2027-06-30T00:00:00Z';

const conditions: readonly Condition[] = many(16, (i) => ({
  type: padded(`Condition${i}`, 64),
  status: 'True',
  reason: text(128),
  message: text(1024),
  lastTransitionTime: TIME,
  observedGeneration: 1,
}));

/** As large as the schema and the bound of 64 namespace rows per object allow. */
export const fullApiKeyStatus: ApiKeyStatus = {
  observedGeneration: 1,
  state: 'Suspended',
  version: Number.MAX_SAFE_INTEGER,
  scopes: many(64, (i) => padded(`scope-${i}`, 64)),
  createdAt: TIME,
  rotatedAt: TIME,
  expiresAt: TIME,
  deployment: { success: true, message: text(128), ready: 1_000_000, total: 1_000_000 },
  ledger: { sequence: Number.MAX_SAFE_INTEGER, mac: text(128) },
  summary: { environments: text(16), keyId: text(32), expires: text(32) },
  environments: many(32, fullEnvironment),
  conditions,
};

function fullEnvironment(index: number): ApiKeyStatusEnvironment {
  return {
    name: padded(`environment-${index}`, 63),
    state: 'Withdrawn',
    stateSince: TIME,
    destroyAt: TIME,
    success: false,
    message: text(128),
    versions: many(24, (i) => ({
      version: i + 1,
      state: 'Retiring',
      keyId: text(32),
      maskedToken: text(64),
      hash: text(160),
      origin: 'Generated',
      signingSecretId: text(32),
      stateSince: TIME,
      cause: 'IntervalPassed',
      createdAt: TIME,
      expiresAt: TIME,
      retireAt: TIME,
    })),
    namespaces: namespaceRows(index),
  };
}

/** As large as the schema and two bounds allow: 64 namespace rows per object, 256 KiB of public keys. */
export const fullCryptoKeyStatus: CryptoKeyStatus = {
  observedGeneration: 1,
  state: 'Suspended',
  version: Number.MAX_SAFE_INTEGER,
  createdAt: TIME,
  rotatedAt: TIME,
  expiresAt: TIME,
  deployment: { success: true, message: text(128), ready: 1_000_000, total: 1_000_000 },
  ledger: { sequence: Number.MAX_SAFE_INTEGER, mac: text(128) },
  sealing: { provider: text(64), kekId: text(1024) },
  quantumVulnerable: true,
  summary: {
    environments: text(16),
    keyId: text(32),
    algorithm: text(32),
    fingerprint: text(32),
    origin: text(16),
    expires: text(32),
  },
  environments: many(32, fullCryptoKeyEnvironment),
  conditions,
};

function fullCryptoKeyEnvironment(index: number): CryptoKeyStatusEnvironment {
  return {
    name: padded(`environment-${index}`, 63),
    state: 'Withdrawn',
    stateSince: TIME,
    destroyAt: TIME,
    success: false,
    message: text(128),
    versions: many(24, (i) => ({
      version: i + 1,
      state: i < 2 ? 'Retiring' : 'Revoked',
      keyId: text(32),
      algorithm: text(32),
      bits: 4096,
      fingerprint: text(64),
      thumbprint: text(64),
      kcv: text(16),
      openpgpFingerprint: text(64),
      // The bound of one is 16 KiB; all 64 of them at once share 128 KiB.
      ...(i < 2 ? { publicKey: text(index === 0 ? 16_384 : 1_580) } : {}),
      hash: text(160),
      origin: 'Generated',
      stateSince: TIME,
      cause: 'IntervalPassed',
      createdAt: TIME,
      expiresAt: TIME,
      retireAt: TIME,
    })),
    namespaces: namespaceRows(index),
  };
}

/** Of the environment at `index`: the first has all that an object may have. */
function namespaceRows(index: number): NonNullable<CryptoKeyStatusEnvironment['namespaces']> {
  return many(index === 0 ? 64 : 0, (i) => ({
    name: padded(`namespace-${i}`, 63),
    success: false,
    reason: text(64),
    message: text(128),
    version: 1,
    lastTransitionTime: TIME,
  }));
}

export const fullKeyProjectStatus: KeyProjectStatus = {
  observedGeneration: 1,
  installation: text(64),
  importKey: { fingerprint: text(64) },
  environments: many(16, (index) => ({
    name: padded(`environment-${index}`, 63),
    counts: { live: 1_000_000, missing: 1_000_000, terminating: 1_000_000 },
    live: namespaces(),
    missing: namespaces(),
    terminating: namespaces(),
  })),
  keys: many(32, (i) => ({ kind: padded('Kind', 63), state: padded(`State${i}`, 32), count: 1_000_000 })),
  conditions,
};

function namespaces(): readonly string[] {
  return many(32, (i) => padded(`namespace-${i}`, 63));
}

function many<T>(length: number, make: (index: number) => T): readonly T[] {
  return Array.from({ length }, (_, i) => make(i));
}

function text(length: number): string {
  return 'a'.repeat(length);
}

function padded(start: string, length: number): string {
  return start.padEnd(length, 'a');
}

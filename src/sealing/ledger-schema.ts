import { ALGORITHMS } from '../keys/crypto/algorithm.ts';
import { ajv } from './ajv.ts';
import {
  KEY_KINDS,
  MINT_CAUSES,
  REVOCATION_REASONS,
  REVOKED_MARKS_KEPT,
  TRIGGERS_KEPT,
  type Ledger,
} from './ledger.ts';

/** `Ledger.format` as this version reads and writes it. */
export const LEDGER_FORMAT = 1;

const counter = (minimum: number) => ({ type: 'integer', minimum, maximum: Number.MAX_SAFE_INTEGER }) as const;
const text = (maxLength: number) => ({ type: 'string', minLength: 1, maxLength }) as const;
const label = { type: 'string', maxLength: 63, pattern: '^[a-z0-9]([a-z0-9-]*[a-z0-9])?$' } as const;
const subdomain = { type: 'string', maxLength: 253, pattern: '^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$' } as const;
const time = { type: 'string', maxLength: 20, pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$' } as const;
const hash = { type: 'string', maxLength: 71, pattern: '^sha256:[0-9a-f]{64}$' } as const;
const keyedHash = { type: 'string', maxLength: 142, pattern: '^hmac-sha256:[a-z0-9-]{1,64}:[0-9a-f]{64}$' } as const;
const list = (maxItems: number, items: object) => ({ type: 'array', maxItems, items }) as const;

function closed(required: Readonly<Record<string, object>>, optional: Readonly<Record<string, object>> = {}): object {
  const properties = { ...required, ...optional };
  return { type: 'object', properties, required: Object.keys(required), additionalProperties: false };
}

const signingSecret = closed({ id: text(64), hash }, { destroyAt: time });

const crypto = closed(
  {
    algorithm: { enum: Object.keys(ALGORITHMS) },
    form: { enum: ['Raw', 'Pkcs8', 'Spki', 'OpenPgpPrivate', 'OpenPgpPublic'] },
    bits: counter(1),
    origin: { enum: ['Generated', 'Imported'] },
  },
  {
    fingerprint: text(64),
    thumbprint: text(64),
    kcv: text(16),
    openpgpFingerprint: text(64),
    publicKey: text(16 * 1024),
    source: keyedHash,
  },
);

const version = closed(
  {
    version: counter(1),
    keyId: text(64),
    hash: { anyOf: [hash, keyedHash] },
    cause: { enum: MINT_CAUSES },
    createdAt: time,
    state: { enum: ['Current', 'Retiring', 'Retired', 'Revoked'] },
    stateSince: time,
  },
  { mask: text(256), crypto, signingSecret, retireAt: time },
);

const place = closed({
  namespace: label,
  secretName: subdomain,
  output: label,
  state: { enum: ['Held', 'Owed'] },
  since: time,
});

const environment = closed(
  {
    name: label,
    state: { enum: ['Active', 'Withdrawn'] },
    versions: list(1024, version),
    places: list(4096, place),
  },
  { destroyAt: time, rotationOwed: { const: true } },
);

const revocation = closed({ reason: { enum: REVOCATION_REASONS }, since: time }, { throughVersion: counter(1) });
const mark = { type: 'string', maxLength: 110, pattern: '^[A-Za-z0-9-]+(:[A-Za-z0-9-]+)?:[A-Za-z0-9_-]+$' } as const;
const trigger = { type: 'string', maxLength: 32, pattern: '^[0-9a-f]{32}$' } as const;

// The bounds stop a hostile record, not a large key: what a key may hold is bounded by RECORD_MAX_BYTES.
const schema = closed(
  {
    format: { const: LEDGER_FORMAT },
    project: label,
    kind: { enum: KEY_KINDS },
    name: label,
    namespace: label,
    type: text(64),
    sequence: counter(1),
    lastVersion: counter(0),
    phase: { enum: ['Active', 'Withdrawn', 'Retained'] },
    createdAt: time,
    environments: list(256, environment),
  },
  { triggers: list(TRIGGERS_KEPT, trigger), revocation, revokedMarks: list(REVOKED_MARKS_KEPT, mark) },
);

/** Whether a parsed value has exactly the shape of Ledger, with every text and list bounded. */
export const isLedger: (value: unknown) => value is Ledger = ajv.compile<Ledger>(schema);

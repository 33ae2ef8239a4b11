import { ajv } from './ajv.ts';

/** Version of the whole envelope: this JSON, the algorithms, what they bind. Both AADs bind it. */
export const SEALED_FORMAT = 1;

/**
 * What a version may keep sealed: a token and its signing secret; or the bytes of a crypto key, the passphrase it is
 * delivered under and the revocation certificate of an OpenPGP key.
 */
export const MATERIAL_FIELDS = ['token', 'signingSecret', 'material', 'passphrase', 'revocation'] as const;
export type MaterialField = (typeof MATERIAL_FIELDS)[number];

/** What a Secret carries just as it is sealed, so that it can be sealed again from there. */
export type CopiedField = 'token' | 'signingSecret';

/** Names one sealed value of a record. */
export interface MaterialRef {
  readonly environment: string;
  readonly version: number;
  readonly field: MaterialField;
}

export function isSameMaterial(one: MaterialRef, other: MaterialRef): boolean {
  return one.environment === other.environment && one.version === other.version && one.field === other.field;
}

/** Everything one record keeps sealed, as it stands in the record's JSON. Bytes are base64url without padding. */
export interface SealedMaterial {
  readonly format: typeof SEALED_FORMAT;
  readonly dek: SealedDek;
  /** Sorted by environment, version and field; at most one per such place; never empty. */
  readonly entries: readonly SealedEntry[];
}

/** Which KEK protects a record. Public. */
export interface KekRef {
  /** KekProvider.name. */
  readonly provider: string;
  readonly kekId: string;
}

/** The record's data encryption key, wrapped by a KEK. */
export interface SealedDek extends KekRef {
  readonly ciphertext: string;
}

/** One value under AES-256-GCM with the record's DEK. */
export interface SealedEntry extends MaterialRef {
  readonly iv: string;
  readonly ciphertext: string;
  readonly tag: string;
}

const text = (maxLength: number) => ({ type: 'string', minLength: 1, maxLength }) as const;
const base64url = (minLength: number, maxLength: number) =>
  ({ type: 'string', pattern: '^[A-Za-z0-9_-]*$', minLength, maxLength }) as const;

const closed = (properties: Readonly<Record<string, object>>) => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});

const schema = closed({
  format: { const: SEALED_FORMAT },
  dek: closed({ provider: text(64), kekId: text(1024), ciphertext: base64url(1, 56_000) }),
  entries: {
    type: 'array',
    minItems: 1,
    maxItems: 4096,
    items: closed({
      environment: text(63),
      version: { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
      field: { enum: MATERIAL_FIELDS },
      iv: base64url(16, 16),
      ciphertext: base64url(0, 700 * 1024),
      tag: base64url(22, 22),
    }),
  },
});

/** Whether a parsed value has exactly the shape of SealedMaterial. */
export const isSealedMaterial: (value: unknown) => value is SealedMaterial = ajv.compile<SealedMaterial>(schema);

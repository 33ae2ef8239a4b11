import { ALGORITHMS, type Algorithm } from '../keys/crypto/algorithm.ts';
import { CRYPTO_KEY_TYPES, type CryptoKeyType } from '../keys/crypto/formats/table.ts';
import type { ImportOutcome, ImportReason } from '../keys/crypto/import/import-outcome.ts';

/** What a manifest says of its key, as text that nobody has checked. */
export interface DeclaredKey {
  readonly type?: string;
  readonly algorithm?: string;
}

type Refused = Extract<ImportOutcome, { readonly kind: 'Refused' }>;

/** Each takes whatever another type of its sort does. */
const WIDEST_TYPES: readonly CryptoKeyType[] = ['SecretKey', 'PrivateKey', 'PublicKey', 'OpenPGP'];
/** The passphrase is sealed apart. */
const UNKNOWN_YET: ReadonlySet<ImportReason> = new Set(['PassphraseRequired', 'PassphraseWrong']);

/**
 * For what the operator would refuse the key of a CryptoKey, so that its author learns it now. Not refused, because
 * the operator may be of another version. Where the type is not known, only what no type would take is told of: a key
 * that is weak.
 *
 * @param content Not changed.
 * @param now When an OpenPGP key must be in force.
 * @returns One line each, with nothing of the key.
 */
export async function keyWarnings(content: Uint8Array, declared: DeclaredKey, now: Date): Promise<readonly string[]> {
  const { type, algorithm } = declared;
  const refusal = isNameIn(CRYPTO_KEY_TYPES, type)
    ? await refusalAs({ type, ...(isNameIn(ALGORITHMS, algorithm) && { algorithm }) }, content, now)
    : await weaknessInAnyType(content, now);
  if (refusal === undefined || UNKNOWN_YET.has(refusal.reason)) return [];
  return [`Warning: the operator would refuse this key: ${refusal.reason}, ${refusal.message}.`];
}

async function weaknessInAnyType(content: Uint8Array, now: Date): Promise<Refused | undefined> {
  const refusals: Refused[] = [];
  for (const type of WIDEST_TYPES) {
    const refusal = await refusalAs({ type }, content, now);
    if (refusal === undefined) return undefined;
    refusals.push(refusal);
  }
  return refusals.find(({ reason }) => reason === 'WeakKey');
}

async function refusalAs(
  declared: { readonly type: CryptoKeyType; readonly algorithm?: Algorithm },
  content: Uint8Array,
  now: Date,
): Promise<Refused | undefined> {
  // The operator runs the same program, and loads this in a thread alone.
  const { importMaterial } = await import('../keys/crypto/import/import-material.ts');
  const outcome = await importMaterial({ ...declared, bytes: content, now });
  if (outcome.kind === 'Refused') return outcome;
  outcome.material.bytes.fill(0);
  return undefined;
}

function isNameIn<T extends object>(table: T, name: string | undefined): name is Extract<keyof T, string> {
  return name !== undefined && Object.hasOwn(table, name);
}

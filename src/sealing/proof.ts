import { MAC_BYTES, formatMac, parseMac } from './mac.ts';
import { uint64 } from './length-prefixed.ts';
import type { Part } from './length-prefixed.ts';
import type { MacContext } from './record-context.ts';

/** What a proof on a delivered Secret claims. A claim read from a Secret is untrusted until verified. */
export interface ProofClaim {
  readonly project: string;
  readonly kind: string;
  /** Author namespace and name of the key. */
  readonly namespace: string;
  readonly name: string;
  readonly environment: string;
  readonly version: number;
  readonly keyId: string;
  /** Where the Secret itself is. */
  readonly targetNamespace: string;
  readonly secretName: string;
}

/**
 * Data key to lowercase hex SHA-256 of what the Secret holds there, of all that is secret or derived from it; beside
 * them, under a name that no data key can have, how they are laid out.
 */
export type ProofContents = Readonly<Record<string, string>>;

/** What a valid proof tells beside its claim. */
export interface Proven {
  /** Of the record from which the Secret was written. */
  readonly sequence: number;
  /** Was the proof made for just these contents? If not, the Secret is ours and somebody edited it. */
  readonly isIntact: boolean;
}

const CLAIM_LABEL = 'keywright.dev/proof/v2';
const CONTENTS_LABEL = 'keywright.dev/proof-contents/v2';
const SEQUENCE_BYTES = 8;
const CLAIM_END = SEQUENCE_BYTES + MAC_BYTES;
const PROOF_BYTES = CLAIM_END + MAC_BYTES;

/**
 * Text of the annotation keywright.dev/proof: `<MAC key id>.<base64url(uint64 sequence ‖ MAC ‖ MAC)>`. The
 * sequence travels in the text, because a Secret must be judged when the record is older or gone. The first MAC
 * covers the claim, so that an edited Secret is still ours to repair; the second claim and contents, so that edited
 * bytes are never taken for those that were delivered.
 *
 * @throws {RangeError} if version or sequence is not an integer in 0 … 2^53 - 1.
 */
export function signProof(context: MacContext, claim: ProofClaim, sequence: number, contents: ProofContents): string {
  const parts = proofParts(context, claim, sequence);
  const { keyId, bytes } = context.macKeys.digest(CLAIM_LABEL, parts);
  const whole = context.macKeys.digest(CONTENTS_LABEL, [...parts, ...contentParts(contents)]);
  return formatMac({ keyId, bytes: Buffer.concat([uint64(sequence), bytes, whole.bytes]) });
}

/** What `text` proves, if it proves the claim; undefined otherwise. Never throws. */
export function verifyProof(
  { macKeys, installation }: MacContext,
  claim: ProofClaim,
  text: string,
  contents: ProofContents,
): Proven | undefined {
  const parsed = parseMac(text, PROOF_BYTES);
  if (parsed === undefined) return undefined;
  const { keyId } = parsed;
  const bytes = Buffer.from(parsed.bytes);
  // Beyond 2^53 the conversion loses bits; such a number is not encodable, so it never matches.
  const sequence = Number(bytes.readBigUInt64BE());
  const parts = proofParts({ installation }, claim, sequence);
  const ofClaim = { keyId, bytes: bytes.subarray(SEQUENCE_BYTES, CLAIM_END) };
  if (!macKeys.matches(CLAIM_LABEL, parts, ofClaim)) return undefined;
  const ofContents = { keyId, bytes: bytes.subarray(CLAIM_END) };
  return { sequence, isIntact: macKeys.matches(CONTENTS_LABEL, [...parts, ...contentParts(contents)], ofContents) };
}

/**
 * The proof that says the same under the key that signs now: of the same claim and sequence, and of these contents
 * only if `text` was made for them. Undefined if `text` does not prove the claim. Never throws for a valid claim.
 */
export function renewProof(
  context: MacContext,
  claim: ProofClaim,
  text: string,
  contents: ProofContents,
): string | undefined {
  const proven = verifyProof(context, claim, text, contents);
  if (proven === undefined) return undefined;
  return proven.isIntact
    ? signProof(context, claim, proven.sequence, contents)
    : signClaim(context, claim, proven.sequence);
}

/**
 * A proof of the claim alone: the Secret is ours, and no contents are those it was written with.
 *
 * @throws {RangeError} as signProof.
 */
export function signClaim(context: MacContext, claim: ProofClaim, sequence: number): string {
  const { keyId, bytes } = context.macKeys.digest(CLAIM_LABEL, proofParts(context, claim, sequence));
  return formatMac({ keyId, bytes: Buffer.concat([uint64(sequence), bytes, new Uint8Array(MAC_BYTES)]) });
}

function contentParts(contents: ProofContents): readonly Part[] {
  const keys = Object.keys(contents).toSorted();
  return [keys.length, ...keys.flatMap((key) => [key, contents[key]])];
}

function proofParts(
  { installation }: Pick<MacContext, 'installation'>,
  claim: ProofClaim,
  sequence: number,
): readonly Part[] {
  return [
    installation,
    claim.kind,
    claim.project,
    claim.namespace,
    claim.name,
    claim.environment,
    claim.version,
    claim.keyId,
    sequence,
    claim.targetNamespace,
    claim.secretName,
  ];
}

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

const LABEL = 'keywright.dev/proof/v1';
const SEQUENCE_BYTES = 8;

/**
 * Text of the annotation keywright.dev/proof: `<MAC key id>.<base64url(uint64 sequence ‖ MAC)>`. The
 * sequence travels in the text, because a Secret must be judged when the record is older or gone.
 *
 * @param sequence The ledger's sequence at the time of the write.
 * @throws {RangeError} if version or sequence is not an integer in 0 … 2^53 - 1.
 */
export function signProof(context: MacContext, claim: ProofClaim, sequence: number): string {
  const mac = context.macKeys.digest(LABEL, proofParts(context, claim, sequence));
  return formatMac({ keyId: mac.keyId, bytes: Buffer.concat([uint64(sequence), mac.bytes]) });
}

/** The sequence the proof was made at, if `text` proves the claim; undefined otherwise. Never throws. */
export function verifyProof(
  context: MacContext,
  claim: ProofClaim,
  text: string,
): { readonly sequence: number } | undefined {
  const parsed = parseMac(text, SEQUENCE_BYTES + MAC_BYTES);
  if (parsed === undefined) return undefined;
  const sequence = Number(Buffer.from(parsed.bytes.subarray(0, SEQUENCE_BYTES)).readBigUInt64BE());
  // Beyond 2^53 the conversion loses bits; such a number is not encodable, so it never matches.
  const mac = { keyId: parsed.keyId, bytes: parsed.bytes.subarray(SEQUENCE_BYTES) };
  return context.macKeys.matches(LABEL, proofParts(context, claim, sequence), mac) ? { sequence } : undefined;
}

function proofParts({ installation }: MacContext, claim: ProofClaim, sequence: number): readonly Part[] {
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

import type { Revocation } from '../../../sealing/ledger.ts';
import type { KeyObjectFacts } from '../../planning/key-rules.ts';
import { effectiveRevocation } from '../../planning/revocation.ts';

/** What stays taken back as a record settles: what it remembers, or the spec by now. Undefined: nothing is. */
export function carriedRevocation({ record, object, provenSequence, now }: KeyObjectFacts): Revocation | undefined {
  const declared = object?.spec.revocation;
  // No version has a number beyond it, so this one is a slip and would take back what comes later.
  const isSlip = (declared?.throughVersion ?? 0) > provenSequence;
  return effectiveRevocation(rememberedRevocation(record), isSlip ? undefined : declared, now);
}

/** What the record alone says. */
export function rememberedRevocation(record: KeyObjectFacts['record']): Revocation | undefined {
  return record.kind === 'Valid' ? record.ledger.revocation : undefined;
}

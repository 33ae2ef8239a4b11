import type { KeyStatus } from '../../../api/key-object.ts';
import type { Revocation } from '../../../sealing/ledger.ts';
import type { KeyObjectFacts } from '../../planning/key-rules.ts';
import { effectiveRevocation, withoutSlip, type DeclaredRevocation } from '../../planning/revocation.ts';

/**
 * What stays taken back as a record settles: the strictest of what it remembers, the spec says by now, and a believed
 * status shows. Undefined: nothing is.
 */
export function carriedRevocation(facts: KeyObjectFacts): Revocation | undefined {
  const { record, object, believedStatus, provenSequence, now } = facts;
  // No version has a number beyond the sequence of a ledger.
  const declared = withoutSlip(object?.spec.revocation, provenSequence);
  const ordered = effectiveRevocation(rememberedRevocation(record), declared, now);
  return effectiveRevocation(ordered, shownRevocation(believedStatus), now);
}

/** What the record alone says. */
export function rememberedRevocation(record: KeyObjectFacts['record']): Revocation | undefined {
  return record.kind === 'Valid' ? record.ledger.revocation : undefined;
}

/**
 * The spec may not say any more what was revoked; status still shows the versions, though not whether the whole key was
 * meant. One that was given up as a record settled, on nobody's order, is shown just so: it may count, but for one above
 * a version in force, which an order would have taken back too.
 */
function shownRevocation(believed: KeyStatus | undefined): DeclaredRevocation | undefined {
  const shown = believed?.environments?.flatMap(({ versions = [] }) => versions) ?? [];
  const inForce = shown.filter(({ state }) => state !== 'Revoked').map(({ version }) => version);
  const lowest = Math.min(...inForce);
  const revoked = shown.filter(({ state, version }) => state === 'Revoked' && version < lowest);
  if (revoked.length === 0) return undefined;
  return { reason: 'Unspecified', throughVersion: Math.max(...revoked.map(({ version }) => version)) };
}

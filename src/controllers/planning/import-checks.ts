import { currentVersion } from './environment-facts.ts';
import { entriesOf } from './key-facts.ts';
import type { AcceptanceCheck } from './key-rules.ts';

/** A source that is gone after it was imported changes nothing; one that holds something bad says so. */
export const importIsRefused: AcceptanceCheck = (facts) => {
  const entries = entriesOf(facts);
  for (const [environment, imported] of facts.imports) {
    const isImported = currentVersion(entries.find(({ name }) => name === environment)) !== undefined;
    const isBad = imported.kind === 'Refused' || (imported.kind === 'Missing' && !isImported);
    if (isBad) return { reason: imported.reason, message: `Environment "${environment}": ${imported.message}` };
  }
  return undefined;
};

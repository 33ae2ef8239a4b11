import { ALGORITHMS, type Algorithm } from '../../keys/crypto/algorithm.ts';
import type { AcceptanceCheck } from '../planning/key-rules.ts';
import { listed, policyViolation } from '../planning/policy.ts';
import { currentVersion } from '../planning/environment-facts.ts';
import { importDeclarations, specOf } from './spec.ts';

/** Absent policy allows all but those that NIST has withdrawn. */
const DEFAULT_ALGORITHMS: readonly string[] = (Object.keys(ALGORITHMS) as Algorithm[]).filter(
  (name) => ALGORITHMS[name].isMintable,
);

const algorithmIsNotAllowed: AcceptanceCheck = ({ projectSpec, object }) => {
  const { algorithm } = specOf(object);
  const allowed: readonly string[] = projectSpec.policy?.algorithms ?? DEFAULT_ALGORITHMS;
  return algorithm === undefined || allowed.includes(algorithm)
    ? undefined
    : policyViolation(`The project's policy does not allow ${algorithm}; it allows: ${listed(allowed)}`);
};

const plaintextIsNotAllowed: AcceptanceCheck = ({ projectSpec, object }) => {
  const { type } = specOf(object);
  if (type === 'PublicKey' || projectSpec.policy?.allowPlaintextImport === true) return undefined;
  const plain = importDeclarations(object).find(({ source }) => source.content !== undefined);
  return plain === undefined
    ? undefined
    : policyViolation(
        `The project's policy does not allow content in the clear (environment "${plain.environment}"); seal it with "keywright seal", or refer to a Secret`,
      );
};

/** A source that is gone after it was imported changes nothing; one that holds something bad says so. */
const importIsRefused: AcceptanceCheck = ({ imports, record }) => {
  const entries = record.kind === 'Valid' ? record.ledger.environments : [];
  for (const [environment, imported] of imports) {
    const isImported = currentVersion(entries.find(({ name }) => name === environment)) !== undefined;
    const isBad = imported.kind === 'Refused' || (imported.kind === 'Missing' && !isImported);
    if (isBad) return { reason: imported.reason, message: `Environment "${environment}": ${imported.message}` };
  }
  return undefined;
};

/** What the project's policy asks of CryptoKeys, and what they import. */
export const policyChecks: readonly AcceptanceCheck[] = [algorithmIsNotAllowed, plaintextIsNotAllowed, importIsRefused];

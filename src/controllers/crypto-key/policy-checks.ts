import type { AcceptanceCheck } from '../planning/key-rules.ts';
import { listed, policyViolation } from '../planning/policy.ts';
import { allowedAlgorithms } from './allowed-algorithms.ts';
import { importDeclarations, specOf } from './spec.ts';

const algorithmIsNotAllowed: AcceptanceCheck = ({ projectSpec, object }) => {
  const { algorithm } = specOf(object);
  const allowed = allowedAlgorithms(projectSpec);
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

/** What the project's policy asks of CryptoKeys. */
export const policyChecks: readonly AcceptanceCheck[] = [algorithmIsNotAllowed, plaintextIsNotAllowed];

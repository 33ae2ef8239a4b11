import type { AcceptanceCheck } from '../planning/key-rules.ts';
import { policyViolation } from '../planning/policy.ts';
import { allowedAlgorithms, allowedInstead } from './allowed-algorithms.ts';
import { importDeclarations, specOf } from './spec.ts';

const algorithmIsNotAllowed: AcceptanceCheck = ({ projectSpec, object }) => {
  const { algorithm } = specOf(object);
  return algorithm === undefined || allowedAlgorithms(projectSpec).includes(algorithm)
    ? undefined
    : policyViolation(`The project's policy does not allow ${algorithm}; ${allowedInstead(algorithm, projectSpec)}`);
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

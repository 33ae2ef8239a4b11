import type { AcceptanceCheck } from '../planning/key-rules.ts';
import { listed, policyViolation } from '../planning/policy.ts';
import { isScopeAllowed, specOf } from './spec.ts';

const typeIsNotAllowed: AcceptanceCheck = ({ projectSpec, object }) =>
  projectSpec.policy?.apiKeyTypes?.includes(specOf(object).type) === false
    ? policyViolation(
        `The project's policy does not allow keys of type ${specOf(object).type}; it allows: ${listed(projectSpec.policy.apiKeyTypes)}`,
      )
    : undefined;

const scopeIsNotAllowed: AcceptanceCheck = ({ projectSpec, object }) => {
  const refused = specOf(object).scopes?.find((scope) => !isScopeAllowed(scope, projectSpec.policy?.scopes));
  if (refused === undefined) return undefined;
  return policyViolation(
    `The project's policy does not allow scope "${refused}"; it allows: ${listed(projectSpec.policy?.scopes)}`,
  );
};

const recoverableIsNotAllowed: AcceptanceCheck = ({ projectSpec, object }) =>
  specOf(object).recoverable === true && projectSpec.policy?.allowRecoverable === false
    ? policyViolation("The project's policy does not allow recoverable keys; remove spec.recoverable")
    : undefined;

/** What the project's policy asks of ApiKeys. */
export const policyChecks: readonly AcceptanceCheck[] = [typeIsNotAllowed, scopeIsNotAllowed, recoverableIsNotAllowed];

import { Reason } from '../../api/conditions.ts';
import type { Algorithm } from '../../keys/crypto/algorithm.ts';
import { formatsOfKind } from '../../keys/crypto/formats/table.ts';
import { purposesOf } from '../../keys/crypto/purpose.ts';
import { currentVersion } from '../planning/environment-facts.ts';
import { judgedImports } from '../planning/import-checks.ts';
import { isImportedFrom } from '../planning/import-facts.ts';
import { entriesOf } from '../planning/key-facts.ts';
import type { AcceptanceCheck, ImportCheck, PolicyFacts } from '../planning/key-rules.ts';
import { listed, policyViolation, type Violation } from '../planning/policy.ts';
import { allowedAlgorithms, allowedInstead } from './allowed-algorithms.ts';
import { importDeclarations, kindOf, specOf } from './spec.ts';

/** Of all environments together: two versions of it, sealed and in base64, leave room in a record of 700 KiB. */
const MAX_IMPORTED_BYTES = 160 * 1024;

const importsAreTooLarge: ImportCheck = (_found, { imports }) => {
  const sizes = [...imports.values()].map((imported) => (imported.kind === 'Read' ? (imported.size ?? 0) : 0));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total <= MAX_IMPORTED_BYTES) return undefined;
  const message = `What all environments import is larger than ${MAX_IMPORTED_BYTES / 1024} KiB together; leave out of each key what does not belong to it, or declare a second CryptoKey for some environments`;
  return { reason: Reason.TooLarge, message };
};

const isOtherThanDeclared: AlgorithmCheck = (algorithm, { object }) => {
  const { algorithm: declared } = specOf(object);
  return declared === undefined || declared === algorithm
    ? undefined
    : {
        reason: Reason.TypeMismatch,
        message: `and spec.algorithm says ${declared}; correct or remove spec.algorithm, or import another key`,
      };
};

const isNotAllowed: AlgorithmCheck = (algorithm, { projectSpec }) => {
  return allowedAlgorithms(projectSpec).includes(algorithm)
    ? undefined
    : policyViolation(`which the project's policy does not allow; ${allowedInstead(algorithm, projectSpec)}`);
};

const hasOtherPurposes: AlgorithmCheck = (algorithm, { object }) => {
  const { purpose } = specOf(object);
  const purposes = purposesOf(algorithm);
  return purpose === undefined || purposes.includes(purpose)
    ? undefined
    : {
        reason: Reason.PurposeMismatch,
        message: `which is not for ${purpose}; it is for: ${listed(purposes)}. Correct spec.purpose`,
      };
};

const hasOtherFormats: AlgorithmCheck = (algorithm, { object }) => {
  const spec = specOf(object);
  const kind = kindOf(spec, algorithm);
  const formats = formatsOfKind(kind);
  if (formats.length === 0) {
    const message = 'which has no format that a passphrase protects; remove spec.passphrase';
    return { reason: Reason.FormatUnavailable, message };
  }
  const asked = spec.outputs?.flatMap((output) => output.formats ?? []) ?? [];
  const missing = asked.find((format) => !formats.includes(format));
  if (missing === undefined) return undefined;
  const how = kind.isProtected ? ' with a passphrase' : '';
  const message = `which does not exist in format ${missing}${how}; it has: ${listed(formats)}. Correct spec.outputs`;
  return { reason: Reason.FormatUnavailable, message };
};

/** Of a key that was read; the message goes on after "The imported key is RSA-3072, ". */
type AlgorithmCheck = (algorithm: Algorithm, facts: PolicyFacts) => Violation<Reason> | undefined;

/** What the CRD's rules ask of a declared algorithm is asked of that of an imported key, which they cannot see. */
const ALGORITHM_CHECKS: readonly AlgorithmCheck[] = [
  isOtherThanDeclared,
  isNotAllowed,
  hasOtherPurposes,
  hasOtherFormats,
];

function unfitAlgorithm(algorithm: Algorithm, facts: PolicyFacts): Violation<Reason> | undefined {
  for (const check of ALGORITHM_CHECKS) {
    const violation = check(algorithm, facts);
    if (violation === undefined) continue;
    return { ...violation, message: `The imported key is ${algorithm}, ${violation.message}` };
  }
  return undefined;
}

const keyIsUnfit: ImportCheck = ({ algorithm }, facts) =>
  algorithm === undefined ? undefined : unfitAlgorithm(algorithm, facts);

/** What is asked of a key that a CryptoKey is to import. */
export const importChecks: readonly ImportCheck[] = [importsAreTooLarge, keyIsUnfit];

/** Spec or policy changed after an import: it is asked again of what was imported, unless something else is about to be. */
export const importedKeyIsUnfit: AcceptanceCheck = (facts) => {
  const imports = judgedImports(facts);
  for (const { environment } of importDeclarations(facts.object)) {
    const version = currentVersion(entriesOf(facts).find(({ name }) => name === environment));
    const crypto = version?.crypto;
    const found = imports.get(environment);
    const isReplaced = found?.kind === 'Read' && !isImportedFrom(version, found);
    if (crypto?.origin !== 'Imported' || isReplaced) continue;
    const violation = unfitAlgorithm(crypto.algorithm, facts);
    if (violation !== undefined) {
      return { ...violation, message: `Environment "${environment}": ${violation.message}` };
    }
  }
  return undefined;
};

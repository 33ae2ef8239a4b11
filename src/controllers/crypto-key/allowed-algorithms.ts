import type { KeyProjectSpec } from '../../api/generated/key-project.ts';
import { ALGORITHMS, type Algorithm } from '../../keys/crypto/algorithm.ts';
import { listed } from '../planning/policy.ts';

/** Absent policy allows all but those that NIST has withdrawn. */
const DEFAULT_ALGORITHMS: readonly Algorithm[] = (Object.keys(ALGORITHMS) as Algorithm[]).filter(
  (name) => ALGORITHMS[name].isMintable,
);

/** The algorithms that keys of the project may be of. */
export function allowedAlgorithms({ policy }: KeyProjectSpec): readonly Algorithm[] {
  return policy?.algorithms ?? DEFAULT_ALGORITHMS;
}

/** What the project allows instead of an algorithm that it refuses, and what a platform team does about a legacy one. */
export function allowedInstead(algorithm: Algorithm, projectSpec: KeyProjectSpec): string {
  const hint = ALGORITHMS[algorithm].isMintable
    ? ''
    : `. Legacy algorithms are allowed by name: add ${algorithm} to policy.algorithms of the KeyProject, beside those`;
  return `it allows: ${listed(allowedAlgorithms(projectSpec))}${hint}`;
}

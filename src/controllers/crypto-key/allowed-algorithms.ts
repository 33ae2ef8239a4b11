import type { KeyProjectSpec } from '../../api/generated/key-project.ts';
import { ALGORITHMS, type Algorithm } from '../../keys/crypto/algorithm.ts';

/** Absent policy allows all but those that NIST has withdrawn. */
const DEFAULT_ALGORITHMS: readonly Algorithm[] = (Object.keys(ALGORITHMS) as Algorithm[]).filter(
  (name) => ALGORITHMS[name].isMintable,
);

/** The algorithms that keys of the project may be of. */
export function allowedAlgorithms({ policy }: KeyProjectSpec): readonly Algorithm[] {
  return policy?.algorithms ?? DEFAULT_ALGORITHMS;
}

import type { DeclaredFacts } from '../planning/key-rules.ts';
import { perFacts } from '../planning/per-facts.ts';
import type { TargetEnvironment } from '../planning/targets.ts';
import { targetEnvironments } from './spec.ts';

/** The environments the spec names, resolved; none while the project is not ours to read. */
export const targetsOf: (facts: DeclaredFacts) => readonly TargetEnvironment[] = perFacts(({ object, project, now }) =>
  targetEnvironments(object.spec, project.kind === 'Ours' ? project.environments : [], now),
);

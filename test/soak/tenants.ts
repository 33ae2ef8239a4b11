import { keyProject, type KeyProjectBuilder } from '../support/builders.ts';

/** A project of the soak with its namespaces. */
export interface Tenant {
  readonly project: string;
  /** Where its keys are declared. */
  readonly authors: string;
  readonly staging: string;
  readonly eu: string;
  /** Leaves the project's production environment now and then, and comes back. */
  readonly us: string;
}

/** A namespace that no project names. */
export const BYSTANDER = 'bystander';

export const ENVIRONMENTS = ['staging', 'production'] as const;

export function tenantsOf(count: number): readonly Tenant[] {
  return Array.from({ length: count }, (_, index) => {
    const project = `team-${index + 1}`;
    return {
      project,
      authors: `${project}-config`,
      staging: `${project}-staging`,
      eu: `${project}-eu`,
      us: `${project}-us`,
    };
  });
}

export function namespacesOf({ authors, staging, eu, us }: Tenant): readonly string[] {
  return [authors, staging, eu, us];
}

/** The project as it is meant to be in the end: every namespace mapped, nothing suspended, no prefix. */
export function declaredProject({ project, authors, staging, eu, us }: Tenant): KeyProjectBuilder {
  return keyProject(project)
    .authors(authors)
    .environment('staging', [staging])
    .environment('production', [eu, us])
    .policy(OPEN_POLICY);
}

/** Rotations may follow each other at once. */
export const OPEN_POLICY = { minRotationInterval: '0s' } as const;

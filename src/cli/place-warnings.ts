import type { KeyProjectSpec } from '../api/generated/key-project.ts';
import { EVERY_ENVIRONMENT, type ImportContext } from '../sealing/import-context.ts';

type Place = Pick<ImportContext, 'project' | 'environment' | 'namespace'>;

/**
 * What the KeyProject has no place for: a message that is sealed for it would wait without anybody being told.
 * Not refused, because the project may be about to follow.
 *
 * @returns One line each.
 */
export function placeWarnings(
  { project, environment, namespace }: Place,
  { environments, authorNamespaces = [] }: KeyProjectSpec,
): readonly string[] {
  const names = environments.map(({ name }) => name);
  const warnings: string[] = [];
  if (environment !== EVERY_ENVIRONMENT && !names.includes(environment)) {
    warnings.push(
      `Warning: KeyProject "${project}" has no environment "${environment}"; it has ${listed(names)}. Until it has, nothing is imported.`,
    );
  }
  if (!authorNamespaces.includes(namespace)) {
    warnings.push(
      `Warning: KeyProject "${project}" takes no keys from namespace "${namespace}"; it takes them from ${listed(authorNamespaces)}.`,
    );
  }
  return warnings;
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.map((name) => `"${name}"`).join(', ');
}

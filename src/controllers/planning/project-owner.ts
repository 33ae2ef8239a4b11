import { INSTALLATION_ANNOTATION } from '../../api/labels.ts';
import type { KeyProject } from '../../api/generated/key-project.ts';

/** The installation that owns a project: its annotation, or what status remembers when somebody removed that. */
export function projectOwner(project: KeyProject): string | undefined {
  return project.metadata.annotations?.[INSTALLATION_ANNOTATION] ?? project.status?.installation;
}

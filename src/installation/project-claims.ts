import { INSTALLATION_ANNOTATION } from '../api/labels.ts';
import { KEYRING_SECRET } from './keyring-secret.ts';

/** Names of KeyProjects, each with the id of the installation that claims it. */
export type ProjectClaims = ReadonlyMap<string, string>;

/**
 * Why KeyProjects do not prove an installation to be of an id; undefined when they do. Those count that its records are
 * of, as other installations may share the cluster; where none of these is there, all do. They have to agree: one that
 * names the id beside others that do not may be a slip, or somebody else's.
 */
export function unprovenByClaims(id: string, claims: ProjectClaims, recorded: ReadonlySet<string>): string | undefined {
  const own = new Map([...claims].filter(([project]) => recorded.has(project)));
  const named = byInstallation(own.size > 0 ? own : claims);
  if (named.size > 1) {
    const told = [...named].map(([installation, project]) => `${installation} (${project})`).join(', ');
    return `KeyProjects name several installations: ${told}, and nothing that is sealed tells which one this is. Restore Secret "${KEYRING_SECRET}" if it is lost, or set the annotation ${INSTALLATION_ANNOTATION}=${id} on those that are this one's`;
  }
  return named.has(id) ? undefined : `No KeyProject is claimed by "${id}". ${knownIds(named.keys())}`;
}

/** For whoever gave a wrong one. */
export function knownIds(installations: Iterable<string>): string {
  const ids = [...new Set(installations)];
  return ids.length === 0 ? 'No KeyProject tells its id' : `KeyProjects name ${ids.join(', ')}`;
}

/** The installations, each with one of its projects. */
function byInstallation(claims: ProjectClaims): ReadonlyMap<string, string> {
  return new Map([...claims].map(([project, installation]) => [installation, project]));
}

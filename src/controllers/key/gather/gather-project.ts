import { INSTALLATION_ANNOTATION } from '../../../api/labels.ts';
import type { KeyProject } from '../../../api/generated/key-project.ts';
import { KEY_PROJECTS } from '../../../api/resources.ts';
import { NAMESPACES } from '../../../kube/objects/resource.ts';
import type { KeyIdentity } from '../../../sealing/ledger.ts';
import { forEachLimited } from '../../shared/concurrency.ts';
import { getOrUndefined } from '../../shared/get-or-undefined.ts';
import type { ProjectFacts } from '../../planning/key-facts.ts';
import { knownNamespace, knownNamespaces } from '../../caches/namespaces.ts';
import type { KeyPorts } from '../../shared/ports.ts';
import { projectOwner } from '../../planning/project-owner.ts';
import { mapEnvironments, type KnownNamespace } from '../../planning/targets.ts';

/** The project of a key and what its environments map to; live or from the caches. */
export async function readProject(
  ports: KeyPorts,
  identity: KeyIdentity,
  live: boolean,
  signal: AbortSignal,
): Promise<ProjectFacts> {
  const ref = { name: identity.project };
  const project = live
    ? await getOrUndefined(ports, KEY_PROJECTS, ref, signal)
    : ports.caches.projects.lister.get(ref.name);
  if (project === undefined) return { kind: 'Missing' };
  const owner = projectOwner(project);
  const installation = ports.installation.macContext?.installation;
  // Without an installation nobody can tell whose it is; the plan only restricts then.
  if (installation === undefined) return { kind: 'Unclaimed' };
  if (owner !== undefined && owner !== installation) return elsewhere(project, owner, installation);
  if (project.metadata.annotations?.[INSTALLATION_ANNOTATION] === undefined) return { kind: 'Unclaimed' };
  const known = live ? await readNamespaces(ports, project, signal) : knownNamespaces(ports);
  return {
    kind: 'Ours',
    project,
    environments: mapEnvironments(project.spec.environments, known, ports.operatorNamespace),
  };
}

function elsewhere({ status }: KeyProject, owner: string, installation: string): ProjectFacts {
  const reporter = status?.installation;
  const reportedBy = reporter === owner ? 'Owner' : reporter === installation ? 'Us' : 'Unknown';
  return { kind: 'Elsewhere', owner, installation, reportedBy };
}

/** Listed namespaces one by one; all of the cluster in one list when a selector has to see them. */
async function readNamespaces(
  ports: KeyPorts,
  project: KeyProject,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, KnownNamespace>> {
  const { environments } = project.spec;
  if (environments.some(({ namespaceSelector }) => namespaceSelector !== undefined)) {
    const { items } = await ports.client.list(NAMESPACES, { metadataOnly: true, signal });
    return new Map(items.map(({ metadata }) => [metadata.name, knownNamespace(metadata)]));
  }
  const known = new Map<string, KnownNamespace>();
  await forEachLimited([...new Set(environments.flatMap(({ namespaces }) => namespaces ?? []))], async (name) => {
    const namespace = await getOrUndefined(ports, NAMESPACES, { name }, signal);
    if (namespace !== undefined) known.set(name, knownNamespace(namespace.metadata));
  });
  return known;
}

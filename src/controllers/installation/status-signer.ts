import type { KeyObject } from '../../api/key-object.ts';
import { FINALIZER } from '../../api/labels.ts';
import { macKeyIdOf } from '../../sealing/mac.ts';
import type { Caches } from '../caches/caches.ts';
import { projectOwner } from '../planning/project-owner.ts';

/**
 * Which MAC key signed the status of a key, as it says itself, if that status is ours to write: undefined for a key of
 * another installation, and for one that is being deleted and has no finalizer of ours any more.
 */
export function statusSigner(
  { status, spec, metadata }: KeyObject,
  installation: string,
  projects: Pick<Caches['projects'], 'lister'>,
): string | undefined {
  const mac = status?.ledger?.mac;
  const project = projects.lister.get(spec.project);
  const owner = project === undefined ? undefined : projectOwner(project);
  const isLetGo = metadata.deletionTimestamp !== undefined && metadata.finalizers?.includes(FINALIZER) !== true;
  if (mac === undefined || isLetGo || (owner !== undefined && owner !== installation)) return undefined;
  return macKeyIdOf(mac);
}

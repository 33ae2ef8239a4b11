import { FINALIZER, INSTALLATION_ANNOTATION } from '../../api/labels.ts';
import type { KeyProject } from '../../api/generated/key-project.ts';
import { KEY_PROJECT_TYPE, KEY_PROJECTS } from '../../api/resources.ts';
import { KeywrightError } from '../../errors.ts';
import { isConflict, isNotFound } from '../../kube/errors/api-error.ts';
import { projectOwner } from '../planning/project-owner.ts';
import type { KeyEvents } from '../shared/key-events.ts';
import type { KeyPorts } from '../shared/ports.ts';
import { announceReady } from '../shared/ready-event.ts';
import type { KeyProjectFacts } from './facts.ts';
import type { Step } from './plan.ts';

/**
 * Does one step, bound to the resourceVersion it was planned on, and returns the project as it is then; undefined
 * when it went with its last finalizer.
 * @throws KW_OBJECT_CHANGED when the project moved on.
 */
export async function actOn(
  ports: KeyPorts,
  step: Step,
  facts: KeyProjectFacts,
  signal: AbortSignal,
): Promise<KeyProject | undefined> {
  const { name, resourceVersion = '', finalizers = [] } = facts.project.metadata;
  const { projects } = ports.caches;
  const doStep = (): Promise<KeyProject> => write(ports, step, facts, signal);
  try {
    if (step.kind !== 'RemoveFinalizer' || finalizers.length > 1)
      return await projects.trackWrite(name, resourceVersion, doStep);
    await projects.trackDelete(name, resourceVersion, async () => void (await doStep()));
    return undefined;
  } catch (error) {
    if (isConflict(error) || isNotFound(error)) {
      throw new KeywrightError('KW_OBJECT_CHANGED', { kind: 'KeyProject' }, { cause: error });
    }
    throw error;
  }
}

async function write(
  { client, events, logger }: KeyPorts,
  step: Step,
  { project, installation }: KeyProjectFacts,
  signal: AbortSignal,
): Promise<KeyProject> {
  const { spec } = project;
  const { name, uid = '', resourceVersion = '', finalizers = [] } = project.metadata;
  switch (step.kind) {
    case 'Claim': {
      const metadata = {
        resourceVersion,
        annotations: { [INSTALLATION_ANNOTATION]: installation },
        finalizers: [...new Set([...finalizers, FINALIZER])],
      };
      const claimed = await client.patch(KEY_PROJECTS, { name }, { metadata }, { signal });
      // A finalizer that somebody took off is put back by the same step.
      if (projectOwner(project) !== installation) logger.info({ project: name, installation }, 'Claimed a KeyProject');
      return claimed;
    }
    case 'RemoveFinalizer': {
      const metadata = { resourceVersion, finalizers: finalizers.filter((finalizer) => finalizer !== FINALIZER) };
      const released = await client.patch(KEY_PROJECTS, { name }, { metadata }, { signal });
      announceRelease(events, project, installation);
      return released;
    }
    case 'WriteStatus': {
      const { status } = step;
      const metadata = { name, uid, resourceVersion };
      const written = await client.updateStatus(
        KEY_PROJECTS,
        { ...KEY_PROJECT_TYPE, metadata, spec, status },
        { signal },
      );
      announceReady(events, { ...KEY_PROJECT_TYPE, metadata }, { before: project.status, after: status });
      return written;
    }
  }
}

/** A project that was handed over goes although keys may use it; they freeze, with everything in place. */
function announceRelease(events: KeyEvents, project: KeyProject, installation: string | undefined): void {
  const owner = projectOwner(project);
  if (owner === undefined || owner === installation) return;
  const note = `It belongs to installation "${owner}" and is let go without it; Secrets and records of its keys stay`;
  events.record(
    { ...KEY_PROJECT_TYPE, metadata: project.metadata },
    { type: 'Warning', reason: 'Released', action: 'Release', note },
  );
}

import type { KeyProjectFacts } from '../../../../src/controllers/key-project/facts.ts';
import { projectStatus } from '../../../../src/controllers/key-project/status.ts';
import { mapEnvironments } from '../../../../src/controllers/planning/targets.ts';
import { clusterOf, INSTALLATION, keyProjectOf, NOW } from '../../../support/facts.ts';

/** A project that is claimed, mapped and reported, with one key. A test changes only what it is about. */
export function settledProject(changes: Partial<KeyProjectFacts> = {}): KeyProjectFacts {
  const project = keyProjectOf();
  const facts: KeyProjectFacts = {
    now: NOW,
    project,
    health: 'Ready',
    installation: INSTALLATION,
    importKey: 'ab'.repeat(20),
    environments: mapEnvironments(project.spec.environments, clusterOf(), 'operator'),
    isNamespaced: false,
    keys: [{ kind: 'ApiKey', state: 'Active', count: 1 }],
    activeRecords: 1,
    orphans: 0,
    kindIsTerminating: false,
    sinceReportMs: undefined,
  };
  return { ...reportedProject(facts), ...changes };
}

/** The same facts after status was written. */
export function reportedProject(facts: KeyProjectFacts): KeyProjectFacts {
  return { ...facts, project: { ...facts.project, status: projectStatus(facts) } };
}

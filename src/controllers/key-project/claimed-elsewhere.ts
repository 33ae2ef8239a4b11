import { Reason } from '../../api/conditions.ts';
import { INSTALLATION_ANNOTATION } from '../../api/labels.ts';
import { KEY_PROJECT_TYPE } from '../../api/resources.ts';
import type { Logger } from '../../logger.ts';
import { projectOwner } from '../planning/project-owner.ts';
import type { KeyEvents } from '../shared/key-events.ts';
import type { KeyProjectFacts } from './facts.ts';

/**
 * Keeps count of the projects that another installation has, and tells of each, once for a process and an owner. Their
 * status is the owner's to write, so an owner that is gone leaves them looking well.
 */
export class ClaimedElsewhere {
  readonly #events: KeyEvents;
  readonly #logger: Logger;
  readonly #setCount: (count: number) => void;
  /** Name of the project to the id of its owner. */
  readonly #owners = new Map<string, string>();

  constructor(options: {
    readonly events: KeyEvents;
    readonly logger: Logger;
    readonly setCount: (count: number) => void;
  }) {
    this.#events = options.events;
    this.#logger = options.logger;
    this.#setCount = options.setCount;
  }

  /** Takes note of how a project was found. @param facts Undefined: it is gone. */
  observe(name: string, facts: KeyProjectFacts | undefined): void {
    const owner = facts === undefined ? undefined : projectOwner(facts.project);
    const installation = facts?.installation;
    const isElsewhere = owner !== undefined && installation !== undefined && owner !== installation;
    if (facts === undefined || !isElsewhere) {
      if (this.#owners.delete(name)) this.#setCount(this.#owners.size);
      return;
    }
    if (this.#owners.get(name) === owner) return;
    this.#owners.set(name, owner);
    this.#setCount(this.#owners.size);
    this.#announce(facts, owner, installation);
  }

  #announce({ project }: KeyProjectFacts, owner: string, installation: string): void {
    const { name } = project.metadata;
    const remedy = `If that one is lost, restore its backup, or take the project over: kubectl annotate keyproject ${name} ${INSTALLATION_ANNOTATION}=${installation} --overwrite`;
    const note = `Installation "${owner}" has this project; this one is "${installation}" and leaves it and its keys alone. ${remedy}`;
    this.#events.record(
      { ...KEY_PROJECT_TYPE, metadata: project.metadata },
      { type: 'Warning', reason: Reason.ClaimedElsewhere, action: 'Reconcile', note },
    );
    this.#logger.warn({ project: name, owner, installation }, `Another installation has this project. ${remedy}`);
  }
}

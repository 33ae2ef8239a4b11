import type { Outcome, ReconcileContext } from '../../kube/queue/controller.ts';
import { restoreInstallation, type InstallationChange } from '../../installation/guard-installation.ts';
import { openInstallation, type InstallationState } from '../../installation/open-installation.ts';
import type { Logger } from '../../logger.ts';
import type { KeyPorts } from '../shared/ports.ts';

/** While something is missing, an administrator may put it back in a way no watch of ours reports. */
const MISSING_LOOK_MS = 60_000;

export interface InstallationControllerOptions {
  readonly ports: KeyPorts;
  readonly logger: Logger;
  /** Called when the state changed kind, so that every key is looked at again. */
  readonly onStateChanged: (state: InstallationState) => void;
}

/**
 * Opens the installation and guards its Secrets while this process leads: what is deleted or edited under a
 * running operator comes back byte for byte from memory.
 */
export class InstallationController {
  readonly #options: InstallationControllerOptions;

  constructor(options: InstallationControllerOptions) {
    this.#options = options;
  }

  /** There is one installation, so the key says nothing. */
  async reconcile(_key: string, { signal }: Pick<ReconcileContext, 'signal'>): Promise<Outcome> {
    const { ports, logger, onStateChanged } = this.#options;
    const before = ports.installation.state;
    if (before?.kind === 'Ready') {
      const { client } = ports;
      await restoreInstallation({
        client,
        copies: before.copies,
        onChange: (change) => this.#announce(change),
        logger,
        signal,
      });
      return { kind: 'done' };
    }
    const { client, operatorNamespace: namespace, randomBytes, clock } = ports;
    const state = await openInstallation({ client, namespace, randomBytes, clock, logger, signal });
    ports.installation.set(state);
    if (ports.installation.macContext === undefined)
      ports.statusMemory.keep(Object.values(ports.caches.keys).flatMap(({ lister }) => lister.list()));
    else ports.statusMemory.clear();
    if (state.kind !== before?.kind) {
      if (state.kind === 'Ready') logger.info({ installation: state.installation.id }, 'Opened the installation');
      else logger.error({ reason: state.kind }, state.message);
      onStateChanged(state);
    }
    return state.kind === 'Ready' ? { kind: 'done' } : { kind: 'requeueAfter', ms: MISSING_LOOK_MS };
  }

  #announce({ name, namespace, change }: InstallationChange): void {
    const note =
      change === 'Foreign'
        ? 'A Secret of another type has the name of one the operator needs; delete it'
        : 'The Secret was changed or deleted under the running operator and was put back from memory';
    this.#options.ports.events.record(
      { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace } },
      { type: 'Warning', reason: `Installation${change}`, action: 'Restore', note },
    );
  }
}

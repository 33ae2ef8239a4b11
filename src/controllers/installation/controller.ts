import type { Outcome, ReconcileContext } from '../../kube/queue/controller.ts';
import { restoreInstallation, type InstallationChange } from '../../installation/guard-installation.ts';
import { openImportKeys } from '../../installation/open-import-keys.ts';
import { KEYRING_SECRET } from '../../installation/keyring-secret.ts';
import {
  openInstallation,
  type InstallationState,
  type ReadyInstallation,
} from '../../installation/open-installation.ts';
import type { InstallationAccess } from '../../installation/read-or-create.ts';
import { INSTALLATION_SECRET } from '../../installation/installation-secret.ts';
import { resetInstallation } from '../../installation/reset-installation.ts';
import type { Logger } from '../../logger.ts';
import { opensAnyRecord } from '../../sealing/rewrap.ts';
import { announceChange } from '../shared/installation-event.ts';
import type { KeyPorts } from '../shared/ports.ts';
import { projectOwner } from '../planning/project-owner.ts';
import type { KeyKeeper } from './key-keeper.ts';
import { takeOverRecords } from './takeover.ts';

/** While something is missing, an administrator may put it back in a way no watch of ours reports. */
const MISSING_LOOK_MS = 60_000;

export interface InstallationControllerOptions {
  readonly ports: KeyPorts;
  readonly logger: Logger;
  /** Whether a keyring is made where no record needs one; else an administrator makes it. */
  readonly createsKeyring: boolean;
  /** The id of an installation whose Secret is lost for good: it is to be reset. */
  readonly resetId: string | undefined;
  readonly keepers: readonly Pick<KeyKeeper, 'adoptUnanswered' | 'carryOut'>[];
  /** Called when the state changed kind, so that every key is looked at again. */
  readonly onStateChanged: (state: InstallationState) => void;
}

/**
 * Opens the installation and guards its Secrets while this process leads: what is deleted or edited under a
 * running operator comes back byte for byte from memory. Orders on them are carried out by their keepers.
 */
export class InstallationController {
  readonly #options: InstallationControllerOptions;

  constructor(options: InstallationControllerOptions) {
    this.#options = options;
  }

  /** There is one installation, so the key says nothing. */
  async reconcile(_key: string, { signal }: Pick<ReconcileContext, 'signal'>): Promise<Outcome> {
    const { ports, createsKeyring, logger, onStateChanged } = this.#options;
    const before = ports.installation.state;
    if (before?.kind === 'Ready') return await this.#guard(signal);
    const { client, operatorNamespace: namespace, randomBytes, clock } = ports;
    const opening = { client, namespace, randomBytes, clock, logger, signal, createsKeyring };
    const opened = await this.#open(opening);
    const state = opened.kind === 'Ready' ? await this.#judged(opened) : opened;
    // Before anything can be minted: beside records no import key is made.
    if (state.kind === 'Ready') ports.importKeys.set(await openImportKeys(state.installation.id, opening));
    ports.installation.set(state);
    if (ports.installation.macContext === undefined)
      ports.statusMemory.keep(Object.values(ports.caches.keys).flatMap(({ lister }) => lister.list()));
    else ports.statusMemory.clear();
    if (state.kind !== before?.kind) {
      if (state.kind === 'Ready') logger.info({ installation: state.installation.id }, 'Opened the installation');
      else logger.error({ reason: state.kind }, state.message);
      onStateChanged(state);
    }
    return { kind: 'requeueAfter', ms: state.kind === 'Ready' ? 0 : MISSING_LOOK_MS };
  }

  /** Opens it, after the reset that an admin ordered if that is possible. */
  async #open(opening: InstallationAccess & { readonly signal: AbortSignal }): Promise<InstallationState> {
    const { ports, logger, resetId: id } = this.#options;
    let opened = await openInstallation(opening);
    if (id !== undefined && opened.kind === 'InstallationMissing') {
      const refusal = await resetInstallation(id, { ...opening, ownerOf: projectOwner });
      if (refusal !== undefined) logger.error({ installation: id }, `Cannot reset the installation. ${refusal}`);
      else opened = await openInstallation(opening);
    } else if (id !== undefined && ports.installation.state === undefined && !isTakingOver(opened)) {
      const name = INSTALLATION_SECRET;
      logger.warn({ installation: id }, `Secret "${name}" is there: --reset-installation does nothing, take it off`);
    }
    return isTakingOver(opened) ? await takeOverRecords(ports, opened, opening.signal) : opened;
  }

  /** Puts right what others did to our Secrets, then does what their annotations order. */
  async #guard(signal: AbortSignal): Promise<Outcome> {
    const { ports, logger, keepers } = this.#options;
    for (const keeper of keepers) await keeper.adoptUnanswered(signal);
    const { state } = ports.installation;
    const copies = state?.kind === 'Ready' ? state.copies : [];
    const onChange = (change: InstallationChange): void => announceChange(ports.events, change);
    await restoreInstallation({ client: ports.client, copies, onChange, logger, signal });
    const waits: number[] = [];
    for (const keeper of keepers) waits.push((await keeper.carryOut(signal)) ?? Number.POSITIVE_INFINITY);
    const ms = Math.min(...waits);
    return ms === Number.POSITIVE_INFINITY ? { kind: 'done' } : { kind: 'requeueAfter', ms };
  }

  /** A keyring of somewhere else must not seal anything: the right one could not open it. */
  async #judged(opened: ReadyInstallation): Promise<InstallationState> {
    const { caches, randomBytes } = this.#options.ports;
    const { installation, kek, copies } = opened;
    const records = caches.records.lister.list().flatMap(({ secret }) => (secret === undefined ? [] : [secret]));
    const context = { installation: installation.id, macKeys: installation.macKeys, kek, randomBytes };
    if (await opensAnyRecord(records, context)) return opened;
    const message = `Secret "${KEYRING_SECRET}" opens no record: restore it from the same backup`;
    return { kind: 'KEKMissing', installation, copies, message };
  }
}

function isTakingOver(state: InstallationState): state is ReadyInstallation {
  return state.kind === 'Ready' && state.isTakingOver;
}

import { restoreInstallation } from '../../installation/guard-installation.ts';
import { IMPORT_NAME } from '../../installation/import-secret.ts';
import { openImportKeys, type ImportKeysState, type ReadyImportKeys } from '../../installation/open-import-keys.ts';
import { publishImportKey } from '../../installation/publish-import-key.ts';
import { rotateImportKey } from '../../installation/rotate-import-key.ts';
import type { Outcome, ReconcileContext } from '../../kube/queue/controller.ts';
import { announceChange } from '../shared/installation-event.ts';
import type { KeyPorts } from '../shared/ports.ts';

/** While the keys are missing, an administrator may put them back in a way no watch of ours reports. */
const MISSING_LOOK_MS = 60_000;

export interface ImportKeyControllerOptions {
  readonly ports: KeyPorts;
  /** Called when another import key became the active one, which projects report. */
  readonly onKeyChanged: () => void;
}

/**
 * Guards the Secret with the import keys while this process leads, rotates it when ordered, and keeps its public half
 * published. The installation's controller opens it first, before any record can be written.
 */
export class ImportKeyController {
  readonly #options: ImportKeyControllerOptions;
  #reported: string | undefined;

  constructor(options: ImportKeyControllerOptions) {
    this.#options = options;
  }

  /** There is one Secret, so the key says nothing. */
  async reconcile(_key: string, { signal }: Pick<ReconcileContext, 'signal'>): Promise<Outcome> {
    const { ports } = this.#options;
    const { state: installation } = ports.installation;
    // Opened or not, it wakes us.
    if (installation?.kind !== 'Ready') return { kind: 'done' };
    const state = await this.#current(installation.installation.id, signal);
    ports.importKeys.set(state);
    if (state.kind !== 'Ready') {
      if (this.#reported !== state.kind) this.#reportMissing(state);
      return { kind: 'requeueAfter', ms: MISSING_LOOK_MS };
    }
    const { fingerprint } = state.keys;
    const isNew = this.#reported !== fingerprint;
    if (isNew) this.#options.onKeyChanged();
    await this.#publish(state, isNew, signal);
    this.#reported = fingerprint;
    return { kind: 'done' };
  }

  async #current(installation: string, signal: AbortSignal): Promise<ImportKeysState> {
    const {
      client,
      operatorNamespace: namespace,
      randomBytes,
      clock,
      logger,
      importKeys,
      events,
    } = this.#options.ports;
    const { state: before } = importKeys;
    if (before?.kind !== 'Ready') {
      return await openImportKeys(installation, { client, namespace, randomBytes, clock, logger, signal });
    }
    const onChange = (change: Parameters<typeof announceChange>[1]): void => announceChange(events, change);
    await restoreInstallation({ client, copies: [before.copy], onChange, logger, signal });
    return await rotateImportKey(before, { client, clock, logger, signal });
  }

  async #publish(state: ReadyImportKeys, isNew: boolean, signal: AbortSignal): Promise<void> {
    const { client, operatorNamespace: namespace, logger, events } = this.#options.ports;
    const found = await publishImportKey(state, { client, namespace, logger, signal });
    // The first look publishes what a rotation or a start may have left undone; later ones undo what somebody did.
    if (found === undefined || isNew) return;
    events.record(
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: IMPORT_NAME, namespace } },
      {
        type: 'Warning',
        reason: 'ImportKeyRepaired',
        action: 'Restore',
        note: 'The published import key was changed or deleted and was put back; whoever sealed to another key must seal again',
      },
    );
  }

  #reportMissing({ kind, message }: Exclude<ImportKeysState, ReadyImportKeys>): void {
    const { logger, events, operatorNamespace: namespace } = this.#options.ports;
    this.#reported = kind;
    logger.error({ reason: kind }, message);
    events.record(
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: IMPORT_NAME, namespace } },
      { type: 'Warning', reason: kind, action: 'Open', note: message },
    );
  }
}

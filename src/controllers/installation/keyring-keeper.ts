import { DROP_KEK_ANNOTATION } from '../../api/labels.ts';
import { keyringOrders, keyringWithout, rotatedKeyring } from '../../installation/keyring-orders.ts';
import { decodeKeyringSecret, KEYRING_SECRET } from '../../installation/keyring-secret.ts';
import type { ReadyInstallation } from '../../installation/open-installation.ts';
import { recordPages } from '../../installation/read-or-create.ts';
import { SecretCopy } from '../../installation/secret-copy.ts';
import { undefinedIfNotFound } from '../../kube/errors/api-error.ts';
import type { Secret } from '../../kube/objects/objects.ts';
import { SECRETS } from '../../kube/objects/resource.ts';
import { wrappedBy } from '../../sealing/rewrap.ts';
import type { KeyPorts } from '../shared/ports.ts';

/**
 * Between the first look that finds a KEK unused and the second one that drops it. Longer than a reconcile may take:
 * what one has read before the last record was wrapped anew, it opens before.
 */
const DROP_GRACE_MS = 150_000;
/** While records still need a KEK that is to be dropped; the end of re-wrapping is told as well. */
const IN_USE_LOOK_MS = 60_000;
/** Records read at once: each has up to 700 KiB. */
const PAGE = 50;

export interface KeyringKeeperOptions {
  readonly ports: Pick<
    KeyPorts,
    'client' | 'installation' | 'operatorNamespace' | 'randomBytes' | 'clock' | 'events' | 'logger'
  >;
  /** Called when records have to be wrapped anew: another KEK wraps from now on, or some need one that is to go. */
  readonly onStale: () => void;
}

/** Carries out what an admin orders by annotations of the keyring: a new KEK, and the end of a former one. */
export class KeyringKeeper {
  readonly #options: KeyringKeeperOptions;
  /** What was sent and not answered: should it be there, it is ours and no edit. */
  #unanswered: SecretCopy | undefined;
  /** Of a KEK that is to be dropped: since when no record needs it, on the monotonic clock. */
  #unused: { readonly kekId: string; readonly sinceMs: number } | undefined;

  constructor(options: KeyringKeeperOptions) {
    this.#options = options;
  }

  /** Call it before the keyring is compared with memory: takes over a write of ours whose answer was lost. */
  async adoptUnanswered(signal: AbortSignal): Promise<void> {
    if (this.#unanswered === undefined) return;
    const live = await this.#live(signal);
    if (live === undefined || !this.#unanswered.matches(live)) return;
    this.#take(live);
    this.#options.onStale();
  }

  /** @returns Milliseconds after which to call again though nothing changes; undefined for never. */
  async carryOut(signal: AbortSignal): Promise<number | undefined> {
    const live = await this.#live(signal);
    // Anything but what memory holds is for the guard to put right first.
    if (live === undefined || this.#copy()?.matches(live) !== true) return undefined;
    const { rotate, drop } = keyringOrders(live);
    if (rotate !== undefined && (await this.#rotate(live, rotate, signal))) return 0;
    return drop === undefined ? undefined : await this.#drop(live, drop, signal);
  }

  /** @returns Whether there was room for another KEK. */
  async #rotate(live: Secret, trigger: string, signal: AbortSignal): Promise<boolean> {
    const { ports, onStale } = this.#options;
    const next = rotatedKeyring(live, trigger, ports.randomBytes);
    if (next === undefined) {
      this.#tell(
        'Warning',
        'KeyringFull',
        `The keyring holds as many KEKs as it may; drop one by ${DROP_KEK_ANNOTATION}`,
      );
      return false;
    }
    this.#take(await this.#put(next, signal));
    const kekId = this.#ready().kek.wrappingKekId;
    ports.logger.info({ kekId }, 'Rotated the KEK');
    this.#tell('Normal', 'KEKRotated', `The KEK ${kekId} wraps from now on; records are wrapped anew`);
    onStale();
    return true;
  }

  async #drop(live: Secret, kekId: string, signal: AbortSignal): Promise<number | undefined> {
    const { ports, onStale } = this.#options;
    const next = keyringWithout(live, kekId);
    if (next === undefined) {
      this.#tell('Warning', 'KEKNotDropped', 'The annotation names no former KEK of this keyring: nothing was done');
      return undefined;
    }
    if (await this.#isNeeded(kekId, signal)) {
      this.#unused = undefined;
      onStale();
      this.#tell('Warning', 'KEKInUse', `Records still need the KEK ${kekId}; it is dropped when none does any more`);
      return IN_USE_LOOK_MS;
    }
    const nowMs = ports.clock.monotonicMs();
    if (this.#unused?.kekId !== kekId) this.#unused = { kekId, sinceMs: nowMs };
    const waitMs = this.#unused.sinceMs + DROP_GRACE_MS - nowMs;
    if (waitMs > 0) return waitMs;
    this.#take(await this.#put(next, signal));
    ports.logger.info({ kekId }, 'Dropped a KEK');
    this.#tell('Normal', 'KEKDropped', `No record needed the KEK ${kekId}: it is gone`);
    return undefined;
  }

  /** Read live, past every cache, and unverified: in doubt it is needed. */
  async #isNeeded(kekId: string, signal: AbortSignal): Promise<boolean> {
    const { client, operatorNamespace: namespace } = this.#options.ports;
    for await (const page of recordPages({ client, namespace, signal }, { limit: PAGE })) {
      const needsIt = page.some((record) => {
        const wrapped = wrappedBy(record);
        return wrapped === 'Unreadable' || wrapped?.kekId === kekId;
      });
      if (needsIt) return true;
    }
    return false;
  }

  /** A conflict is thrown, for a fresh look. */
  async #put(next: Secret, signal: AbortSignal): Promise<Secret> {
    this.#unanswered = new SecretCopy(next);
    return await this.#options.ports.client.update(SECRETS, next, { signal });
  }

  /** What is in the Secret now is what seals and opens from now on. */
  #take(live: Secret): void {
    const { installation, randomBytes } = this.#options.ports;
    const decoded = decodeKeyringSecret(live, randomBytes);
    if (decoded.state === 'invalid') throw new TypeError('Cannot take over what is no keyring');
    const others = this.#ready().copies.filter(({ name }) => name !== KEYRING_SECRET);
    installation.setKeyring(decoded.kek, [...others, new SecretCopy(live)]);
    this.#unanswered = undefined;
    this.#unused = undefined;
  }

  async #live(signal: AbortSignal): Promise<Secret | undefined> {
    const { client, operatorNamespace: namespace } = this.#options.ports;
    return await client.get(SECRETS, { namespace, name: KEYRING_SECRET }, { signal }).catch(undefinedIfNotFound);
  }

  #copy(): SecretCopy | undefined {
    return this.#ready().copies.find(({ name }) => name === KEYRING_SECRET);
  }

  #ready(): ReadyInstallation {
    const { state } = this.#options.ports.installation;
    if (state?.kind !== 'Ready') throw new TypeError('Cannot keep the keyring: the installation is not ready');
    return state;
  }

  #tell(type: 'Normal' | 'Warning', reason: string, note: string): void {
    const { events, operatorNamespace: namespace } = this.#options.ports;
    const regarding = { apiVersion: 'v1', kind: 'Secret', metadata: { name: KEYRING_SECRET, namespace } };
    events.record(regarding, { type, reason, action: 'KeepKeyring', note });
  }
}

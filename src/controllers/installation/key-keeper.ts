import { keyOrders, withNewKey, withoutKey } from '../../installation/key-orders.ts';
import type { StoredKeys } from '../../installation/stored-keys.ts';
import type { ReadyInstallation } from '../../installation/open-installation.ts';
import { SecretCopy } from '../../installation/secret-copy.ts';
import { undefinedIfNotFound } from '../../kube/errors/api-error.ts';
import type { Secret } from '../../kube/objects/objects.ts';
import { SECRETS } from '../../kube/objects/resource.ts';
import type { KeyPorts } from '../shared/ports.ts';

/**
 * Between the first look that finds a key unused and the second one that drops it. Longer than a reconcile may take:
 * what one has read or signed before the last object was renewed, it opens or writes before.
 */
const DROP_GRACE_MS = 150_000;
/** While a key that is to be dropped is still needed; the end of a renewal is told as well. */
const IN_USE_LOOK_MS = 60_000;

export type KeeperPorts = Pick<
  KeyPorts,
  'client' | 'installation' | 'operatorNamespace' | 'randomBytes' | 'clock' | 'events' | 'logger'
>;

/** The keys of one Secret of the installation, and what follows when they change. */
export interface KeptKeys {
  readonly secretName: string;
  readonly stored: StoredKeys<string>;
  /** Takes over the keys in the Secret, and the copies it is guarded by. @throws {TypeError} if it is no such Secret. */
  readonly take: (live: Secret, copies: readonly SecretCopy[]) => void;
  /** Of the key in use. */
  readonly currentKeyId: () => string;
  /** One object that needs a former key, as events name it, by live lists; in doubt there is one. Undefined: none. */
  readonly findUser: (keyId: string, signal: AbortSignal) => Promise<string | undefined>;
  /** Called when there is something to renew: another key is in use, or a former one is needed that is to go. */
  readonly onStale: () => void;
  readonly words: KeeperWords;
}

/** What events and the log say. */
export interface KeeperWords {
  /** Of events. */
  readonly action: string;
  /** Of a key in the log: "kekId". */
  readonly field: string;
  readonly rotated: Words;
  readonly dropped: Words;
  readonly full: Pick<Words, 'reason' | 'note'>;
  readonly notDropped: Pick<Words, 'reason' | 'note'>;
  readonly inUse: { readonly reason: string; readonly note: (keyId: string, user: string) => string };
}

interface Words {
  readonly reason: string;
  readonly note: (keyId: string) => string;
  /** The line in the log. */
  readonly line: string;
}

/** Carries out what an admin orders by annotations of a Secret with keys: a new key, and the end of a former one. */
export class KeyKeeper {
  readonly #ports: KeeperPorts;
  readonly #kept: KeptKeys;
  /** What was sent and not answered: should it be there, it is ours and no edit. */
  #unanswered: SecretCopy | undefined;
  /** Of a key that is to be dropped: since when nothing needs it, on the monotonic clock. */
  #unused: { readonly keyId: string; readonly sinceMs: number } | undefined;

  constructor(ports: KeeperPorts, kept: KeptKeys) {
    this.#ports = ports;
    this.#kept = kept;
  }

  /** Call it before the Secret is compared with memory: takes over a write of ours whose answer was lost. */
  async adoptUnanswered(signal: AbortSignal): Promise<void> {
    if (this.#unanswered === undefined) return;
    const live = await this.#live(signal);
    if (live === undefined || !this.#unanswered.matches(live)) return;
    this.#take(live);
    this.#kept.onStale();
  }

  /** @returns Milliseconds after which to call again though nothing changes; undefined for never. */
  async carryOut(signal: AbortSignal): Promise<number | undefined> {
    const live = await this.#live(signal);
    // Anything but what memory holds is for the guard to put right first.
    if (live === undefined || this.#copy()?.matches(live) !== true) return undefined;
    const { rotate, drop } = keyOrders(this.#kept.stored, live);
    if (rotate !== undefined && (await this.#rotate(live, rotate, signal))) return 0;
    return drop === undefined ? undefined : await this.#drop(live, drop, signal);
  }

  /** @returns Whether there was room for another key. */
  async #rotate(live: Secret, trigger: string, signal: AbortSignal): Promise<boolean> {
    const { stored, words, currentKeyId, onStale } = this.#kept;
    const next = withNewKey(stored, live, trigger, this.#ports.randomBytes);
    if (next === undefined) {
      this.#tell('Warning', words.full, '');
      return false;
    }
    this.#take(await this.#put(next, signal));
    this.#done(words.rotated, currentKeyId());
    onStale();
    return true;
  }

  async #drop(live: Secret, keyId: string, signal: AbortSignal): Promise<number | undefined> {
    const { stored, words, findUser, onStale } = this.#kept;
    const next = withoutKey(stored, live, keyId);
    if (next === undefined) {
      this.#tell('Warning', words.notDropped, keyId);
      return undefined;
    }
    const user = await findUser(keyId, signal);
    if (user !== undefined) {
      this.#unused = undefined;
      onStale();
      const { reason, note } = words.inUse;
      this.#tell('Warning', { reason, note: () => note(keyId, user) }, keyId);
      return IN_USE_LOOK_MS;
    }
    const nowMs = this.#ports.clock.monotonicMs();
    if (this.#unused?.keyId !== keyId) this.#unused = { keyId, sinceMs: nowMs };
    const waitMs = this.#unused.sinceMs + DROP_GRACE_MS - nowMs;
    if (waitMs > 0) return waitMs;
    this.#take(await this.#put(next, signal));
    this.#done(words.dropped, keyId);
    return undefined;
  }

  /** A conflict is thrown, for a fresh look. */
  async #put(next: Secret, signal: AbortSignal): Promise<Secret> {
    this.#unanswered = new SecretCopy(next);
    return await this.#ports.client.update(SECRETS, next, { signal });
  }

  /** What is in the Secret now is what is used from now on. */
  #take(live: Secret): void {
    const others = this.#ready().copies.filter(({ name }) => name !== this.#kept.secretName);
    this.#kept.take(live, [...others, new SecretCopy(live)]);
    this.#unanswered = undefined;
    this.#unused = undefined;
  }

  async #live(signal: AbortSignal): Promise<Secret | undefined> {
    const { client, operatorNamespace: namespace } = this.#ports;
    return await client.get(SECRETS, { namespace, name: this.#kept.secretName }, { signal }).catch(undefinedIfNotFound);
  }

  #copy(): SecretCopy | undefined {
    return this.#ready().copies.find(({ name }) => name === this.#kept.secretName);
  }

  #ready(): ReadyInstallation {
    const { state } = this.#ports.installation;
    if (state?.kind !== 'Ready') throw new TypeError('Cannot keep keys: the installation is not ready');
    return state;
  }

  #done(words: Words, keyId: string): void {
    this.#ports.logger.info({ [this.#kept.words.field]: keyId }, words.line);
    this.#tell('Normal', words, keyId);
  }

  #tell(type: 'Normal' | 'Warning', { reason, note }: Pick<Words, 'reason' | 'note'>, keyId: string): void {
    const { events, operatorNamespace: namespace } = this.#ports;
    const { secretName: name, words } = this.#kept;
    const regarding = { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace } };
    events.record(regarding, { type, reason, action: words.action, note: note(keyId) });
  }
}

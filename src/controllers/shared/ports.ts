import type { Clock, RandomBytes } from '../../clock.ts';
import type { Installation } from '../../installation/installation-secret.ts';
import type { InstallationState } from '../../installation/open-installation.ts';
import type { SecretCopy } from '../../installation/secret-copy.ts';
import type { KubeClient } from '../../kube/client/client.ts';
import type { Secret } from '../../kube/objects/objects.ts';
import type { Logger } from '../../logger.ts';
import type { KekProvider } from '../../sealing/kek-provider.ts';
import type { ViewContext } from '../caches/cached-secret.ts';
import type { MacContext, RecordContext } from '../../sealing/record-context.ts';
import type { Peppers } from '../../sealing/peppers.ts';
import { RecordReader } from '../caches/cached-record.ts';
import type { Caches } from '../caches/caches.ts';
import type { DeliveryResult } from '../../telemetry/key-metrics.ts';
import type { KeyRules } from '../planning/key-rules.ts';
import type { KeyKind } from '../../sealing/ledger.ts';
import type { ImportKeysHolder } from './import-keys-holder.ts';
import type { JudgingDesk } from './judging-desk.ts';
import type { Patience } from './patience.ts';
import type { FirstIssues } from './first-issues.ts';
import type { MintingDesk } from './minting-desk.ts';
import type { Reservations } from './reservations.ts';
import type { StatusMemory } from './status-memory.ts';
import type { KeyEvents } from './key-events.ts';

/** Calls that name one object. A call may be refused with ConnectionError `held-off` before anything is sent. */
export type PlaceClient = Pick<KubeClient, 'get' | 'create' | 'update' | 'delete'>;

/** What controllers act through. Handed in, so that tests choose the clock, the randomness and the network. */
export interface KeyPorts {
  /** Refuses writes unless this process holds the lease. */
  readonly client: KubeClient;
  /** For Secrets at places, which `client` is not for: fenced like it, and no namespace holds up another. */
  readonly placeClient: PlaceClient;
  readonly caches: Caches;
  readonly kinds: Readonly<Record<KeyKind, KeyRules>>;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  readonly operatorNamespace: string;
  /** The operator has rights in named namespaces only. */
  readonly isNamespaced: boolean;
  readonly installation: InstallationHolder;
  readonly importKeys: ImportKeysHolder;
  readonly reservations: Reservations;
  readonly firstIssues: FirstIssues;
  readonly statusMemory: StatusMemory;
  readonly desk: Pick<MintingDesk, 'take' | 'forget'>;
  readonly judging: Pick<JudgingDesk, 'ask' | 'forget'>;
  /** With places that hold what has to be sealed and cannot be read. */
  readonly patience: Patience;
  readonly events: KeyEvents;
  /** For what was done, one line each: the audit trail. */
  readonly logger: Logger;
  /** Counts Secret writes or refusals. @param count 1 unless told. */
  readonly countDelivery: (result: DeliveryResult, count?: number) => void;
}

/** The state of the installation, as last opened; what can be signed and sealed follows from it. */
export class InstallationHolder {
  #state: InstallationState | undefined;
  #macContext: ViewContext | undefined;
  #reader: RecordReader | undefined;
  readonly #randomBytes: RandomBytes;

  constructor(randomBytes: RandomBytes) {
    this.#randomBytes = randomBytes;
  }

  set(state: InstallationState): void {
    this.#state = state;
    const peppers = state.kind === 'Ready' ? state.peppers : undefined;
    this.#macContext = 'installation' in state ? { ...macContextOf(state.installation), peppers } : undefined;
    this.#reader = this.#macContext === undefined ? undefined : new RecordReader(this.#macContext);
  }

  /** Another keyring of the same installation, whose state is Ready; what signs and verifies stays the same object. */
  setKeyring(kek: KekProvider, copies: readonly SecretCopy[]): void {
    if (this.#state?.kind !== 'Ready') throw new TypeError('Cannot change the keyring: the installation is not ready');
    this.#state = { ...this.#state, kek, copies };
  }

  /** Other MAC keys of the same installation, whose state is Ready: what was verified before is verified anew. */
  setMacKeys(installation: Installation, copies: readonly SecretCopy[]): void {
    if (this.#state?.kind !== 'Ready') throw new TypeError('Cannot change MAC keys: the installation is not ready');
    this.set({ ...this.#state, installation, copies });
  }

  /** Undefined until it was opened for the first time. */
  get state(): InstallationState | undefined {
    return this.#state;
  }

  /** What signs and verifies, the same object until the installation is opened anew or its MAC keys change; undefined without MAC keys. */
  get macContext(): ViewContext | undefined {
    return this.#macContext;
  }

  /** What seals and opens. @throws {TypeError} unless the state is Ready: planning must have stopped before. */
  get recordContext(): RecordContext {
    if (this.#state?.kind !== 'Ready') throw new TypeError('Cannot seal: the installation is not ready');
    return { ...macContextOf(this.#state.installation), kek: this.#state.kek, randomBytes: this.#randomBytes };
  }

  /** What makes and compares keyed hashes. @throws {TypeError} unless the state is Ready: planning must have stopped before. */
  get peppers(): Peppers {
    if (this.#state?.kind !== 'Ready') throw new TypeError('Cannot hash: the installation is not ready');
    return this.#state.peppers;
  }

  /** Undefined without MAC keys: then no record can be believed. */
  readRecord(secret: Secret): ReturnType<RecordReader['read']> | undefined {
    return this.#reader?.read(secret);
  }
}

function macContextOf({
  id,
  macKeys,
}: {
  readonly id: string;
  readonly macKeys: RecordContext['macKeys'];
}): MacContext {
  return { installation: id, macKeys };
}

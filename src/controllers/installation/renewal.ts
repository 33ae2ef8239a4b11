import type { KeyObject } from '../../api/key-object.ts';
import { INSTALLATION_SECRET } from '../../installation/installation-secret.ts';
import { KEYRING_SECRET } from '../../installation/keyring-secret.ts';
import { objectKey } from '../../kube/objects/objects.ts';
import type { WorkQueue } from '../../kube/queue/work-queue.ts';
import type { Logger } from '../../logger.ts';
import { KEY_KINDS, type KeyKind } from '../../sealing/ledger.ts';
import { isStale } from '../../sealing/rewrap.ts';
import type { InstallationMetrics } from '../../telemetry/installation-metrics.ts';
import type { CachedRecord } from '../caches/cached-record.ts';
import { hasFormerProof, type CachedSecret } from '../caches/cached-secret.ts';
import type { Caches } from '../caches/caches.ts';
import { REPORT_PRIORITY } from '../key/wake/wake.ts';
import type { KeyEvents } from '../shared/key-events.ts';
import type { InstallationHolder } from '../shared/ports.ts';
import { StaleObjects } from './stale-objects.ts';
import { statusSigner } from './status-signer.ts';

/** With four workers: ten objects a second while keys wait for theirs, so that a rotation ends all the same. */
export const BUSY_PAUSE_MS = 400;

type Queue = Pick<WorkQueue, 'add'>;

export interface RenewalOptions {
  readonly installation: InstallationHolder;
  readonly caches: () => Pick<Caches, 'records' | 'secrets' | 'keys' | 'projects'>;
  /** Of names of records, "<namespace>/<name>" of Secrets, and "<kind>/<namespace>/<name>" of keys. */
  readonly queues: { readonly records: Queue; readonly secrets: Queue; readonly keys: Queue };
  readonly metrics: InstallationMetrics;
  readonly events: KeyEvents;
  readonly logger: Logger;
  readonly operatorNamespace: string;
  /** Called when nothing needs a former key any more: one may wait to be dropped. */
  readonly onRenewed: () => void;
}

/**
 * What is renewed in the background since the KEK or the MAC key was rotated: data keys of records are wrapped anew;
 * records, proofs on Secrets and statuses are signed anew. It goes by what objects say of themselves: a record or
 * status that does not verify counts too, because it holds up the end of a key; a Secret, which anybody may write,
 * only if its proof holds.
 */
export class Renewal {
  readonly #options: RenewalOptions;
  readonly #wrapped: StaleObjects<CachedRecord>;
  readonly #records: StaleObjects<CachedRecord>;
  readonly #secrets: StaleObjects<CachedSecret>;
  readonly #statuses: StaleObjects<KeyObject>;

  constructor(options: RenewalOptions) {
    this.#options = options;
    const { installation, metrics, caches } = options;
    this.#wrapped = new StaleObjects<CachedRecord>({
      isStale: ({ wrappedBy }) => {
        const { state } = installation;
        return state?.kind === 'Ready' && wrappedBy !== undefined && isStale(wrappedBy, state.kek);
      },
      setCount: (count) => metrics.setStaleRecords(count),
      onDrained: () => this.#onRewrapped(),
    });
    const isFormer = (keyId: string | undefined): boolean => {
      const { state } = installation;
      return state?.kind === 'Ready' && keyId !== undefined && state.installation.macKeys.isFormer(keyId);
    };
    const onDrained = (): void => this.#onResigned();
    this.#records = new StaleObjects<CachedRecord>({
      isStale: ({ signedBy }) => isFormer(signedBy),
      setCount: (count) => metrics.setStaleMacs('record', count),
      onDrained,
    });
    this.#secrets = new StaleObjects<CachedSecret>({
      isStale: (secret) => {
        const { state, macContext } = installation;
        return state?.kind === 'Ready' && macContext !== undefined && hasFormerProof(secret, macContext);
      },
      setCount: (count) => metrics.setStaleMacs('secret', count),
      onDrained,
    });
    this.#statuses = new StaleObjects<KeyObject>({
      isStale: (key) => {
        const { macContext } = installation;
        return macContext !== undefined && isFormer(statusSigner(key, macContext.installation, caches().projects));
      },
      setCount: (count) => metrics.setStaleMacs('status', count),
      onDrained,
    });
  }

  /** Takes note of a record as it is now; undefined: it is gone. @returns Whether it is to be written anew. */
  observeRecord(name: string, record: CachedRecord | undefined): boolean {
    const isWrapStale = this.#wrapped.observe(name, record);
    return this.#records.observe(name, record) || isWrapStale;
  }

  /** The same of a delivered Secret, by "<namespace>/<name>". */
  observeSecret(key: string, secret: CachedSecret | undefined): boolean {
    return this.#secrets.observe(key, secret);
  }

  /** The same of a key's status. @param key "<namespace>/<name>". */
  observeStatus(kind: KeyKind, key: string, object: KeyObject | undefined): boolean {
    return this.#statuses.observe(`${kind}/${key}`, object);
  }

  /** Another KEK or MAC key is in use, or everything is looked at again: puts what is stale into its queue. */
  enqueueStale(): void {
    const { logger, queues, caches } = this.#options;
    const { records, secrets, keys } = caches();
    const allRecords = records.lister.list().map((record) => [record.metadata.name, record] as const);
    const wrapped = this.#wrapped.observeAll(allRecords);
    const signed = this.#records.observeAll(allRecords);
    const proofs = this.#secrets.observeAll(secrets.lister.list().map((secret) => [objectKey(secret), secret]));
    const statuses = this.#statuses.observeAll(
      KEY_KINDS.flatMap((kind) => keys[kind].lister.list().map((key) => [`${kind}/${objectKey(key)}`, key] as const)),
    );
    for (const name of new Set([...wrapped, ...signed])) queues.records.add(name);
    for (const key of proofs) queues.secrets.add(key);
    for (const id of statuses) queues.keys.add(id, { priority: REPORT_PRIORITY });
    if (wrapped.length > 0) logger.info({ records: wrapped.length }, 'Wrapping data keys of records anew');
    const counts = { records: signed.length, secrets: proofs.length, statuses: statuses.length };
    if (Object.values(counts).some((count) => count > 0))
      logger.info(counts, 'Signing anew what a former MAC key signed');
  }

  #onRewrapped(): void {
    this.#options.logger.info({}, 'Wrapped the data key of every record anew');
    const note = 'The KEK that wraps now has wrapped the data key of every record; former ones can be dropped';
    this.#tell(KEYRING_SECRET, 'RecordsRewrapped', 'KeepKeyring', note);
  }

  #onResigned(): void {
    if (this.#records.count + this.#secrets.count + this.#statuses.count > 0) return;
    this.#options.logger.info({}, 'Signed anew all that a former MAC key had signed');
    const note = 'The MAC key that signs now has signed every record, proof and status; former ones can be dropped';
    this.#tell(INSTALLATION_SECRET, 'MACsRenewed', 'KeepInstallation', note);
  }

  #tell(name: string, reason: string, action: string, note: string): void {
    const { events, operatorNamespace: namespace, onRenewed } = this.#options;
    const regarding = { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace } };
    events.record(regarding, { type: 'Normal', reason, action, note });
    onRenewed();
  }
}

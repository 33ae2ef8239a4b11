import { KeywrightError } from '../../errors.ts';
import type { Outcome, ReconcileContext } from '../../kube/queue/controller.ts';
import { withoutDataCopies } from '../../kube/objects/data-copies.ts';
import { isConflict, isNotFound } from '../../kube/errors/api-error.ts';
import type { Secret } from '../../kube/objects/objects.ts';
import { SECRETS } from '../../kube/objects/resource.ts';
import { encodeRecord, signedBy } from '../../sealing/record.ts';
import { isStale, rewrapMaterial } from '../../sealing/rewrap.ts';
import type { RecordContext } from '../../sealing/record-context.ts';
import type { CachedRecord } from '../caches/cached-record.ts';
import { sealingFailure } from '../secrets/sealing-failure.ts';
import type { KeyPorts } from '../shared/ports.ts';
import { BUSY_PAUSE_MS, type Renewal } from './renewal.ts';

export interface RewrapControllerOptions {
  readonly ports: Pick<KeyPorts, 'client' | 'caches' | 'installation' | 'operatorNamespace' | 'clock'>;
  readonly renewal: Pick<Renewal, 'observeRecord'>;
  /** Whether keys wait for a worker: their own work goes first. */
  readonly isBusy: () => boolean;
}

/**
 * Wraps the DEK of one record anew after a KEK rotation, and signs the record anew after a rotation of the MAC key;
 * one write does both. The ledger stays as it is, its sequence too: nothing that status or Secrets prove changes, and a
 * record from before the rotation is no rollback (docs/adr/0009).
 *
 * A record that changes meanwhile is left to the look that its change brings.
 */
export class RewrapController {
  readonly #options: RewrapControllerOptions;

  constructor(options: RewrapControllerOptions) {
    this.#options = options;
  }

  /** @param name Of the record. @throws KW_RECORD_UNREADABLE, KW_KEK_UNAVAILABLE, and what the API server answers. */
  async reconcile(name: string, { signal }: Pick<ReconcileContext, 'signal'>): Promise<Outcome> {
    const { ports, renewal, isBusy } = this.#options;
    if (!renewal.observeRecord(name, this.#cached(name))) return { kind: 'done' };
    if (isBusy()) await ports.clock.sleep(BUSY_PAUSE_MS, signal);
    const secret = this.#cached(name)?.secret;
    const body = secret === undefined ? undefined : await this.#renewed(secret, signal);
    if (secret !== undefined && body !== undefined) await this.#write(secret, body, signal);
    return { kind: 'done' };
  }

  /** What to store instead; undefined for a record that is not believed, or as it should be by now. */
  async #renewed(secret: Secret, signal: AbortSignal): Promise<Required<Pick<Secret, 'type' | 'data'>> | undefined> {
    const { installation } = this.#options.ports;
    const record = installation.readRecord(secret);
    if (record?.state !== 'valid') return undefined;
    const { ledger, sealed } = record;
    const context = installation.recordContext;
    const isWrapStale = sealed !== undefined && isStale(sealed.dek, context.kek);
    if (!isWrapStale && !isSignedByFormer(secret, context)) return undefined;
    try {
      const renewed = isWrapStale ? await rewrapMaterial(sealed, ledger, context, { signal }) : sealed;
      return encodeRecord(renewed === undefined ? { ledger } : { ledger, sealed: renewed }, context);
    } catch (error) {
      throw sealingFailure(error, (options) => new KeywrightError('KW_RECORD_UNREADABLE', {}, options));
    }
  }

  async #write(secret: Secret, body: Pick<Secret, 'type' | 'data'>, signal: AbortSignal): Promise<void> {
    const { client, caches, operatorNamespace: namespace } = this.#options.ports;
    const { name, resourceVersion } = secret.metadata;
    const annotations = withoutDataCopies(secret.metadata.annotations);
    const record: Secret = { ...secret, metadata: { ...secret.metadata, annotations }, ...body };
    try {
      await caches.records.trackWrite(`${namespace}/${name}`, resourceVersion, () =>
        client.update(SECRETS, record, { signal }),
      );
    } catch (error) {
      if (!isConflict(error) && !isNotFound(error)) throw error;
    }
  }

  #cached(name: string): CachedRecord | undefined {
    const { caches, operatorNamespace } = this.#options.ports;
    return caches.records.lister.get(`${operatorNamespace}/${name}`);
  }
}

function isSignedByFormer(secret: Secret, { macKeys }: RecordContext): boolean {
  const keyId = signedBy(secret);
  return keyId !== undefined && macKeys.isFormer(keyId);
}

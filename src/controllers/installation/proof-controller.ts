import { undefinedIfNotFound } from '../../kube/errors/api-error.ts';
import { SECRETS } from '../../kube/objects/resource.ts';
import type { Outcome, ReconcileContext } from '../../kube/queue/controller.ts';
import { digestSecret, hasFormerProof, renewedProof } from '../caches/cached-secret.ts';
import { writeProof } from '../secrets/write-proof.ts';
import type { KeyPorts } from '../shared/ports.ts';
import { BUSY_PAUSE_MS, type Renewal } from './renewal.ts';

export interface ProofControllerOptions {
  readonly ports: Pick<KeyPorts, 'placeClient' | 'caches' | 'installation' | 'clock'>;
  readonly renewal: Pick<Renewal, 'observeSecret'>;
  /** Whether keys wait for a worker: their own work goes first. */
  readonly isBusy: () => boolean;
}

/**
 * Signs the proof on one delivered Secret anew after a rotation of the MAC key: it says what it said before, no value
 * changes, and no pass over the key is needed, so that Secrets of orphans, of frozen keys and of retained ones are not
 * left behind. An edited Secret stays an edited one (see renewProof).
 *
 * A Secret that changes meanwhile is left to the look that its change brings.
 */
export class ProofController {
  readonly #options: ProofControllerOptions;

  constructor(options: ProofControllerOptions) {
    this.#options = options;
  }

  /** @param key "<namespace>/<name>". @throws What the API server answers. */
  async reconcile(key: string, { signal }: Pick<ReconcileContext, 'signal'>): Promise<Outcome> {
    const { ports, renewal, isBusy } = this.#options;
    const cached = ports.caches.secrets.lister.get(key);
    if (!renewal.observeSecret(key, cached) || cached === undefined) return { kind: 'done' };
    if (isBusy()) await ports.clock.sleep(BUSY_PAUSE_MS, signal);
    const { namespace = '', name } = cached.metadata;
    const live = await ports.placeClient.get(SECRETS, { namespace, name }, { signal }).catch(undefinedIfNotFound);
    const context = ports.installation.macContext;
    // A live one that another replica labelled away, renewed or edited is judged by the change that tells of it.
    if (
      live === undefined ||
      context === undefined ||
      live.metadata.resourceVersion !== cached.metadata.resourceVersion
    )
      return { kind: 'done' };
    const digested = digestSecret(live);
    const proof = hasFormerProof(digested, context) ? renewedProof(digested, context) : undefined;
    if (proof !== undefined) await writeProof(ports, live, proof, signal);
    return { kind: 'done' };
  }
}

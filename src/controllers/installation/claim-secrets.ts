import { ApiError, ConnectionError, undefinedIfNotFound } from '../../kube/errors/api-error.ts';
import { errorFacts } from '../../kube/errors/error-facts.ts';
import { SECRETS } from '../../kube/objects/resource.ts';
import { isSameVersion, type EnvironmentEntry, type Ledger, type Place } from '../../sealing/ledger.ts';
import { signClaim } from '../../sealing/proof.ts';
import { digestSecret, readClaim, viewSecret, type ViewContext } from '../caches/cached-secret.ts';
import { isOurs, ownerOf } from '../planning/place-state.ts';
import type { LedgerClaim } from '../planning/secret-view.ts';
import { writeProof } from '../secrets/write-proof.ts';
import { forEachLimited } from '../shared/concurrency.ts';
import type { KeyPorts } from '../shared/ports.ts';

export type ClaimPorts = Pick<KeyPorts, 'placeClient' | 'caches' | 'logger'>;

/**
 * After a reset of the installation no proof holds any more. A Secret of an ApiKey is known by its token at its place.
 * One of a CryptoKey holds nothing whose hash a ledger has; at a place of the ledger it is taken for ours if it says so
 * and names a version of the environment, and is written anew from what is sealed. Its values are proven by nothing.
 *
 * A namespace that does not answer holds nothing up: there a Secret is somebody else's until its owner consents.
 */
export async function claimSecrets(
  ports: ClaimPorts,
  ledger: Ledger,
  context: ViewContext,
  signal: AbortSignal,
): Promise<void> {
  if (ledger.kind !== 'CryptoKey') return;
  const places = ledger.environments.flatMap((entry) => entry.places.map((place) => ({ entry, place })));
  await forEachLimited(places, async ({ entry, place }) => {
    try {
      await claimSecret(ports, ledger, { entry, place }, context, signal);
    } catch (error) {
      if (!(error instanceof ApiError) && !(error instanceof ConnectionError)) throw error;
      const { namespace, secretName: secret } = place;
      ports.logger.warn({ namespace, secret, ...errorFacts(error) }, 'Could not claim a Secret after the reset');
    }
  });
}

async function claimSecret(
  ports: ClaimPorts,
  ledger: Ledger,
  { entry, place }: { readonly entry: EnvironmentEntry; readonly place: Place },
  context: ViewContext,
  signal: AbortSignal,
): Promise<void> {
  const { namespace, secretName: name } = place;
  const live = await ports.placeClient.get(SECRETS, { namespace, name }, { signal }).catch(undefinedIfNotFound);
  if (live === undefined) return;
  const digested = digestSecret(live);
  const claim = readClaim(digested.metadata);
  const isKnown = isOurs(viewSecret(digested, context), ledger, entry);
  if (isKnown || claim === undefined || !isClaimOf(claim, ledger, entry)) return;
  const proof = signClaim(context, { ...claim, targetNamespace: namespace, secretName: name }, ledger.sequence);
  await writeProof(ports, live, proof, signal);
}

function isClaimOf(claim: LedgerClaim, ledger: Ledger, { name, versions }: EnvironmentEntry): boolean {
  return (
    ownerOf(claim) === ownerOf(ledger) &&
    claim.project === ledger.project &&
    claim.environment === name &&
    versions.some((version) => isSameVersion(version, claim))
  );
}

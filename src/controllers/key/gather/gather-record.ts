import { ACCEPT_ROLLBACK_ANNOTATION, WITHDRAW_ANNOTATION } from '../../../api/labels.ts';
import type { Secret } from '../../../kube/objects/objects.ts';
import { SECRETS } from '../../../kube/objects/resource.ts';
import type { KeyIdentity } from '../../../sealing/ledger.ts';
import { recordName } from '../../../sealing/record.ts';
import { getOrUndefined } from '../../shared/get-or-undefined.ts';
import type { RecordFacts } from '../../planning/key-facts.ts';
import type { KeyPorts } from '../../shared/ports.ts';

/** The record as the facts of a plan. @param secret Undefined: there is none. */
export function recordFacts(ports: Pick<KeyPorts, 'installation'>, secret: Secret | undefined): RecordFacts {
  if (secret === undefined) return { kind: 'Absent' };
  const resourceVersion = secret.metadata.resourceVersion ?? '';
  const decoded = ports.installation.readRecord(secret);
  if (decoded === undefined) return { kind: 'Invalid', problem: 'BadMac', resourceVersion };
  if (decoded.state === 'invalid') return { kind: 'Invalid', problem: decoded.problem, resourceVersion };
  const dek = decoded.sealed?.dek;
  return {
    kind: 'Valid',
    ledger: decoded.ledger,
    sealedBy: dek === undefined ? undefined : { provider: dek.provider, kekId: dek.kekId },
    sealed: (decoded.sealed?.entries ?? []).map(({ environment, version, field }) => ({ environment, version, field })),
    resourceVersion,
    withdrawOrder: secret.metadata.annotations?.[WITHDRAW_ANNOTATION],
    acceptedSequence: secret.metadata.annotations?.[ACCEPT_ROLLBACK_ANNOTATION],
  };
}

/** Reads a key's record live; undefined when there is none. */
export async function readLiveRecord(
  ports: KeyPorts,
  identity: KeyIdentity,
  signal: AbortSignal,
): Promise<Secret | undefined> {
  return getOrUndefined(ports, SECRETS, { namespace: ports.operatorNamespace, name: recordName(identity) }, signal);
}

/** A key's record as the cache shows it; undefined when there is none. */
export function readCachedRecord({ caches, operatorNamespace }: KeyPorts, identity: KeyIdentity): Secret | undefined {
  return caches.records.lister.get(`${operatorNamespace}/${recordName(identity)}`)?.secret;
}

import type { KeyObject } from '../../../src/api/key-object.ts';
import type { KeyProject } from '../../../src/api/generated/key-project.ts';
import { API_KEYS, CRYPTO_KEYS, KEY_PROJECTS } from '../../../src/api/resources.ts';
import type { KubeClient } from '../../../src/kube/client/client.ts';
import type { Secret } from '../../../src/kube/objects/objects.ts';
import { SECRETS } from '../../../src/kube/objects/resource.ts';
import type { Ledger } from '../../../src/sealing/ledger.ts';
import { RECORD_TYPE } from '../../../src/sealing/record.ts';
import { storedRecord } from '../../support/stored-record.ts';
import { ownerOfLedger } from '../witness/shown-versions.ts';

/** All there is on the server, read at about one time. */
export interface ClusterState {
  readonly now: Date;
  /** By name. */
  readonly projects: ReadonlyMap<string, KeyProject>;
  /** By "<kind>/<namespace>/<name>". */
  readonly keys: ReadonlyMap<string, KeyObject>;
  /** By "<kind>/<namespace>/<name>" of the key. */
  readonly ledgers: ReadonlyMap<string, Ledger>;
  /** All but the operator's own. */
  readonly secrets: readonly Secret[];
  readonly records: readonly Secret[];
}

export async function readCluster(client: KubeClient, operatorNamespace: string): Promise<ClusterState> {
  const [projects, apiKeys, cryptoKeys, secrets] = await Promise.all([
    client.list(KEY_PROJECTS),
    client.list(API_KEYS),
    client.list(CRYPTO_KEYS),
    client.list(SECRETS),
  ]);
  const isOwn = ({ metadata }: Secret): boolean => metadata.namespace === operatorNamespace;
  const records = secrets.items.filter((secret) => isOwn(secret) && secret.type === RECORD_TYPE);
  // Items of a list come without their kind.
  const keys = [
    ...apiKeys.items.map((key): KeyObject => ({ ...key, kind: 'ApiKey' })),
    ...cryptoKeys.items.map((key): KeyObject => ({ ...key, kind: 'CryptoKey' })),
  ];
  const ledgers = records.map((record) => storedRecord(record).ledger);
  return {
    now: new Date(),
    projects: new Map(projects.items.map((project) => [project.metadata.name, project])),
    keys: new Map(keys.map((key) => [ownerOfKey(key), key])),
    ledgers: new Map(ledgers.map((ledger) => [ownerOfLedger(ledger), ledger])),
    secrets: secrets.items.filter((secret) => !isOwn(secret)),
    records,
  };
}

export function ownerOfKey({ kind, metadata }: KeyObject): string {
  return `${kind}/${metadata.namespace}/${metadata.name}`;
}

import { randomBytes } from 'node:crypto';
import { KIND_LABEL, RECORD_LABEL, ROTATE_ANNOTATION } from '../src/api/labels.ts';
import { decodeInstallationSecret, INSTALLATION_SECRET } from '../src/installation/installation-secret.ts';
import { decodeKeyringSecret, KEYRING_SECRET } from '../src/installation/keyring-secret.ts';
import { createKubeClient } from '../src/kube/client/http-client.ts';
import type { Secret } from '../src/kube/objects/objects.ts';
import { SECRETS } from '../src/kube/objects/resource.ts';
import type { Ledger } from '../src/sealing/ledger.ts';
import { LEDGER_FORMAT } from '../src/sealing/ledger-schema.ts';
import { sealMaterial } from '../src/sealing/material.ts';
import type { RecordContext } from '../src/sealing/record-context.ts';
import { encodeRecord, recordName } from '../src/sealing/record.ts';
import { systemClock } from '../src/system-clock.ts';
import { OPERATOR_NAMESPACE, type BenchCluster } from './bench-cluster.ts';
import { removeKeys, sideBySide } from './keys-on-server.ts';
import { OperatorProcess } from './operator-process.ts';
import { AUTHORS, keyNames } from './workload.ts';

const ENVIRONMENT = 'production';
const CREATED_AT = '2027-01-01T00:00:00Z';
const DESTROY_AT = '2099-01-01T00:00:00Z';

/** Milliseconds for all records. */
export interface RewrapRound {
  readonly records: number;
  /** Writing each record once more, 16 side by side, and nothing else. */
  readonly bareMs: number;
  /** From the order for a new KEK until the operator says that every record's data key is wrapped anew. */
  readonly rewrapMs: number;
}

/**
 * A KEK rotation over records that seal something. They are tombstones within their recovery window, which no pass
 * writes to, so that nothing but the rotation is measured.
 */
export async function rewrapRound(cluster: BenchCluster, project: string, records: number): Promise<RewrapRound> {
  // It makes the installation, under whose keys the records are sealed.
  const first = await OperatorProcess.start({ cluster });
  await first.whenLogged('Opened the installation');
  await first.stop();
  const context = await storedContext(cluster);
  // As the operator's own account: whom a request is from is part of its cost.
  const client = createKubeClient({ transport: cluster.operatorTransport, clock: systemClock, random: Math.random });
  const stored: Secret[] = [];
  await sideBySide(keyNames('sealed', records), async (name) => {
    stored.push(await client.create(SECRETS, await tombstone(project, name, context)));
  });
  const startedMs = performance.now();
  await sideBySide(stored, async (record) => {
    const metadata = { ...record.metadata, annotations: { round: 'bare' } };
    await client.update(SECRETS, { ...record, metadata });
  });
  const bareMs = performance.now() - startedMs;
  const rewrapMs = await rotate(cluster);
  await removeKeys(cluster);
  return { records, bareMs, rewrapMs };
}

async function rotate(cluster: BenchCluster): Promise<number> {
  const operator = await OperatorProcess.start({ cluster });
  await operator.settled();
  const annotations = { [ROTATE_ANNOTATION]: randomBytes(8).toString('hex') };
  const startedMs = performance.now();
  const keyring = { namespace: OPERATOR_NAMESPACE, name: KEYRING_SECRET };
  await cluster.client.patch(SECRETS, keyring, { metadata: { annotations } });
  const endedMs = await operator.whenLogged('Wrapped the data key of every record anew');
  await operator.stop();
  return endedMs - startedMs;
}

/** What is left of a deleted key that may come back: a token, sealed. */
async function tombstone(project: string, name: string, context: RecordContext): Promise<Secret> {
  const ledger: Ledger = {
    format: LEDGER_FORMAT,
    project,
    kind: 'ApiKey',
    name,
    namespace: AUTHORS,
    type: 'Secret',
    sequence: 3,
    lastVersion: 1,
    phase: 'Withdrawn',
    createdAt: CREATED_AT,
    environments: [
      {
        name: ENVIRONMENT,
        state: 'Withdrawn',
        destroyAt: DESTROY_AT,
        versions: [
          {
            version: 1,
            keyId: 'k7f2m9q4x1z8',
            hash: `sha256:${'ab'.repeat(32)}`,
            mask: 'acme_sk_live_k7f2m9q4x1z8_***',
            cause: 'FirstIssue',
            createdAt: CREATED_AT,
            state: 'Current',
            stateSince: CREATED_AT,
          },
        ],
        places: [],
      },
    ],
  };
  const addition = { environment: ENVIRONMENT, version: 1, field: 'token', plaintext: randomBytes(80) } as const;
  const sealed = await sealMaterial(undefined, [addition], ledger, context);
  const labels = { [RECORD_LABEL]: 'true', [KIND_LABEL]: 'ApiKey' };
  const metadata = { name: recordName(ledger), namespace: OPERATOR_NAMESPACE, labels };
  return { apiVersion: 'v1', kind: 'Secret', metadata, ...encodeRecord({ ledger, sealed }, context) };
}

async function storedContext({ client }: BenchCluster): Promise<RecordContext> {
  const read = (name: string): Promise<Secret> => client.get(SECRETS, { namespace: OPERATOR_NAMESPACE, name });
  const keyring = decodeKeyringSecret(await read(KEYRING_SECRET), randomBytes);
  const decoded = decodeInstallationSecret(await read(INSTALLATION_SECRET));
  if (keyring.state === 'invalid' || decoded.state === 'invalid') throw new Error('The installation cannot be read');
  const { id: installation, macKeys } = decoded.installation;
  return { installation, macKeys, kek: keyring.kek, randomBytes };
}

import { RESET_ANNOTATION } from '../../api/labels.ts';
import { INSTALLATION_SECRET, takenOver } from '../../installation/installation-secret.ts';
import type { ReadyInstallation } from '../../installation/open-installation.ts';
import { recordPages } from '../../installation/read-or-create.ts';
import { SecretCopy } from '../../installation/secret-copy.ts';
import { withoutDataCopies } from '../../kube/objects/data-copies.ts';
import { withoutManagedFields } from '../../kube/objects/managed-fields.ts';
import { objectKey, type Secret } from '../../kube/objects/objects.ts';
import { SECRETS } from '../../kube/objects/resource.ts';
import { decodeRecord, encodeRecord, readUnsignedRecord, type RecordContent } from '../../sealing/record.ts';
import type { RecordContext } from '../../sealing/record-context.ts';
import { opensMaterial } from '../../sealing/rewrap.ts';
import { forEachLimited } from '../shared/concurrency.ts';
import type { KeyPorts } from '../shared/ports.ts';
import { claimSecrets, type ClaimPorts } from './claim-secrets.ts';

/** Records read at once: each has up to 700 KiB. */
const PAGE = 50;

export type TakeoverPorts = ClaimPorts & Pick<KeyPorts, 'client' | 'operatorNamespace' | 'randomBytes' | 'events'>;

/**
 * Signs the records of an installation that was reset: their ledgers are taken as they stand, with what is sealed if
 * the keyring opens it. What it does not open is given up, so that it counts as lost. A crash at any point leaves what
 * the next call finishes; until then nothing else is written.
 *
 * @returns The installation, ready for work.
 * @throws {ApiError | ConnectionError} of the API server, a conflict among them, {SealingError} KekUnavailable.
 */
export async function takeOverRecords(
  ports: TakeoverPorts,
  opened: ReadyInstallation,
  signal: AbortSignal,
): Promise<ReadyInstallation> {
  const { client, operatorNamespace: namespace, logger } = ports;
  const { installation, kek } = opened;
  const context = { installation: installation.id, macKeys: installation.macKeys, kek, randomBytes: ports.randomBytes };
  const counts = { records: 0, unreadable: 0, unopened: 0 };
  for await (const page of recordPages({ client, namespace, signal }, { limit: PAGE })) {
    await forEachLimited(page, async (secret) => {
      if (decodeRecord(secret, context).state === 'valid') return;
      const content = await contentOf(secret, context);
      if (content === undefined) {
        counts.unreadable += 1;
        return;
      }
      await claimSecrets(ports, content.ledger, { ...context, peppers: opened.peppers }, signal);
      await write(ports, signedAnew(secret, content, context), signal);
      counts.records += 1;
      if (secret.data?.['sealed'] !== undefined && content.sealed === undefined) counts.unopened += 1;
    });
  }
  const finished = await finish(ports, opened, signal);
  logger.warn(counts, 'Took over the records of an installation that lost its MAC keys');
  ports.events.record(
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: INSTALLATION_SECRET, namespace } },
    {
      type: 'Warning',
      reason: 'InstallationReset',
      action: 'KeepInstallation',
      note: `New MAC keys; records taken as they stand: ${counts.records}, not readable: ${counts.unreadable}, whose sealed material the keyring does not open: ${counts.unopened}. Take --reset-installation off the command line, and take a backup`,
    },
  );
  return finished;
}

async function contentOf(secret: Secret, context: RecordContext): Promise<RecordContent | undefined> {
  const record = readUnsignedRecord(secret);
  if (record.state === 'invalid') return undefined;
  const { ledger, sealed } = record;
  const isOpen = sealed !== undefined && (await opensMaterial(sealed, ledger, context));
  return isOpen ? { ledger, sealed } : { ledger };
}

function signedAnew(secret: Secret, content: RecordContent, context: RecordContext): Secret {
  const rest = withoutManagedFields(secret.metadata);
  const annotations = { ...withoutDataCopies(rest.annotations), [RESET_ANNOTATION]: context.installation };
  const metadata = { ...rest, annotations };
  return { ...secret, apiVersion: 'v1', kind: 'Secret', metadata, ...encodeRecord(content, context) };
}

async function write({ client, caches }: TakeoverPorts, record: Secret, signal: AbortSignal): Promise<void> {
  await caches.records.trackWrite(objectKey(record), record.metadata.resourceVersion, () =>
    client.update(SECRETS, record, { signal }),
  );
}

/** From now on the installation is one like any other. */
async function finish(
  { client, operatorNamespace: namespace }: TakeoverPorts,
  opened: ReadyInstallation,
  signal: AbortSignal,
): Promise<ReadyInstallation> {
  const live = await client.get(SECRETS, { namespace, name: INSTALLATION_SECRET }, { signal });
  const written = await client.update(SECRETS, takenOver(live), { signal });
  const others = opened.copies.filter(({ name }) => name !== INSTALLATION_SECRET);
  return { ...opened, isTakingOver: false, copies: [...others, new SecretCopy(written)] };
}

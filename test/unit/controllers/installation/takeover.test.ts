import { beforeEach, describe, expect, test } from 'vitest';
import { takeOverRecords, type TakeoverPorts } from '../../../../src/controllers/installation/takeover.ts';
import { decodeInstallationSecret, resetInstallationSecret } from '../../../../src/installation/installation-secret.ts';
import type { ReadyInstallation } from '../../../../src/installation/open-installation.ts';
import { SecretCopy } from '../../../../src/installation/secret-copy.ts';
import { ConnectionError } from '../../../../src/kube/errors/api-error.ts';
import type { Secret } from '../../../../src/kube/objects/objects.ts';
import { KeyringProvider } from '../../../../src/sealing/keyring-provider.ts';
import { sealMaterial } from '../../../../src/sealing/material.ts';
import { decodeRecord, encodeRecord, readUnsignedRecord, recordName } from '../../../../src/sealing/record.ts';
import type { RecordContext } from '../../../../src/sealing/record-context.ts';
import { RecordingLogger } from '../../../support/recording-logger.ts';
import { checkout, checkoutLedger, countingBytes, keyBytes, recordContext } from '../../../support/sealing.ts';

const { signal } = new AbortController();
const randomBytes = countingBytes();
const lost = recordContext();
const ID = lost.installation;
const reset: Secret = {
  ...resetInstallationSecret(ID, 'keywright', randomBytes),
  metadata: { name: 'keywright-installation', namespace: 'keywright', resourceVersion: '1' },
};
const decoded = decodeInstallationSecret(reset);
if (decoded.state !== 'valid') throw new Error('No installation');
const { installation } = decoded;
const under: RecordContext = { ...lost, macKeys: installation.macKeys };
const foreignKek = new KeyringProvider([{ id: 'kek-9', bytes: keyBytes(200), state: 'Wrapping' }], randomBytes);

async function recordNamed(name: string, context: RecordContext): Promise<Secret> {
  const identity = { ...checkout, name };
  const plaintext = Buffer.from('acme_sk_live_x');
  const ref = { environment: 'production', version: 2, field: 'token' } as const;
  const sealed = await sealMaterial(undefined, [{ ...ref, plaintext }], identity, context);
  const metadata = { name: recordName(identity), namespace: 'keywright', resourceVersion: '1', labels: { team: 'a' } };
  return { metadata, ...encodeRecord({ ledger: checkoutLedger({ name }), sealed }, context) };
}

let stored: Map<string, Secret>;
let writes: string[];
let lastWrites: number;
let events: string[];
beforeEach(async () => {
  const records = [await recordNamed('a', lost), await recordNamed('b', { ...lost, kek: foreignKek })];
  const broken: Secret = {
    metadata: { name: 'kw-apikey-broken', namespace: 'keywright' },
    type: 'keywright.dev/record',
    data: {},
  };
  stored = new Map([reset, ...records, broken].map((secret) => [secret.metadata.name, secret]));
  [writes, events] = [[], []];
  lastWrites = Number.POSITIVE_INFINITY;
});

function takeOver(): Promise<ReadyInstallation> {
  const client = {
    get: async (_resource: unknown, { name }: { name: string }) => stored.get(name),
    list: async () => ({
      items: [...stored.values()].filter(({ type }) => type === 'keywright.dev/record'),
      resourceVersion: '1',
    }),
    update: async (_resource: unknown, secret: Secret) => {
      if (writes.length === lastWrites) throw new ConnectionError('timeout', 'no answer');
      writes.push(secret.metadata.name);
      stored.set(secret.metadata.name, secret);
      return secret;
    },
  };
  const ports = {
    client,
    operatorNamespace: 'keywright',
    randomBytes,
    logger: new RecordingLogger(),
    events: { record: (_object: unknown, { reason }: { reason: string }) => events.push(reason) },
    caches: { records: { trackWrite: (_key: string, _replaced: string, write: () => Promise<Secret>) => write() } },
  } as unknown as TakeoverPorts;
  const copies = [new SecretCopy(reset)];
  const opened = {
    kind: 'Ready',
    installation,
    kek: lost.kek,
    copies,
    isTakingOver: true,
  } as unknown as ReadyInstallation;
  return takeOverRecords(ports, opened, signal);
}

const recordAt = (name: string): Secret => stored.get(recordName({ ...checkout, name })) ?? reset;

describe('takeOverRecords', () => {
  test('signs what can be read as it stands, gives up what does not open, and takes the mark off last', async () => {
    const finished = await takeOver();
    const [a, b] = [recordAt('a'), recordAt('b')].map((record) => decodeRecord(record, under));
    expect(a).toMatchObject({ state: 'valid', ledger: checkoutLedger({ name: 'a' }) });
    expect(a).toHaveProperty('sealed');
    expect(b).toEqual({ state: 'valid', ledger: checkoutLedger({ name: 'b' }) });
    expect(recordAt('a').metadata).toMatchObject({
      labels: { team: 'a' },
      annotations: { 'keywright.dev/reset-installation': ID },
    });
    expect(readUnsignedRecord(stored.get('kw-apikey-broken') ?? reset)).toMatchObject({ state: 'invalid' });
    expect(writes).toHaveLength(3);
    expect(writes.at(-1)).toBe('keywright-installation');
    const now = stored.get('keywright-installation') ?? reset;
    expect(decodeInstallationSecret(now)).toMatchObject({ isTakingOver: false });
    expect(finished.isTakingOver).toBe(false);
    expect(finished.copies.map((copy) => copy.matches(now))).toEqual([true]);
    expect(events).toEqual(['InstallationReset']);
  });

  test.each([0, 1, 2])('goes on where it stopped after %i writes, and writes nothing twice', async (count) => {
    lastWrites = count;
    await expect(takeOver()).rejects.toThrow(ConnectionError);
    lastWrites = Number.POSITIVE_INFINITY;
    await takeOver();
    expect(writes.toSorted()).toEqual(
      ['keywright-installation', recordAt('a').metadata.name, recordAt('b').metadata.name].toSorted(),
    );
  });
});

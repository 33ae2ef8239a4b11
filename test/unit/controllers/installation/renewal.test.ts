import { beforeEach, describe, expect, test } from 'vitest';
import { INSTALLATION_ANNOTATION } from '../../../../src/api/labels.ts';
import type { KeyObject } from '../../../../src/api/key-object.ts';
import type { CachedRecord } from '../../../../src/controllers/caches/cached-record.ts';
import { Renewal, type RenewalOptions } from '../../../../src/controllers/installation/renewal.ts';
import { InstallationHolder } from '../../../../src/controllers/shared/ports.ts';
import type { InstallationState, ReadyInstallation } from '../../../../src/installation/open-installation.ts';
import { MacKeys } from '../../../../src/sealing/mac.ts';
import { RecordingLogger } from '../../../support/recording-logger.ts';
import { countingBytes, keyBytes, recordContext } from '../../../support/sealing.ts';

const { installation: id, kek } = recordContext();
const macKeys = new MacKeys([
  { id: 'mac-2', bytes: keyBytes(96), state: 'Signing' },
  { id: 'mac-1', bytes: keyBytes(0), state: 'Verifying' },
]);

const record = (name: string, signedBy: string, kekId?: string): CachedRecord => ({
  metadata: { name },
  secret: undefined,
  hint: undefined,
  signedBy,
  wrappedBy: kekId === undefined ? undefined : { provider: 'keyring', kekId },
});

function key(name: string, keyId: string, changes: object = {}): KeyObject {
  return {
    metadata: { namespace: 'config', name, ...changes },
    spec: { project: 'payments' },
    status: { ledger: { sequence: 1, mac: `${keyId}.AAAA` } },
  } as unknown as KeyObject;
}

let records: readonly CachedRecord[];
let keys: readonly KeyObject[];
let owner: string;
let counts: string[];
let queued: string[];
let events: string[];
let renewed: number;
let holder: InstallationHolder;
let renewal: Renewal;
beforeEach(() => {
  [records, keys, counts, queued, events, renewed, owner] = [[], [], [], [], [], 0, id];
  holder = new InstallationHolder(countingBytes());
  holder.set({ kind: 'Ready', installation: { id, macKeys }, kek, copies: [] } as unknown as ReadyInstallation);
  const queue = (name: string): { add: (item: string) => void } => ({ add: (item) => queued.push(`${name} ${item}`) });
  const lister = (items: () => readonly unknown[]): object => ({ lister: { list: items } });
  const project = { metadata: { name: 'payments', annotations: {} } };
  renewal = new Renewal({
    installation: holder,
    caches: () => ({
      records: lister(() => records),
      secrets: lister(() => []),
      keys: { ApiKey: lister(() => keys), CryptoKey: lister(() => []) },
      projects: {
        lister: {
          get: () => ({
            ...project,
            metadata: { ...project.metadata, annotations: { [INSTALLATION_ANNOTATION]: owner } },
          }),
        },
      },
    }),
    queues: { records: queue('record'), secrets: queue('secret'), keys: queue('key') },
    metrics: {
      set: () => {},
      setStaleRecords: (count: number) => counts.push(`kek ${count}`),
      setStaleMacs: (of: string, count: number) => counts.push(`${of} ${count}`),
    },
    events: { record: (_object: unknown, { reason }: { reason: string }) => events.push(reason) },
    logger: new RecordingLogger(),
    operatorNamespace: 'keywright',
    onRenewed: () => (renewed += 1),
  } as unknown as RenewalOptions);
});

describe('Renewal', () => {
  test('queues each record once that a former key signed or wrapped, and each key whose status one signed', () => {
    records = [record('a', 'mac-1', 'kek-0'), record('b', 'mac-2', 'kek-1'), record('c', 'mac-1')];
    keys = [key('a', 'mac-1'), key('b', 'mac-2')];
    renewal.enqueueStale();
    expect(queued).toEqual(['record a', 'record c', 'key ApiKey/config/a']);
    expect(counts).toEqual(['kek 1', 'record 1', 'record 2', 'status 1']);
  });

  test('tells once when nothing is left that a former MAC key signed, of no kind', () => {
    records = [record('a', 'mac-1')];
    keys = [key('a', 'mac-1')];
    renewal.enqueueStale();
    renewal.observeRecord('a', record('a', 'mac-2'));
    expect(events).toEqual([]);
    renewal.observeStatus('ApiKey', 'config/a', key('a', 'mac-2'));
    renewal.enqueueStale();
    expect([events, renewed]).toEqual([['MACsRenewed'], 1]);
  });

  test('tells apart what is wrapped from what is signed', () => {
    records = [record('a', 'mac-2', 'kek-0')];
    renewal.enqueueStale();
    renewal.observeRecord('a', record('a', 'mac-2', 'kek-1'));
    expect([events, renewed]).toEqual([['RecordsRewrapped'], 1]);
  });

  test.each<{ name: string; given: () => void; object?: KeyObject }>([
    { name: 'signed by a key that no installation of ours has', given: () => {}, object: key('a', 'mac-9') },
    { name: 'of a key that another installation has', given: () => (owner = 'other') },
    {
      name: 'of a key that only the finalizer of somebody else holds',
      given: () => {},
      object: key('a', 'mac-1', { deletionTimestamp: '2027-01-01T00:00:00Z', finalizers: ['example.com/hold'] }),
    },
    {
      name: 'seen while the installation is not ready',
      given: () => holder.set({ kind: 'InstallationMissing', message: '' } satisfies InstallationState),
    },
  ])('leaves a status $name', ({ given, object = key('a', 'mac-1') }) => {
    given();
    expect(renewal.observeStatus('ApiKey', 'config/a', object)).toBe(false);
  });
});

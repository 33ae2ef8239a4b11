import { beforeEach, describe, expect, test } from 'vitest';
import { cacheRecord, RecordReader } from '../../../../src/controllers/caches/cached-record.ts';
import { RewrapController } from '../../../../src/controllers/installation/rewrap-controller.ts';
import type { KeyPorts } from '../../../../src/controllers/shared/ports.ts';
import { ApiError } from '../../../../src/kube/errors/api-error.ts';
import type { Secret } from '../../../../src/kube/objects/objects.ts';
import { KeyringProvider, type Kek } from '../../../../src/sealing/keyring-provider.ts';
import { MacKeys } from '../../../../src/sealing/mac.ts';
import { sealMaterial } from '../../../../src/sealing/material.ts';
import type { RecordContext } from '../../../../src/sealing/record-context.ts';
import { encodeRecord, recordName } from '../../../../src/sealing/record.ts';
import { checkout, checkoutLedger, countingBytes, keyBytes, recordContext } from '../../../support/sealing.ts';

const { signal } = new AbortController();
const NAME = recordName(checkout);
const former: Kek = { id: 'kek-1', bytes: keyBytes(32), state: 'Wrapping' };
const wrapping: Kek = { id: 'kek-2', bytes: keyBytes(64), state: 'Wrapping' };
const withKeks = (...keks: readonly Kek[]): RecordContext =>
  recordContext({ kek: new KeyringProvider(keks, countingBytes()) });

const plaintext = Buffer.from('acme_sk_live_x');
const ref = { environment: 'production', version: 2, field: 'token' } as const;
const before = withKeks(former);
const sealed = await sealMaterial(undefined, [{ ...ref, plaintext }], checkout, before);
const record: Secret = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: {
    name: NAME,
    namespace: 'keywright-system',
    resourceVersion: '7',
    labels: { team: 'a' },
    annotations: { 'keywright.dev/withdraw': 'ApiKey/a/b', 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
  },
  ...encodeRecord({ ledger: checkoutLedger(), sealed }, before),
};

let stored: Secret | undefined;
let sent: Secret[];
let pauses: number[];
let refusal: ApiError | undefined;
beforeEach(() => {
  stored = record;
  [sent, pauses] = [[], []];
  refusal = undefined;
});

/** Looks at the record once. */
async function reconcile(context: RecordContext, isBusy = false, isStale = true): Promise<void> {
  const reader = new RecordReader(context);
  const ports = {
    operatorNamespace: 'keywright-system',
    clock: { sleep: async (ms: number) => void pauses.push(ms) },
    installation: { recordContext: context, readRecord: (secret: Secret) => reader.read(secret) },
    caches: {
      records: {
        lister: { get: () => (stored === undefined ? undefined : cacheRecord(stored)) },
        trackWrite: (_key: string, _replaced: string, write: () => Promise<Secret>) => write(),
      },
    },
    client: {
      update: async (_resource: unknown, secret: Secret) => {
        if (refusal !== undefined) throw refusal;
        sent.push(secret);
        return secret;
      },
    },
  } as unknown as KeyPorts;
  const renewal = { observeRecord: () => isStale };
  const outcome = await new RewrapController({ ports, renewal, isBusy: () => isBusy }).reconcile(NAME, { signal });
  expect(outcome).toEqual({ kind: 'done' });
}

const after = withKeks(wrapping, { ...former, state: 'Unwrapping' });

describe('RewrapController', () => {
  test('writes a stale record once, bound to what was read, and leaves ledger and orders as they are', async () => {
    await reconcile(after);
    expect(sent).toHaveLength(1);
    const [{ metadata, data } = record] = sent;
    expect(metadata).toMatchObject({ resourceVersion: '7', labels: { team: 'a' } });
    expect(metadata.annotations).toEqual({ 'keywright.dev/withdraw': 'ApiKey/a/b' });
    expect(data?.['ledger']).toBe(record.data?.['ledger']);
    expect(new RecordReader(after).read({ metadata, type: 'keywright.dev/record', data: data ?? {} })).toMatchObject({
      state: 'valid',
      sealed: { dek: { kekId: 'kek-2' }, entries: sealed.entries },
    });
  });

  test.each([
    { name: 'a record that is gone', given: undefined, context: after },
    { name: 'a record that the current KEK wraps', given: record, context: before },
    {
      name: 'a record that does not verify',
      given: { ...record, data: { ...record.data, mac: 'AAAA' } },
      context: after,
    },
  ])('writes nothing over $name', async ({ given, context }) => {
    stored = given;
    await reconcile(context);
    expect(sent).toEqual([]);
  });

  const macKeys = new MacKeys([
    { id: 'mac-2', bytes: keyBytes(96), state: 'Signing' },
    { id: 'mac-1', bytes: keyBytes(0), state: 'Verifying' },
  ]);

  test.each([
    { name: 'what is sealed stays byte for byte', given: record, context: { ...before, macKeys } },
    {
      name: 'a record that seals nothing',
      given: { ...record, ...encodeRecord({ ledger: checkoutLedger() }, before) },
      context: { ...before, macKeys },
    },
  ])('signs a record anew that a former MAC key signed: $name', async ({ given, context }) => {
    stored = given;
    await reconcile(context);
    expect(sent).toHaveLength(1);
    const { mac, ...same } = given.data ?? {};
    expect(sent[0]?.data).toMatchObject(same);
    expect(sent[0]?.data?.['mac']).not.toBe(mac);
    expect(Buffer.from(sent[0]?.data?.['mac'] ?? '', 'base64').toString()).toMatch(/^mac-2\./);
    expect(new RecordReader(context).read(sent[0] ?? given)).toMatchObject({ state: 'valid' });
  });

  test('wraps and signs anew in one write', async () => {
    await reconcile({ ...after, macKeys });
    expect(sent).toHaveLength(1);
    expect(new RecordReader({ ...after, macKeys }).read(sent[0] ?? record)).toMatchObject({
      state: 'valid',
      sealed: { dek: { kekId: 'kek-2' } },
    });
  });

  test('does nothing about a record that is not stale', async () => {
    await reconcile(after, true, false);
    expect([sent, pauses]).toEqual([[], []]);
  });

  test('gives way to keys that wait for their own work', async () => {
    await reconcile(after, true);
    expect(pauses).toEqual([400]);
    expect(sent).toHaveLength(1);
  });

  test.each([404, 409])(
    'leaves a record that somebody changed (%i) to the look that the change brings',
    async (status) => {
      refusal = new ApiError({ status, reason: status === 409 ? 'Conflict' : 'NotFound', message: '' });
      await reconcile(after);
      expect(sent).toEqual([]);
    },
  );

  test('says that a record cannot be read whose KEK is gone, and writes nothing', async () => {
    await expect(reconcile(withKeks(wrapping))).rejects.toMatchObject({ code: 'KW_RECORD_UNREADABLE' });
    expect(sent).toEqual([]);
  });
});

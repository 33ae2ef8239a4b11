import { describe, expect, test } from 'vitest';
import type { RecordChange, SealOrder } from '../../../../src/controllers/planning/record-change.ts';
import { writeRecord } from '../../../../src/controllers/secrets/write-record.ts';
import type { KeyPorts } from '../../../../src/controllers/shared/ports.ts';
import { RECORD_MAX_BYTES } from '../../../../src/sealing/record.ts';
import { revokedMark } from '../../../../src/sealing/revoked-versions.ts';
import { ConnectionError } from '../../../../src/kube/errors/api-error.ts';
import type { Secret } from '../../../../src/kube/objects/objects.ts';
import { systemClock } from '../../../../src/system-clock.ts';
import { held, ledgerOf, productionEntry, versionEntry } from '../../../support/facts.ts';
import type { Ledger, Place } from '../../../../src/sealing/ledger.ts';
import { checkout, checkoutLedger, recordContext } from '../../../support/sealing.ts';

const order: SealOrder = {
  environment: 'production',
  version: 2,
  field: 'token',
  hash: `sha256:${'ab'.repeat(32)}`,
  places: [{ namespace: 'payments-prod-eu', secretName: 'checkout' }],
};

/** Writes a record, while no place can be read, and returns what was sent to the server. */
async function written(changes: Partial<RecordChange>): Promise<readonly Secret[]> {
  const sent: Secret[] = [];
  const ports = {
    clock: systemClock,
    operatorNamespace: 'keywright-system',
    installation: { recordContext: recordContext() },
    placeClient: { get: () => Promise.reject(new ConnectionError('timeout', 'out of reach')) },
    caches: { records: { trackWrite: (_key: string, _replaced: undefined, write: () => Promise<Secret>) => write() } },
    client: {
      create: (_resource: unknown, record: Secret) => {
        sent.push(record);
        return Promise.resolve(record);
      },
    },
  } as unknown as KeyPorts;
  const change: RecordChange = {
    ledger: checkoutLedger(),
    mints: [],
    signing: [],
    seal: [],
    drop: [],
    settles: false,
    ...changes,
  };
  await writeRecord(
    ports,
    checkout,
    { ...change, made: new Map(), imports: [] },
    undefined,
    new AbortController().signal,
  );
  return sent;
}

describe('writeRecord, when no place gives the value that is to be sealed', () => {
  test('writes the record without it, so that a place that is out of reach holds nothing up', async () => {
    expect(await written({ seal: [order] })).toHaveLength(1);
  });

  test('writes nothing when a look has just found it there', async () => {
    await expect(written({ seal: [{ ...order, isSeen: true }] })).rejects.toMatchObject({ code: 'KW_SOURCE_CHANGED' });
  });
});

describe('writeRecord, when places leave little room in the record', () => {
  const dead = Array.from({ length: 16 }, (_, at) =>
    versionEntry('production', 20 - at, { state: at === 0 ? 'Revoked' : 'Retired' }),
  );
  const live = [versionEntry('production', 22), versionEntry('production', 21, { state: 'Retiring' })];
  const place = (at: number): Place => held('payments-prod-eu', { secretName: `checkout-${at}`.padEnd(253, 'x') });
  const room = (RECORD_MAX_BYTES - 4_096) / JSON.stringify(place(1_000)).length;
  const places = Array.from({ length: Math.floor(room) }, (_, at) => place(1_000 + at));
  const full = productionEntry({ versions: [...live, ...dead], places });

  test('gives up versions that are over for it, and what was revoked stays known', async () => {
    const [record] = await written({ ledger: ledgerOf({ environments: [full] }) });
    if (record === undefined) throw new RangeError('Nothing was written');
    const ledger = JSON.parse(Buffer.from(record.data?.['ledger'] ?? '', 'base64').toString()) as Ledger;
    expect(ledger.environments).toEqual([{ ...full, versions: live }]);
    expect(ledger.revokedMarks).toEqual(dead.slice(0, 1).map(revokedMark));
  });

  test('refuses one that is too large without them', async () => {
    const more = { ...full, places: [...places, ...Array.from({ length: 20 }, (_, at) => place(9_000 + at))] };
    await expect(written({ ledger: ledgerOf({ environments: [more] }) })).rejects.toMatchObject({
      code: 'KW_RECORD_TOO_LARGE',
    });
  });
});

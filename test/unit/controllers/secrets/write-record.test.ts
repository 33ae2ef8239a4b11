import { describe, expect, test } from 'vitest';
import type { RecordChange, SealOrder } from '../../../../src/controllers/planning/record-change.ts';
import { writeRecord } from '../../../../src/controllers/secrets/write-record.ts';
import type { KeyPorts } from '../../../../src/controllers/shared/ports.ts';
import { ConnectionError } from '../../../../src/kube/errors/api-error.ts';
import type { Secret } from '../../../../src/kube/objects/objects.ts';
import { systemClock } from '../../../../src/system-clock.ts';
import { checkout, checkoutLedger, recordContext } from '../../../support/sealing.ts';

const order: SealOrder = {
  environment: 'production',
  version: 2,
  field: 'token',
  hash: `sha256:${'ab'.repeat(32)}`,
  places: [{ namespace: 'payments-prod-eu', secretName: 'checkout' }],
};

/** Writes a record that is to seal what no place gives, and returns what was sent to the server. */
async function writeSealing(seal: SealOrder): Promise<readonly Secret[]> {
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
    seal: [seal],
    drop: [],
    settles: false,
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
    expect(await writeSealing(order)).toHaveLength(1);
  });

  test('writes nothing when a look has just found it there', async () => {
    await expect(writeSealing({ ...order, isSeen: true })).rejects.toMatchObject({ code: 'KW_SOURCE_CHANGED' });
  });
});
